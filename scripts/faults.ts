/**
 * `npm run faults`: real processes, really killed at every point where an effect on the outside happens, and what the
 * invariants say of it; then the named scenarios. `--only <text>` (more than once; `--point` is the same) those whose name has that text,
 * `--seeds N` with seeds 1 to N: such a long run goes on where it was when it is started again (`.lockstep/faults.jsonl`).
 * `--from S` begins at another seed, `--parallel P` (3) runs at a time. The last line says `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { inParallel } from '../faults/inParallel.ts';
import { runsOf } from '../faults/runs.ts';
import { withFaultStage } from './faultStage.ts';
import { figures, type Line, lineOf, openState } from './faultState.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', multiple: true, default: [] },
      point: { type: 'string', multiple: true, default: [] },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '3' },
    },
  });
  const texts = [...values.only, ...values.point];
  const from = Number(values.from);
  const seeds = Array.from({ length: Number(values.seeds ?? 1) }, (_, i) => from + i);
  const runs = seeds
    .flatMap(runsOf)
    .filter(({ name }) => texts.length === 0 || texts.some((text) => name.includes(text)));
  const state = await openState(values.seeds === undefined ? undefined : '.lockstep/faults.jsonl');
  const before = runs.flatMap((run) => state.known(run) ?? []);
  if (before.length > 0) say(`${before.length} runs of this very version are known to have passed`);
  const open = runs.filter((run) => state.known(run) === undefined);
  const lines = await withFaultStage({ say, older: open.some(({ story }) => story.older) }, (stage) =>
    inParallel(stage, { runs: open, parallel: Number(values.parallel) }, ({ name, seed }, result): Line => {
      const line = { name, seed, ...result };
      console.log(lineOf(line));
      state.keep(line);
      return line;
    }),
  );
  console.log(figures([...before, ...lines]));
  const failed = lines.filter(({ complaints }) => complaints.length > 0).length;
  console.log(`${runs.length - failed} passed, ${failed} failed`);
  return failed > 0 || runs.length === 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
