/**
 * The part that runs in the copy of the tree, as a process of its own: `model <set>`, or
 * `simulator <from> <count> <seed>…`, the set or the seeds that are tried first may be left out. The first thing
 * that is noticed ends it. The last line is what it came to.
 */
import { explore } from '../model/explore.ts';
import { SMALL } from '../model/sets.ts';
import { withWorkflowBundle } from '../scripts/workflowBundle.ts';
import { createRandom } from '../simulator/random.ts';
import { scenarioOf } from '../simulator/scenario.ts';
import { simulate } from '../simulator/simulate.ts';
import { createSandbox } from '../simulator/temporal/sandbox.ts';
import type { Hunted } from './mutant.ts';

/** Far more than any small set has: a search that goes on and on is said to have lost its way. */
const STATES_ALLOWED = 300_000;

async function huntInModel(first: string): Promise<Hunted> {
  const sets = SMALL.toSorted((one, other) => Number(other.name === first) - Number(one.name === first));
  for (const { name, setting } of sets) {
    const { violation, complete, states } = await explore(setting, {
      now: () => performance.now(),
      limit: STATES_ALLOWED,
    });
    const where = `“${name}”`;
    if (violation !== undefined) {
      const { invariant, sentence, story } = violation;
      return {
        kind: 'noticed',
        where: `${where}, a story of ${story.length} sentences`,
        how: `${invariant}: ${sentence}`,
      };
    }
    if (!complete) return { kind: 'noticed', where, how: `more than ${states} states: it never comes to its end` };
  }
  return { kind: 'unnoticed', searched: `${SMALL.length} sets` };
}

function huntInSimulator(from: number, count: number, first: number[]): Promise<Hunted> {
  return withWorkflowBundle(async ({ bundle }) => {
    const sandbox = await createSandbox(bundle);
    const seeds = Array.from({ length: count }, (_, i) => from + i);
    for (const seed of new Set([...first, ...seeds])) {
      const how = await simulate(sandbox, scenarioOf(seed, createRandom(seed))).then(
        ({ judgement }) => judgement.violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`)[0],
        (error: Error) => `${error.name}: ${error.message}`,
      );
      if (how !== undefined) return { kind: 'noticed', where: `seed ${seed}`, how };
    }
    return { kind: 'unnoticed', searched: `seeds ${[...first, `${from} to ${from + count - 1}`].join(', ')}` };
  });
}

const [kind, ...args] = process.argv.slice(2);
const [from = Number.NaN, count = Number.NaN, ...first] = args.map(Number);
const hunted = kind === 'model' ? await huntInModel(args[0] ?? '') : await huntInSimulator(from, count, first);
process.stdout.write(`${JSON.stringify(hunted)}\n`, () => process.exit(0));
