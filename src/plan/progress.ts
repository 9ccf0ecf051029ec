/** What a pipeline does next, from how far its changesets are. */
import type { Outcome } from '../changeset.ts';
import type { PlannedChangeset } from './plan.ts';

/** How far a changeset is, as it tells its pipeline. `since`: GitHub has not answered for so long (ISO 8601). */
export type Phase =
  | { at: 'waiting' }
  /** It had ended, and is looked at again (PROTOCOL 10). */
  | { at: 'looking'; since?: string }
  | { at: 'preparing'; half?: Half; since?: string }
  | { at: 'testing'; half?: Half }
  | { at: 'approval' }
  | { at: 'staging'; half?: Half; since?: string }
  /** The queue does not let it land yet. */
  | { at: 'granting'; why: string; nothingToLand?: true }
  | { at: 'landing'; landed: string[]; of: number; since?: string }
  | { at: 'rollingBack'; since?: string }
  /** What stands is read, for an operator: before one is asked, or because one said so. */
  | { at: 'halted'; reason: string; since?: string }
  | { at: 'operator'; reason: string }
  /** An operator chose; the queue does not let it go on yet. */
  | { at: 'resolving'; action: 'finish' | 'undo'; by: string; why?: string }
  | { at: 'ended'; outcome: Outcome };

/** A half landing that is being finished. `stand`: how many of its members do, as far as that was read. */
export interface Half {
  stand?: number;
  of: number;
}

export type Progress = Record<string, Phase>;

/** No fence stands in anybody's way. */
const FREE = () => false;

/** Those that may start now, best first: nothing is in their way, and fewer than `parallelism` are at work. */
export function toStart(
  plan: PlannedChangeset[],
  progress: Progress,
  { parallelism, isFenced = FREE }: { parallelism: number; isFenced?: (changeset: PlannedChangeset) => boolean },
): PlannedChangeset[] {
  const atWork = plan.filter(({ name }) => isAtWork(phaseOf(progress, name))).length;
  const free = unhindered(plan, progress).filter((changeset) => !isFenced(changeset));
  return free.slice(0, Math.max(0, parallelism - atWork));
}

/**
 * Those that were not begun and wait for no other of the plan: all below them have ended, not only the nearest (which may
 * have been skipped).
 */
export function unhindered(plan: PlannedChangeset[], progress: Progress): PlannedChangeset[] {
  const over = new Set<string>();
  // A plan is in order: what a changeset waits for stands before it.
  return plan.filter(({ name, after }) => {
    if (!after.every((below) => over.has(below))) return false;
    const { at } = phaseOf(progress, name);
    if (at === 'ended') over.add(name);
    return at === 'waiting';
  });
}

/**
 * The slot is given back while all that is left waits for people, for GitHub in the middle of a landing, for a fence, or
 * for a changeset below it that does (model).
 */
export function needsSlot(
  plan: PlannedChangeset[],
  progress: Progress,
  isFenced: (changeset: PlannedChangeset) => boolean = FREE,
): boolean {
  const free = unhindered(plan, progress).some((changeset) => !isFenced(changeset));
  return free || plan.some(({ name }) => isAtWork(phaseOf(progress, name)));
}

export function allEnded(plan: PlannedChangeset[], progress: Progress): boolean {
  return plan.every(({ name }) => phaseOf(progress, name).at === 'ended');
}

export function phaseOf(progress: Progress, name: string): Phase {
  return progress[name] ?? { at: 'waiting' };
}

/** It tests or lands; it does not wait for somebody. */
function isAtWork(phase: Phase): boolean {
  switch (phase.at) {
    case 'testing':
      return true;
    case 'looking':
    case 'preparing':
    case 'staging':
    case 'landing':
    case 'rollingBack':
      return phase.since === undefined;
    case 'granting':
    case 'waiting':
    case 'approval':
    case 'halted':
    case 'operator':
    case 'resolving':
    case 'ended':
      return false;
  }
}
