/** What is said about attacks: a line each, and the figures of all. */
import type { Verdict } from './judge.ts';

export function lineOf({ name, verdict, complaints, lived, pause, most }: Verdict): string {
  const word = complaints.length > 0 ? 'FAILED   ' : verdict.padEnd(9);
  const figures = `gone within ${ms(lived)}, ${most} processes, the neighbour paused at most ${ms(pause)}`;
  return [`${word} ${name.padEnd(32)} ${figures}`, ...complaints.map((one) => `            ${one}`)].join('\n');
}

/** A neighbour names only pauses of more than 100 ms. */
export function figuresOf(verdicts: Verdict[]): string {
  const lived = verdicts.flatMap((one) => one.lived ?? []);
  const pauses = verdicts.map((one) => one.pause ?? 0);
  return [
    `after its end nothing of an attack lived longer than (upper bounds) ${spread(lived)}; ${lived.filter((one) => one > 100).length} of ${lived.length} above 100 ms`,
    `longest pause of a neighbour that is due every 20 ms, beside an attack: ${spread(pauses)} (those up to 100 ms count as 0)`,
  ].join('\n');
}

function spread(values: number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  return `median ${ms(sorted[Math.floor((sorted.length - 1) / 2)])}, maximum ${ms(sorted.at(-1))}`;
}

function ms(value: number | undefined): string {
  return value === undefined ? '? ms' : `${Math.round(value)} ms`;
}
