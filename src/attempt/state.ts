/**
 * One attempt of a changeset as a value: where its landing is, what people and the queue have said, what was told of it.
 * `take` holds what changes it; here is what it is, and what follows from it.
 */
import { type ChangesetId, changesetWorkflowId, type Member, type Tip } from '../changeset.ts';
import { type Approval, beginning, headsOf, holdsGrant, isDecided, type LandingState } from '../landing/state.ts';
import type { Orders, ResolveAction } from '../landing/steps.ts';
import type { Stray } from '../landing/stray.ts';
import type { Interference } from '../plan/plan.ts';
import type { Phase } from '../plan/progress.ts';
import { type Fence, reachOf } from '../queue/fence.ts';
import type { Grant } from '../queue/state.ts';
import { phaseOfState } from '../report/phases.ts';
import type { Told } from '../report/picture.ts';

/** What is fixed for an attempt. */
export interface AttemptOf {
  id: ChangesetId;
  interference: Interference;
  stray?: Stray;
}

export interface Attempt {
  of: AttemptOf;
  landing: LandingState;
  orders: Orders;
  /** Approvals that count and were not taken yet. */
  approvals: Approval[];
  /** Times that it came to wait for an operator. */
  calls: number;
  /** Resolves that were not taken yet. */
  resolves: Resolve[];
  /** The last commands that were refused, with the reason. */
  refused: string[];
  /** The queue granted what was asked for last: a landing, or to go on with one that was halted. */
  granted: boolean;
  /** What keeps it waiting: a sentence of the queue's, or the time since when GitHub does not answer (ISO 8601). */
  waits: { why?: string; since?: string };
  /** The heads in the comment that was last confirmed written, and when GitHub first had it so (ISO 8601, GitHub's clock). */
  shown?: Tip[];
  shownAt?: string;
  /** False once the pipeline may have given the slot back: it must be had again before testing. */
  slot: boolean;
  tests?: NonNullable<Told['tests']>;
  /** What the pipeline was told last. */
  told?: Told;
}

export interface Approve {
  by: string;
  /** Full ids or prefixes. */
  commits: string[];
  /** When it was written, where it is a comment (ISO 8601, GitHub's clock). */
  writtenAt?: string;
}

export interface Resolve {
  action: ResolveAction;
  by: string;
  /** Which of its calls for an operator it answers; absent: whichever is open. */
  call?: number;
}

export function newAttempt(of: AttemptOf): Attempt {
  return {
    of,
    landing: beginning(of.stray),
    orders: {},
    approvals: [],
    calls: 0,
    resolves: [],
    refused: [],
    granted: false,
    waits: {},
    slot: true,
  };
}

export function phaseNow({ landing, waits }: Attempt): Phase {
  return phaseOfState(landing, waits);
}

export function headsNow({ landing }: Attempt): Tip[] {
  return 'vector' in landing ? headsOf(landing.vector) : [];
}

/** An order that lets it go has come, and it can still be let go. */
export function isInterrupted({ landing, orders }: Attempt): boolean {
  return !isDecided(landing) && (orders.skip !== undefined || orders.stop !== undefined);
}

/** As the queue knows a landing. */
export type Reaching = Fence & { pullRequest: number };

export function reachingIn({ id, interference }: AttemptOf, members: Member[]): Reaching {
  return { changeset: changesetWorkflowId(id), pullRequest: id.pullRequest, ...reachOf({ members }, interference) };
}

/** What it asks of the queue or holds there: a queue that starts anew takes it over from here. */
export function holding(attempt: Attempt): (Reaching & { holds: Grant['state'] }) | undefined {
  const { landing, of } = attempt;
  // While a half landing is being finished its fences are held without a vector of its own yet.
  const members = 'vector' in landing ? landing.vector.members : (landing.finishing?.halted ?? of.stray)?.members;
  if (members === undefined || (landing.at !== 'granting' && !holdsGrant(landing))) return undefined;
  return { ...reachingIn(of, members), holds: howItHolds(attempt) };
}

function howItHolds({ landing, granted }: Attempt): Grant['state'] {
  if (!isDecided(landing)) return landing.at === 'granting' && !granted ? 'asked' : 'granted';
  if (granted) return 'decided';
  return landing.at === 'resolving' ? 'resolving' : 'halted';
}
