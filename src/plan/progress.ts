/** What a pipeline does next, from how far its changesets are. */
import type { Outcome } from '../changeset.ts';
import type { PlannedChangeset } from './plan.ts';

/** How far a changeset is, as it tells its pipeline. */
export type Phase =
  | { at: 'waiting' }
  | { at: 'preparing' }
  | { at: 'testing' }
  | { at: 'approval' }
  | { at: 'staging' }
  | { at: 'granting'; why?: string }
  | { at: 'landing'; landed: string[]; of: number; since?: string }
  | { at: 'rollingBack' }
  | { at: 'operator'; reason: string }
  | { at: 'ended'; outcome: Outcome };

export type Progress = Record<string, Phase>;

/** Those that may start now, best first: what they wait for has ended, and fewer than `parallelism` are at work. */
export function toStart(plan: PlannedChangeset[], progress: Progress, parallelism: number): PlannedChangeset[] {
  const atWork = plan.filter(({ name }) => isAtWork(phaseOf(progress, name))).length;
  const free = unhindered(plan, progress);
  return plan.filter(({ name }) => free.has(name)).slice(0, Math.max(0, parallelism - atWork));
}

/** Those that wait for nothing but a place: all below them have ended, not only the nearest (which may have been skipped). */
function unhindered(plan: PlannedChangeset[], progress: Progress): Set<string> {
  const over = new Set<string>();
  const free = new Set<string>();
  // A plan is in order: what a changeset waits for stands before it.
  for (const { name, after } of plan) {
    if (!after.every((below) => over.has(below))) continue;
    const { at } = phaseOf(progress, name);
    if (at === 'ended') over.add(name);
    if (at === 'waiting') free.add(name);
  }
  return free;
}

/**
 * The slot is given back while all that is left waits for people, for GitHub in the middle of a landing, for a fence, or
 * for a changeset below it that does (model).
 */
export function needsSlot(plan: PlannedChangeset[], progress: Progress): boolean {
  return unhindered(plan, progress).size > 0 || plan.some(({ name }) => isAtWork(phaseOf(progress, name)));
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
    case 'preparing':
    case 'testing':
    case 'staging':
    case 'rollingBack':
      return true;
    case 'landing':
      return phase.since === undefined;
    case 'granting':
      return phase.why === undefined;
    case 'waiting':
    case 'approval':
    case 'operator':
    case 'ended':
      return false;
  }
}
