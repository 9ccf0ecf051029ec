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
  return plan
    .filter((changeset) => phaseOf(progress, changeset.name).at === 'waiting')
    .filter((changeset) => changeset.after.every((name) => phaseOf(progress, name).at === 'ended'))
    .slice(0, Math.max(0, parallelism - atWork));
}

/**
 * The slot is given back while all that is left waits for people, for GitHub in the middle of a landing, for a fence, or
 * for a changeset below it that does (model).
 */
export function needsSlot(plan: PlannedChangeset[], progress: Progress): boolean {
  return plan.some((changeset) => {
    const phase = phaseOf(progress, changeset.name);
    if (phase.at !== 'waiting') return isAtWork(phase);
    return changeset.after.every((name) => phaseOf(progress, name).at === 'ended');
  });
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
