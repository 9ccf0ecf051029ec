/** What a pipeline shows of itself: the value that the sticky comment, the check run and the details are written from. */

import type { Status } from '../changeset.ts';
import type { ResolveAction } from '../landing/steps.ts';
import type { Phase } from '../plan/progress.ts';
import type { Fence } from '../queue/fence.ts';

export interface PipelineView {
  coordinator: string;
  pullRequest: number;
  manifest: string;
  /** The commit that the check run belongs to. */
  head: string;
  stage: PipelineStage;
  /** Changesets tested at the same time. */
  parallelism: number;
  changesets: ChangesetView[];
  /** Commands that were refused, newest last, at most 5. */
  refusals: string[];
}

export type PipelineStage =
  | { at: 'waiting' }
  | { at: 'running' }
  | { at: 'merging' }
  | { at: 'merged' }
  /** All are final, but GitHub will not merge it. */
  | { at: 'stuck'; why: string }
  | { at: 'cancelled'; why: 'superseded' | 'closed' | 'draft' | 'withdrawn' | 'ordinary' | 'invalid' };

export interface ChangesetView {
  name: string;
  line: number;
  phase: Phase;
  /** Of the attempt: `owner/name` with the pinned head, as far as it is known. */
  members: { repository: string; branch: string; head?: string }[];
  /** Written in the manifest before this run. */
  status?: Status;
  /** Names of the changesets that it waits for or was built on. */
  after: string[];
  /** The landing of another pull request that keeps it from being begun. */
  behind?: Fence;
  tests?: TestView;
  /** ISO 8601. */
  endedAt?: string;
}

export interface TestView {
  startedAt: string;
  /** Absent while they run. */
  ended?: { passed: boolean; durationMs: number; logId: string };
}

/** What an operator can ask for, in the order in which it is shown. */
export const RESOLVE_ACTIONS: ResolveAction[] = ['finish', 'undo', 'check'];

export function isFinal(changeset: ChangesetView): boolean {
  return changeset.status !== undefined || changeset.phase.at === 'ended';
}
