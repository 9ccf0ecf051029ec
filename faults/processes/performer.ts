/**
 * Performs runs, one at a time, in a small process of its own: starting git costs what the memory of its parent is large, and
 * each run starts hundreds.
 */
import { perform } from '../run.ts';
import { runsOf } from '../runs.ts';
import type { Stage } from '../world.ts';

export interface Asked {
  name: string;
  seed: number;
}

const stage = JSON.parse(process.env.LOCKSTEP_FAULT_STAGE ?? '') as Stage;

process.on('message', async ({ name, seed }: Asked) => {
  const run = runsOf(seed).find((one) => one.name === name);
  if (run === undefined) throw new Error(`expected a run named ${name}, found none`);
  process.send?.(await perform(stage, run));
});

// Whoever asked is gone, or has no more to ask.
process.on('disconnect', () => process.exit());
