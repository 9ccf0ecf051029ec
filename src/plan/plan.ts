/**
 * The plan of a manifest: in which order its changesets go, and which wait for which. Computed in an activity, so that
 * an edit here never changes what a running workflow does.
 */
import type { Changeset } from '../changeset.ts';

export type Interference = 'repositories' | 'all';

export interface PlannedChangeset extends Changeset {
  /** Names of earlier changesets that interfere: this one starts when they have ended. */
  after: string[];
}

export function interfere(one: Changeset, other: Changeset, interference: Interference): boolean {
  if (interference === 'all') return true;
  return one.members.some((member) => other.members.some((its) => its.repository === member.repository));
}

/** Higher priority first, then the place in the file. Changesets with a final status are not run again. */
export function planChangesets(changesets: Changeset[], interference: Interference): PlannedChangeset[] {
  const ordered = changesets
    .filter((changeset) => changeset.status === undefined)
    .map((changeset, place) => ({ changeset, place }))
    .sort((a, b) => b.changeset.priority - a.changeset.priority || a.place - b.place)
    .map(({ changeset }) => changeset);
  return ordered.map((changeset, i) => {
    const earlier = ordered.slice(0, i).filter((other) => interfere(other, changeset, interference));
    return { ...changeset, after: earlier.map((other) => other.name) };
  });
}

/** What the queue orders pipelines by. */
export function priorityOf(changesets: PlannedChangeset[]): number {
  return Math.max(0, ...changesets.map((changeset) => changeset.priority));
}
