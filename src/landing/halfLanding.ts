/** What stands on some repositories only, while it is being finished: it was pushed before, and counts all the same. */
import type { Vector } from '../changeset.ts';
import { finishFailed } from '../report/trouble.ts';
import { type Carried, carriedOf, type LandingState } from './state.ts';

/** A finish that could not go on is an open half landing again. */
export function backToOperator(state: Carried & { vector?: Vector }, why: string): LandingState {
  const { finishing, ...rest } = carriedOf(state);
  if (finishing === undefined) throw new Error('no half landing is being finished');
  return {
    ...rest,
    at: 'operator',
    vector: state.vector === undefined ? finishing.halted : whole(state.vector),
    reason: finishFailed(why),
    findings: finishing.findings,
  };
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
