/** The runs of `npm run faults`, as values. */
import { createHash } from 'node:crypto';
import { createRandom, type Random } from '../simulator/random.ts';
import { type Fault, MODES, type Mode } from './plan.ts';
import { type Effect, isRequest, KINDS, POINTS, type Point, pointName } from './points.ts';
import type { Run } from './run.ts';
import { approved, movedHead, paused } from './stories/asked.ts';
import {
  foreignPushToB,
  foreignPushToBoth,
  foreignPushUnread,
  resetAfterLanding,
  resetUnread,
  resetWhileLanding,
  revertConflicts,
  revertRefused,
  ruleAfterPreflight,
} from './stories/disturbed.ts';
import {
  githubAway,
  KILLED_WHILE_TESTING,
  manifestUnread,
  requestGoesWrong,
  temporalKilled,
  tokensExpire,
  workerKilled,
} from './stories/outages.ts';
import { LANDS, ROLLS_BACK, storyOf } from './stories/points.ts';
import { INTERFERENCE_OF_ALL, olderWorker, twoOfEach } from './stories/several.ts';
import type { Story } from './stories/story.ts';

/** All of one seed. */
export function runsOf(seed: number): Run[] {
  return [...pointRuns(seed), ...scenarioRuns(seed)];
}

/** All points: the seed chooses which occurrence is met, and how a reply is lost. */
export function pointRuns(seed: number): Run[] {
  return POINTS.map((point) => {
    const name = pointName(point);
    const fault = faultAt(point, { id: 'fault', seed, random: createRandom(numberOf(`${name} ${seed}`)) });
    return { name, seed, faults: [fault], reach: 'all', story: storyOf(point.effect) };
  });
}

type Scenario = (random: Random) => Story;

const SCENARIOS: Record<string, Scenario> = {
  'the worker is killed twice': workerKilled,
  'the worker is killed while tests run': () => KILLED_WHILE_TESTING,
  'the manifest is hard to read': manifestUnread,
  'Temporal is killed twice': temporalKilled,
  'GitHub is away between A and B': githubAway,
  'tokens live for two seconds': tokensExpire,
  'two workers and two servers': twoOfEach,
  'an older worker beside a new one': olderWorker,
  'interference of all while the worker dies': () => INTERFERENCE_OF_ALL,
  'a foreign push to B': foreignPushToB,
  'a foreign push to B, unread': foreignPushUnread,
  'a reset of B, unread': resetUnread,
  'a foreign push to B and to A': foreignPushToBoth,
  'a revert that conflicts': revertConflicts,
  'a revert that is refused': revertRefused,
  'a reset while landing': resetWhileLanding,
  'a reset after landing': resetAfterLanding,
  'a rule after the preflight': ruleAfterPreflight,
  'a pause while the worker dies': paused,
  'an approval while the worker dies': approved,
  'a head that moves after its approval': movedHead,
  ...Object.fromEntries(
    (['land push', 'comment'] as const).flatMap((effect) =>
      MODES.map((mode): [string, Scenario] => [
        `${effect}: ${mode}`,
        (random) => requestGoesWrong(effect, mode, random),
      ]),
    ),
  ),
};

/** Each scenario, from the second seed on with a fault beside it; and runs with nothing but several faults. */
export function scenarioRuns(seed: number): Run[] {
  const named = Object.entries(SCENARIOS).map(([name, scenario]): Run => {
    const random = createRandom(numberOf(`${name} ${seed}`));
    const faults = seed === 1 ? [] : [anyFault(random, 'beside')];
    return { name, seed, faults, reach: 'any', story: scenario(random) };
  });
  return [...named, ...['one', 'two', 'three', 'four'].map((name) => randomRun(`random faults ${name}`, seed))];
}

function randomRun(name: string, seed: number): Run {
  const random = createRandom(numberOf(`${name} ${seed}`));
  const count = random.between(2, 4);
  const faults = Array.from({ length: count }, (_, i) => anyFault(random, `fault-${i + 1}`));
  const { expected: _, ...story } = random.pick([LANDS, ROLLS_BACK]);
  return { name, seed, faults, reach: 'any', story };
}

function anyFault(random: Random, id: string): Fault {
  const { effect, repository } = random.pick(POINTS);
  const point = { effect, kind: random.pick(KINDS), ...(repository !== undefined && { repository }) };
  return faultAt(point, { id, seed: 2, random });
}

/** The first seed meets the first occurrence, and loses the reply after the effect. */
function faultAt(point: Point, { id, seed, random }: { id: string; seed: number; random: Random }): Fault {
  const nth = seed === 1 ? 1 : random.between(1, occurrences(point.effect));
  const mode = seed === 1 ? 'doAndFail' : random.pick(modesOf(point.effect));
  return { ...point, id, nth, mode };
}

/** How often an effect surely happens in its story, in one process. */
function occurrences(effect: Effect): number {
  switch (effect) {
    case 'fetch':
    case 'resolve':
    case 'build':
    case 'recheck':
      return 3;
    case 'workspace':
      return 4;
    case 'comment':
    case 'check':
      return 2;
    default:
      return 1;
  }
}

function modesOf(effect: Effect): readonly Mode[] {
  return isRequest(effect) ? MODES.filter((mode) => mode !== 'doLate') : ['doAndFail'];
}

/** The same text gives the same number. */
function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE();
}
