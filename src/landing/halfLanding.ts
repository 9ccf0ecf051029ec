/** What may stand on some repositories only: how people are asked about it, and what of it counts while it is finished. */
import type { Vector } from '../changeset.ts';
import { finishFailed } from '../report/trouble.ts';
import { type Carried, carriedOf, type LandingState, type StateAt } from './state.ts';

/** It goes no further. What stands is read first, so that people are asked with what is; also when a finish did not succeed. */
export function halt(state: Carried & { vector?: Vector }, why: string): LandingState {
  const { finishing, ...carried } = carriedOf(state);
  const vector = state.vector ?? finishing?.halted;
  if (vector === undefined) throw new Error('it halted with nothing that could stand anywhere');
  return { ...carried, at: 'halting', vector: whole(vector), reason: finishing ? finishFailed(why) : why };
}

/** People decide, by findings of the step before: nothing is being finished any more. */
export function askOperator(
  state: Carried,
  { vector, reason, halted, findings }: Pick<StateAt<'operator'>, 'vector' | 'reason' | 'halted' | 'findings'>,
): LandingState {
  const { finishing: _, ...carried } = carriedOf(state);
  return { ...carried, at: 'operator', vector, reason, ...(halted !== undefined && { halted }), findings };
}

/**
 * The vector with every member that this changeset ever landed: those that stood before a finish are not pushed again, but
 * they are verified and undone like the others. What people merged themselves is left alone: it was never ours.
 */
export function whole(vector: Vector): Vector {
  return {
    ...vector,
    members: vector.members.map((member) => (member.landedBefore ? { ...member, alreadyMerged: false } : member)),
  };
}
