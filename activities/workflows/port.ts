/** What activities ask of Temporal itself. */
import type { Outcome } from '../../src/changeset.ts';
import type { ClosedPipeline, Running } from '../types.ts';

export interface WorkflowsPort {
  /** Starts the queue where none runs. */
  signalQueue(events: { pullRequest: number; delivery?: string }[]): Promise<void>;
  queuePicture(): Promise<QueuePicture>;
  /** How long the coordinator's latest green test runs took, in ms; at most 50. */
  testDurations(): Promise<number[]>;
  /** Of these pipelines, those that are closed now. */
  closedPipelines(pullRequests: number[]): Promise<ClosedPipeline[]>;
  running(): Promise<Running>;
  /** The outcome of a changeset's workflow once it is closed; `undefined` while it runs. */
  changesetEnd(workflowId: string): Promise<{ kind: 'completed'; outcome: Outcome } | { kind: 'lost' } | undefined>;
}

/** What the queue shows of itself to those who wait in it. */
export interface QueuePicture {
  slot?: number;
  paused?: { by: string; reason: string; since: string };
  entries: { pullRequest: number; position?: number }[];
}
