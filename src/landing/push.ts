/**
 * One member's push to `main`, as decisions over what was read (PROTOCOL 7). After a push without an answer nothing but
 * *landed* may be concluded until the longest life of a push has passed (model).
 */
import type { Commit } from '../changeset.ts';
import type { Standing } from './state.ts';
import type { Pushed } from './steps.ts';

export interface PushFacts {
  candidate: Commit;
  base: Commit;
  /** `main`, just read. */
  tip: Commit | undefined;
  standing: Standing;
  /** A push of ours may still arrive: no answer was had, and its longest life has not passed since. */
  outstanding: boolean;
  /** The server's last refusal, given while no other push was outstanding. */
  refused?: string;
}

export type PushStep = { do: 'conclude'; pushed: Pushed } | { do: 'waitOutLife' } | { do: 'push' };

export function nextPushStep(facts: PushFacts): PushStep {
  if (facts.standing === 'stands') return { do: 'conclude', pushed: { kind: 'landed' } };
  if (facts.outstanding) return { do: 'waitOutLife' };
  if (facts.standing === 'unreadable' || facts.tip === undefined) {
    return { do: 'conclude', pushed: { kind: 'unreadable', message: 'GitHub says that it does not exist' } };
  }
  if (facts.tip !== facts.base) return { do: 'conclude', pushed: { kind: 'rejected', found: facts.tip } };
  if (facts.refused !== undefined) return { do: 'conclude', pushed: { kind: 'refused', message: facts.refused } };
  return { do: 'push' };
}
