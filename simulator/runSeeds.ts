/** Scenarios from seeds, one after another. Of the first that breaks an invariant the smallest form is told. */
import { createRandom } from './random.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';
import { Broken, type Simulated, simulate } from './simulate.ts';
import { createSandbox, type Sandbox } from './temporal/sandbox.ts';

export interface Seeds {
  from: number;
  count: number;
}

export interface Tally {
  passed: number;
  failed: number;
  steps: number;
  effects: number;
}

/** `bundle`: path of the workflow bundle that workers run. */
export async function runSeeds(bundle: string, { from, count }: Seeds, say: (line: string) => void): Promise<Tally> {
  const sandbox = await createSandbox(bundle);
  const tally: Tally = { passed: 0, failed: 0, steps: 0, effects: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const scenario = scenarioOf(seed, createRandom(seed));
    const { sentences, steps, effects } = await judged(sandbox, scenario);
    tally.steps += steps;
    tally.effects += effects;
    if (sentences.length === 0) tally.passed += 1;
    else {
      tally.failed += 1;
      say(`seed ${seed}: ${sentences.join('; ')}`);
      if (tally.failed === 1) await tell(sandbox, scenario, say);
    }
    const done = seed - from + 1;
    if (done % 500 === 0) say(`${done} of ${count} seeds, ${tally.failed} failed`);
  }
  return tally;
}

type Judged = Omit<Simulated, 'judgement'> & { sentences: string[] };

async function judged(sandbox: Sandbox, scenario: Scenario): Promise<Judged> {
  try {
    const { judgement, ...rest } = await simulate(sandbox, scenario);
    return { ...rest, sentences: judgement.violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`) };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { sentences: [error.message], steps: error.story.length, effects: 0, story: error.story };
  }
}

async function tell(sandbox: Sandbox, scenario: Scenario, say: (line: string) => void): Promise<void> {
  const small = await shrink(scenario, async (smaller) => (await judged(sandbox, smaller)).sentences.length > 0);
  const { sentences, story } = await judged(sandbox, small);
  for (const [i, line] of story.entries()) say(`  ${String(i + 1).padStart(4)}. ${line}`);
  say(JSON.stringify(small, null, 2));
  for (const sentence of sentences) say(`  ${sentence}`);
}
