/** Whole runs of the real workflows and activities, in memory: seeds that hold, and the same run for the same seed. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createRandom } from '../../simulator/random.ts';
import { type Scenario, scenarioOf } from '../../simulator/scenario.ts';
import { shrink } from '../../simulator/shrink.ts';
import { simulate } from '../../simulator/simulate.ts';
import { createSandbox, type Sandbox } from '../../simulator/temporal/sandbox.ts';

const bundle = process.env.LOCKSTEP_WORKFLOW_BUNDLE ?? '';
const scenario = (seed: number) => scenarioOf(seed, createRandom(seed));

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox(bundle);
});

const BLOCK = 10;
const BLOCKS = 20;

describe.each(Array.from({ length: BLOCKS }, (_, i) => i * BLOCK + 1))('from seed %i', (from) => {
  it('every invariant holds', async () => {
    const broken: string[] = [];
    for (let seed = from; seed < from + BLOCK; seed++) {
      const { judgement } = await simulate(sandbox, scenario(seed));
      broken.push(...judgement.violations.map(({ invariant, sentence }) => `${seed}: ${invariant}: ${sentence}`));
    }
    expect(broken).toEqual([]);
  });
});

it('a seed replays exactly, step by step', async () => {
  const [one, other] = [await simulate(sandbox, scenario(7)), await simulate(sandbox, scenario(7))];
  expect(one.steps).toBeGreaterThan(50);
  expect(other.story).toEqual(one.story);
});

it('a failing scenario is made smaller until every piece is needed', async () => {
  const all: Scenario = {
    ...scenario(1),
    acts: [
      { when: { step: 1 }, do: 'pause' },
      { when: { step: 2 }, do: 'resume' },
      { when: { step: 3 }, do: 'killWorkers' },
    ],
    faults: [{ on: 'push', nth: 1, kind: 'late' }],
  };
  const small = await shrink(all, async ({ acts }) => acts.some((act) => act.do === 'resume'));
  expect(small.acts).toEqual([{ when: { step: 2 }, do: 'resume' }]);
  expect(small.faults).toEqual([]);
});
