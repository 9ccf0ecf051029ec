/**
 * The plan of a manifest: in which order its changesets go, and which wait for which. Computed in an activity, so that
 * an edit here never changes what a running workflow does.
 */
import type { Changeset, Commit, Status } from '../changeset.ts';
import type { Limits } from '../limits.ts';
import type { StatusOf } from '../manifest/reviewStatusChanges.ts';

export type Interference = 'repositories' | 'all';

export interface PlannedChangeset extends Changeset {
  /**
   * The nearest earlier changesets that interfere: this one starts when they, and those that they wait for, have ended.
   * Only the nearest, or the plan of a manifest with a thousand changesets would not fit into a workflow's history.
   */
  after: string[];
}

/** Everything that is fixed for a run of a manifest at one head. */
export interface Plan {
  head: Commit;
  author: string;
  manifest: string;
  changesets: PlannedChangeset[];
  /** Entries that were final before. */
  final: { name: string; line: number; status: Status }[];
  /** Those of them whose statuses a force-push dropped: they are written back. */
  dropped: StatusOf[];
  parallelism: number;
  interference: Interference;
  timeoutMs: number;
  /** Those that `lockstep.yaml` sets for a run of the tests; absent where it sets none. */
  limits?: Partial<Limits>;
  approvalTimeoutMs: number;
  /** Shortest time between two edits of the sticky comment. */
  publishEveryMs: number;
  /** Time between two looks at the position in the queue. */
  refreshEveryMs: number;
}

/** Higher priority first, then the place in the file. Changesets with a final status are not run again. */
export function planChangesets(changesets: Changeset[], interference: Interference): PlannedChangeset[] {
  const ordered = changesets
    .filter((changeset) => changeset.status === undefined)
    // A sort keeps the order of the file among equals.
    .sort((a, b) => b.priority - a.priority);
  const last = new Map<string, string>();
  return ordered.map((changeset) => {
    const shared = interference === 'all' ? ['*'] : changeset.members.map((member) => member.repository);
    const after = new Set(shared.flatMap((repository) => last.get(repository) ?? []));
    for (const repository of shared) last.set(repository, changeset.name);
    return { ...changeset, after: [...after] };
  });
}

/** What the queue orders pipelines by. */
export function priorityOf(changesets: PlannedChangeset[]): number {
  return changesets.reduce((highest, changeset) => Math.max(highest, changeset.priority), 0);
}
