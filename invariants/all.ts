/** The invariants of the protocol, by their numbers. */
import type { Happened } from './happened.ts';
import { type Invariant, type Judgement, judge } from './invariant.ts';
import { APPROVED, FORWARD, ONCE, ORDER, TESTED } from './landed.ts';
import { HEADS_LOOKED, MAINS_LOOKED, MERGED, SUPERSEDED } from './looked.ts';
import { ANSWERED, CLEAN, COMMENTS, HEARD, REST, SECRET, STATUS } from './told.ts';
import { WHOLE } from './whole.ts';

export const INVARIANTS: Invariant[] = [
  WHOLE,
  TESTED,
  MAINS_LOOKED,
  ONCE,
  ORDER,
  STATUS,
  MERGED,
  SUPERSEDED,
  COMMENTS,
  APPROVED,
  HEADS_LOOKED,
  FORWARD,
  CLEAN,
  SECRET,
  ANSWERED,
  HEARD,
  REST,
];

export function judgeAll(happened: Happened): Judgement {
  return judge(INVARIANTS, happened);
}
