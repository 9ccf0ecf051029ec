/**
 * One member's push to `main`, as decisions over what was read (PROTOCOL 7). After a push without an answer nothing but
 * *landed* may be concluded until the longest life of a push has passed (model).
 */
import type { Commit } from '../changeset.ts';
import type { Standing } from './state.ts';
import type { Pushed } from './steps.ts';

/**
 * The longest life of a push, in ms, is one number (`LOCKSTEP_PUSH_LIFE_MS`): its client is killed after two thirds of it, and
 * the rest is for what the server still does then (one landed 4 s later, seen). So whoever waits a life after the last
 * moment in which a push can have begun has waited for all of it.
 */
export function pushLimitMs(lifeMs: number): number {
  return Math.floor((lifeMs * 2) / 3);
}

/** Below this a push has no time to be answered, or none is left for what comes after it. `here`: GitHub on this machine. */
export const SHORTEST_PUSH_LIFE_MS = { here: 1_500, elsewhere: 15_000 };

/** What waits for a life has it twice at the most in one attempt, beside a first clone (workflows/activityOptions). */
export const LONGEST_PUSH_LIFE_MS = 5 * 60_000;

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
