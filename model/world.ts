/**
 * The world as a value: GitHub's repositories, pushes on their way, the workflows with what they remember, the signals
 * between them, the queue. Every state of the search is one of these, and nothing outside of it.
 */
import type { Attempt } from '../src/attempt/state.ts';
import type { Commit } from '../src/changeset.ts';
import type { GrantAnswer, PipelineOrder, QueueMessage } from '../src/queue/reduce.ts';
import type { QueueState } from '../src/queue/state.ts';
import type { Budget } from './setting.ts';

export interface State {
  repositories: readonly Repository[];
  pushes: readonly Underway[];
  runs: readonly Run[];
  wires: readonly Wire[];
  pipelines: readonly Pipeline[];
  queue: QueueState;
  budget: Budget;
  /** In which order Lockstep moved mains, as `changeset@repository`: an order between repositories that no log tells. */
  order: readonly string[];
}

export interface Repository {
  /** Number of the list of its main's updates, the first of which shows where it began. */
  log: number;
  /** Of each changeset's branch; `null` where it is no member. */
  heads: readonly (Commit | null)[];
  /** Of each changeset's staging ref. */
  staged: readonly (Commit | null)[];
  ruled: boolean;
  gone: boolean;
}

export interface Moved {
  to: Commit;
  by: 'lockstep' | 'somebody';
}

/** A push that its sender heard no end of. */
export interface Underway {
  changeset: number;
  repository: number;
  commit: Commit;
  expected: Commit;
}

/** One changeset's workflow. */
export interface Run {
  /** Number of its `LandingState`. */
  landing: number;
  /** Number of what else its desk knows. */
  desk: number;
  doing: Doing;
  comment: Comment;
  /** Number of what is remembered for the invariants. */
  facts: number;
}

/** What its desk knows besides the landing, without what is only shown to people. */
export type Desk = Pick<Attempt, 'orders' | 'approvals' | 'granted' | 'waits' | 'shown' | 'slot'>;

export type Doing =
  | { is: 'notBegun' }
  | { is: 'activity'; point: number }
  | { is: 'test' | 'slot' | 'grant' | 'approval' | 'operator' | 'turn' | 'ended' };

/** The comment that asks for an approval. Numbers are those of lists of heads. */
export interface Comment {
  /** What it shows now. */
  shows: number | null;
  /** The word that it was written, on its way to the changeset. */
  telling: number | null;
  /** What those saw whose approvals count, in the order in which they came. */
  saw: readonly number[];
}

export const UNWRITTEN: Comment = { shows: null, telling: null, saw: [] };

/** What happened to a changeset, as far as the invariants ask for it. Vectors and heads by number. */
export interface Facts {
  /** Number of those of the attempt before. */
  before: number | null;
  greens: readonly number[];
  approvals: readonly number[];
  decided: readonly { vector: number; answered: readonly Answered[] }[];
  settled: { outcome: number; looked: readonly { repository: string; tip: Commit }[] } | null;
}

/** A command that had its visible answer when a landing began: the explorer's states know no clock. */
export type Answered = 'pause' | 'skip' | 'withdraw';

/** Signals between a changeset and the queue, and between a pipeline and the queue; each way in order. */
export interface Wire {
  toQueue: readonly QueueMessage[];
  fromQueue: readonly (GrantAnswer | PipelineOrder)[];
}

/** One manifest pull request's workflow. */
export interface Pipeline {
  pullRequest: number;
  stage: 'waits' | 'runs' | 'ended';
  /** Number of its `PipelineState`. */
  state: number;
  /** The pull request was closed on GitHub. */
  closed: boolean;
}

/** `wires` holds those of the changesets, then those of the pipelines. */
export function wireOfPipeline(state: Pick<State, 'runs'>, pipeline: number): number {
  return state.runs.length + pipeline;
}

export function replaced<T>(list: readonly T[], index: number, value: T): T[] {
  const next = [...list];
  next[index] = value;
  return next;
}
