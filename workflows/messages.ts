/**
 * Everything that is said between workflows, people and the server: signals, queries, inputs. Payloads from a shell can
 * have any shape: what people send is checked by `read…` here, and refused visibly.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ChangesetId, Commit, Outcome } from '../src/changeset.ts';
import type { Stray } from '../src/landing/stray.ts';
import type { Limits } from '../src/limits.ts';
import type { PipelineState } from '../src/pipeline/state.ts';
import type { ChangesetOrder, ProgressMessage } from '../src/pipeline/take.ts';
import type { Interference, PlannedChangeset } from '../src/plan/plan.ts';
import type { HandedOn } from '../src/queue/handedOn.ts';
import type { GrantAnswer, PipelineOrder, QueueMessage } from '../src/queue/reduce.ts';
import type { QueueState } from '../src/queue/state.ts';
import type { OperatorCall } from '../src/report/operator.ts';

// -------------------------------------------------------------------------------------------------------------- inputs

/** Input of `queue`; absent parts mean a first start. Old shapes stay readable: `v` says which it is. */
export interface QueueInput {
  v: 1;
  coordinator: string;
  /** `https://github.com`: base of the links in the details of workflows. */
  serverUrl?: string;
  /** Carried over continue-as-new. */
  state?: QueueState;
  /** Messages that had come but were not taken yet. */
  inbox?: QueueMessage[];
  /** Signals that one run takes before it continues as new; default 1,000 (a run takes at most 10,000). */
  signalsPerRun?: number;
}

export interface PipelineInput {
  v: 1;
  coordinator: string;
  pullRequest: number;
  /** Of the pull request. */
  url?: string;
  /** By the pipeline of the same pull request before this one. */
  handedOn?: HandedOn;
  /** Carried over continue-as-new. */
  state?: PipelineState;
  /** Events of history after which it continues as new, besides Temporal's own suggestion. */
  eventsPerRun?: number;
}

export interface PipelineResult {
  outcome: 'ignored' | 'invalid' | 'merged' | 'stuck' | 'superseded' | 'closed' | 'withdrawn';
  /** The pull request has a head that no pipeline has worked on yet. */
  again: boolean;
  /** To the next pipeline of the same pull request. */
  handedOn?: HandedOn;
}

export interface ChangesetInput {
  v: 1;
  id: ChangesetId;
  changeset: PlannedChangeset;
  /** The manifest's commit that this run was begun for. */
  manifestHead: Commit;
  author: string;
  interference: Interference;
  timeoutMs: number;
  approvalTimeoutMs: number;
  /** Of a run of its tests, where `lockstep.yaml` sets any. */
  limits?: Partial<Limits>;
  /** What people had asked of the run before, which was ended by hand. */
  skip?: { by: string; reason: string };
  /** Begun because something of it stands, or is fenced, after it had ended, or was ended by hand. */
  stray?: Stray;
  /** After this long without an answer from GitHub people are told that a landing waits; default 30 s. */
  tellAfterMs?: number;
  /** After this long the team is told too, once for each wait; default 5 min. */
  alertAfterMs?: number;
}

export interface ReportInput {
  v: 1;
  id: ChangesetId;
  /** The run that it is about. */
  attempt: string;
  outcome: Outcome;
  /** Its calls for an operator of which there is something to tell yet. */
  calls: OperatorCall[];
}

export interface CommentInput {
  v: 1;
  coordinator: string;
  /** GitHub's number of it. */
  comment: number;
}

// ------------------------------------------------------------------------------------------------------------- signals

/** From the server: hints that pull requests may have changed, in groups. */
export interface ServerEvent {
  pullRequest: number;
  delivery?: string;
}

export const events = defineSignal<[unknown]>('events');
export const pause = defineSignal<[unknown]>('pause');
export const resume = defineSignal<[unknown]>('resume');
export const skip = defineSignal<[unknown]>('skip');
export const withdraw = defineSignal<[unknown]>('withdraw');
export const approve = defineSignal<[unknown]>('approve');
export const resolve = defineSignal<[unknown]>('resolve');

/** Pipelines and changesets to the queue. */
export const toQueue = defineSignal<[QueueMessage]>('toQueue');
/** The queue to a pipeline. */
export const order = defineSignal<[PipelineOrder]>('order');
/** The queue to a changeset. */
export const grant = defineSignal<[GrantAnswer]>('grant');
/** A changeset to its pipeline. */
export const progress = defineSignal<[ProgressMessage]>('progress');
/** A pipeline to a changeset. */
export const orders = defineSignal<[ChangesetOrder]>('orders');

/** Whoever got a command, to the run that reads the comment in which it stood. */
export const answered = defineSignal<[unknown]>('answered');

// ------------------------------------------------------------------------------------------------------------- queries

export const status = defineQuery<unknown>('status');

export type { ChangesetStatus } from '../src/attempt/status.ts';
