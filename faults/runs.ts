/** The runs of `npm run faults`, as values. */
import { createHash } from 'node:crypto';
import { createRandom } from '../simulator/random.ts';
import type { Fault, Mode } from './plan.ts';
import { type Effect, isRequest, POINTS, type Point, pointName } from './points.ts';
import type { Run } from './run.ts';
import { storyOf } from './stories.ts';

/** All points at one seed: it chooses which occurrence is met, and how a reply is lost. */
export function pointRuns(seed: number): Run[] {
  return POINTS.map((point) => {
    const fault = faultAt(point, seed);
    return { name: pointName(point), seed, faults: [fault], story: storyOf(point.effect) };
  });
}

/** The first seed meets the first occurrence, and loses the reply after the effect. */
function faultAt(point: Point, seed: number): Fault {
  const random = createRandom(numberOf(`${pointName(point)} ${seed}`));
  const nth = seed === 1 ? 1 : random.between(1, occurrences(point.effect));
  const mode = seed === 1 ? 'doAndFail' : random.pick(modesOf(point.effect));
  return { ...point, id: 'fault', nth, mode };
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
  if (!isRequest(effect)) return ['doAndFail'];
  return ['doAndFail', 'doAndHang', 'doLate', 'failBefore', 'slowBody', 'unavailable', 'forbidden', 'limited'];
}

/** The same text gives the same number. */
function numberOf(text: string): number {
  return createHash('sha256').update(text).digest().readInt32BE();
}
