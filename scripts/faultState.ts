/** Fault runs as lines: for people, and in a file from which a long run goes on. */
import { appendFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import type { Result } from '../faults/run.ts';

export interface Line extends Result {
  name: string;
  seed: number;
}

export interface State {
  /** What is known of a run of this very version that passed. */
  known(run: { name: string; seed: number }): Line | undefined;
  keep(line: Line): void;
}

/** Without a file nothing is known, and nothing is kept. */
export async function openState(file: string | undefined): Promise<State> {
  const version = file === undefined ? undefined : await versionNow();
  if (file === undefined || version === undefined) return { known: () => undefined, keep: () => undefined };
  await mkdir(dirname(file), { recursive: true });
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line & { version: string })
    .filter((line) => line.version === version && line.complaints.length === 0);
  const known = new Map(lines.map((line) => [`${line.name} ${line.seed}`, line]));
  return {
    known: ({ name, seed }) => known.get(`${name} ${seed}`),
    keep: (line) => appendFileSync(file, `${JSON.stringify({ ...line, version })}\n`),
  };
}

/** The commit; `undefined` where files differ from it, for then nobody knows which code it was. */
async function versionNow(): Promise<string | undefined> {
  const { stdout: changes } = await execa('git', ['status', '--porcelain', '--untracked-files=no']);
  if (changes !== '') return undefined;
  return (await execa('git', ['rev-parse', 'HEAD'])).stdout;
}

export function lineOf({ name, seed, complaints, deaths, milliseconds, folder }: Line): string {
  const head = `${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${name} (seed ${seed}): ${seconds(milliseconds)}, ${deaths} killed`;
  const kept = folder === undefined ? [] : [`its files: ${folder}`];
  return [head, ...[...complaints, ...kept].map((line) => `         ${line}`)].join('\n');
}

export function figures(lines: Line[]): string {
  const deaths = lines.reduce((sum, line) => sum + line.deaths, 0);
  const times = lines.map(({ milliseconds }) => milliseconds).toSorted((one, other) => one - other);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const longest = times.at(-1) ?? 0;
  return `${lines.length} runs, ${deaths} processes killed, median ${seconds(median)}, longest ${seconds(longest)}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
