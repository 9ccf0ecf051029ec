/**
 * `npm run recovery`: how long recovery takes and how long a landing is half done, measured on real processes. Figures for a calm
 * machine; nothing is judged.
 */
import { type Figure, halfLanded, temporalKilled, workerKilled } from '../faults/recovery.ts';
import { withFaultStage } from './faultStage.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

function lineOf({ what, milliseconds }: Figure): string {
  const sorted = [...milliseconds].sort((one, other) => one - other);
  const at = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN);
  return `| ${what} | ${sorted.length} | ${at(0.5)} | ${at(1)} |`;
}

await withFaultStage({ say }, async (stage) => {
  console.log('| what | times | median, ms | maximum, ms |\n| --- | --- | --- | --- |');
  for (const measure of [halfLanded, workerKilled, temporalKilled]) {
    for (const figure of await measure(stage)) console.log(lineOf(figure));
  }
});
