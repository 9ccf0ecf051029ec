/** What activities ask of Temporal itself. */
import type { ChangesetId, Member, Outcome } from '../../src/changeset.ts';
import type { LatestRun } from '../../src/landing/stray.ts';
import type { Phase } from '../../src/plan/progress.ts';
import type { Grant, Withdrawn } from '../../src/queue/state.ts';
import type { ClosedPipeline, LostRun, Running } from '../types.ts';

export interface WorkflowsPort {
  /** Starts the queue where none runs. */
  signalQueue(events: { pullRequest: number; delivery?: string }[]): Promise<void>;
  /** Has what a comment asks for done; nothing, where that was begun before. */
  startComment(comment: number): Promise<void>;
  queuePicture(): Promise<QueuePicture>;
  /** How long the coordinator's latest green test runs took, in ms; at most 50. */
  testDurations(): Promise<number[]>;
  /** Of these pipelines, those that are closed now. */
  closedPipelines(pullRequests: number[]): Promise<ClosedPipeline[]>;
  running(): Promise<Running>;
  /** The outcome of a changeset's workflow once it is closed; `undefined` while it runs. */
  changesetEnd(workflowId: string): Promise<{ kind: 'completed'; outcome: Outcome } | LostRun | undefined>;
  /** Of a changeset. */
  latestRun(workflowId: string): Promise<LatestRun>;
  /** How far a changeset is in the pipeline that runs its pull request now; `undefined` without one, or before it. */
  phaseInPipeline(id: ChangesetId): Promise<Phase['at'] | undefined>;
  /**
   * Runs a changeset that has ended again, from a look at what stands of it: with its last run's input. False when it runs
   * already, or when Temporal has forgotten it.
   */
  beginStray(id: ChangesetId, seen: Member[]): Promise<boolean>;
}

/** What the queue shows of itself to those who wait in it. */
export interface QueuePicture {
  slot?: number;
  paused?: { by: string; reason: string; since: string };
  entries: { pullRequest: number; position?: number }[];
  grants?: { changeset: string; state: Grant['state'] }[];
  /** People took them out: at these heads they are left alone. */
  withdrawn?: Withdrawn[];
}
