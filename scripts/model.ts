/**
 * `npm run model`: every state that landing can come to, for each set of things that may go wrong. `--full` runs the large
 * sets too, `--only <text>` those whose name has that text. `--seeds N [--from S]` runs whole Locksteps in the simulator
 * instead, one for each seed. The last line says `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { type Explored, explore } from '../model/explore.ts';
import { FULL, type NamedSetting, SMALL } from '../model/sets.ts';
import { runSeeds, type Seeds } from '../simulator/runSeeds.ts';
import { withWorkflowBundle } from './workflowBundle.ts';

const count = new Intl.NumberFormat('en');

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      full: { type: 'boolean' },
      only: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
    },
  });
  if (values.seeds !== undefined) return simulateSeeds({ from: Number(values.from), count: Number(values.seeds) });
  const all = values.full ? [...SMALL, ...FULL] : SMALL;
  const chosen = all.filter(({ name }) => name.includes(values.only ?? ''));
  let failed = 0;
  for (const set of chosen) failed += (await run(set)) ? 0 : 1;
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed > 0 || chosen.length === 0 ? 1 : 0;
}

async function simulateSeeds(seeds: Seeds): Promise<number> {
  const began = performance.now();
  const { passed, failed, steps, effects } = await withWorkflowBundle(({ bundle }) =>
    runSeeds(bundle, seeds, (line) => console.log(line)),
  );
  const seconds = (performance.now() - began) / 1000;
  const each = Math.round((seconds * 1000) / Math.max(1, seeds.count));
  console.log(`${count.format(steps)} steps, ${count.format(effects)} effects outside, ${each} ms a seed`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function run({ name, setting }: NamedSetting): Promise<boolean> {
  const explored = await explore(setting, {
    now: () => performance.now(),
    progress: ({ states, depth, seconds }) => {
      if (process.stderr.isTTY)
        process.stderr.write(`\r${name}: ${count.format(states)} states, depth ${depth}, ${seconds.toFixed(0)} s`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  console.log(`${explored.complete ? 'ok    ' : 'FAILED'} ${name}: ${figures(explored)}`);
  const { violation } = explored;
  if (violation === undefined) return explored.complete;
  console.log(`\n  ${violation.invariant}: ${violation.sentence}\n`);
  for (const [i, sentence] of violation.story.entries()) console.log(`  ${String(i + 1).padStart(3)}. ${sentence}`);
  console.log('');
  return false;
}

function figures({ states, transitions, depth, seconds, memory, points }: Explored): string {
  const size = `${Math.ceil(memory / 2 ** 20)} MiB`;
  return `${count.format(states)} states, ${count.format(transitions)} transitions, depth ${depth}, ${seconds.toFixed(1)} s, ${size}, ${count.format(points)} points in activities`;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  return 1;
});
