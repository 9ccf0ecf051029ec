/** The invariants of the protocol, by their numbers. */
import type { Happened } from './happened.ts';
import { type Invariant, type Judgement, judge } from './invariant.ts';
import { APPROVED, FORWARD, ONCE, ORDER, TESTED } from './landed.ts';
import { ANSWERED, CLEAN, COMMENTS, REST, SECRET, STATUS } from './told.ts';
import { WHOLE } from './whole.ts';

export const INVARIANTS: Invariant[] = [
  WHOLE,
  TESTED,
  ONCE,
  ORDER,
  STATUS,
  COMMENTS,
  APPROVED,
  FORWARD,
  CLEAN,
  SECRET,
  ANSWERED,
  REST,
];

export function judgeAll(happened: Happened): Judgement {
  return judge(INVARIANTS, happened);
}
