/**
 * A pipeline as a value: what it was told by the queue and its changesets, and what people are shown of it. `take` holds
 * what changes it; here is what it is, and what follows from it.
 */
import type { ChangesetId, Commit, Outcome, Status, StopReason, Tip } from '../changeset.ts';
import type { StatusOf } from '../manifest/reviewStatusChanges.ts';
import { type PlannedChangeset, priorityOf } from '../plan/plan.ts';
import { allEnded, needsSlot, phaseOf, toStart, unhindered } from '../plan/progress.ts';
import type { HandedOn } from '../queue/handedOn.ts';
import { fenceOf, type Picture, statusesOf } from '../report/picture.ts';

/** Why a pipeline lets its undecided changesets go. */
export type Stopping = StopReason | 'draft';

export interface PipelineState {
  picture: Picture;
  slot: 'none' | 'asked' | 'held';
  /** Those that the queue was told of as waiting for a fence only, when the slot was given back. */
  parked: string[];
  /** A hint came that the pull request changed, and was not looked at yet. */
  changed: boolean;
  /** The whole pull request is to be skipped. */
  skip?: { by: string; reason: string };
  stopping?: Stopping;
  /** At the last look the pull request was open, whatever it stops for. */
  reopened?: boolean;
  /** People withdrew it, whatever else it stopped for before. */
  withdrawn?: true;
  /** Why it cannot be merged though all are final. */
  stuck?: string;
  /** Changesets whose workflows were started. */
  begun: string[];
  /** The heads of those that wait for an approval, as the comment confirmed written shows them. */
  shown: Record<string, Tip[]>;
  /** For the next pipeline of the pull request. */
  handedOn: HandedOn;
  /** The pull request's head as it was seen after people withdrew or skipped all of it: they may have pushed before that. */
  leftAt?: Commit;
}

export function newPipeline(
  about: Pick<ChangesetId, 'coordinator' | 'pullRequest'>,
  handedOn: HandedOn = {},
): PipelineState {
  const { coordinator, pullRequest } = about;
  return {
    picture: {
      coordinator,
      pullRequest,
      stage: { at: 'waiting' },
      tip: '',
      fences: [],
      progress: {},
      details: {},
      refusals: [],
    },
    slot: 'none',
    parked: [],
    changed: false,
    begun: [],
    shown: {},
    handedOn,
  };
}

export function hasEnded(state: PipelineState, name: string): boolean {
  return phaseOf(state.picture.progress, name).at === 'ended';
}

export function unfinished(state: PipelineState): string[] {
  return state.begun.filter((name) => !hasEnded(state, name));
}

/** People withdrew it, or skipped all of it. */
export function isLeft({ withdrawn, skip }: PipelineState): boolean {
  return withdrawn === true || skip !== undefined;
}

/** It was not merged, and at which head people left it is not known: it was not looked at since. */
export function isLeftUnseen(state: PipelineState): boolean {
  const { plan, stage } = state.picture;
  return isLeft(state) && state.leftAt === undefined && plan !== undefined && stage.at !== 'merged';
}

/** All have ended, or those that were begun have and the rest is not to be begun. */
export function isOver(state: PipelineState): boolean {
  if (unfinished(state).length > 0) return false;
  return state.stopping !== undefined || allEnded(state.picture.plan?.changesets ?? [], state.picture.progress);
}

/** Those to be started now: the slot is held, nothing stops the pipeline, no fence is in their way. */
export function startable(state: PipelineState): PlannedChangeset[] {
  const { slot, stopping, skip, picture } = state;
  const { plan } = picture;
  if (plan === undefined || slot !== 'held' || stopping !== undefined || skip !== undefined) return [];
  const { parallelism } = plan;
  return toStart(plan.changesets, picture.progress, { parallelism, isFenced: isFencedIn(state) });
}

/** Changesets that were never begun and are not to be, since the whole pull request was skipped. */
export function skippedUnbegun(state: PipelineState): { name: string; outcome: Outcome }[] {
  const { skip, begun } = state;
  const { plan } = state.picture;
  if (plan === undefined || skip === undefined) return [];
  return plan.changesets
    .filter(({ name }) => !begun.includes(name) && !hasEnded(state, name))
    .map(({ name }) => ({ name, outcome: { kind: 'skipped', ...skip } }));
}

/** The highest among its changesets: by it the queue gives the slot. */
export function priorityOfAll({ picture }: PipelineState): number {
  return priorityOf(picture.plan?.changesets ?? []);
}

/** Whether something of it can go on. What was not begun when it stopped never will be: it keeps no slot from others. */
export function wantsSlot(state: PipelineState): boolean {
  const all = state.picture.plan?.changesets ?? [];
  const left = state.stopping === undefined ? all : all.filter(({ name }) => state.begun.includes(name));
  return needsSlot(left, state.picture.progress, isFencedIn(state));
}

/** Those that wait for nothing but other pull requests' landings. */
export function fenced(state: PipelineState): PlannedChangeset[] {
  const { picture, stopping } = state;
  const { plan } = picture;
  if (plan === undefined || stopping !== undefined) return [];
  return unhindered(plan.changesets, picture.progress).filter(isFencedIn(state));
}

/** What the manifest says of a changeset, or will say once what is on its way is written. */
export function statusNow(state: PipelineState, name: string): Status | undefined {
  return knownStatuses(state).findLast((known) => known.name === name)?.status;
}

/** Every status that is known of the pull request: what was final before, and what this run has come to. */
export function knownStatuses(state: PipelineState): StatusOf[] {
  const before = (state.picture.plan?.final ?? []).map(({ name, status }) => ({ name, status }));
  return [...before, ...statusesOf(state.picture)];
}

/**
 * A changeset behind another pull request's landing is not begun: its tests would be lost when that has moved `main`.
 * Without the slot only the queue knows the fences, and asks for those that it was told of.
 */
function isFencedIn({ picture, slot, parked }: PipelineState): (changeset: PlannedChangeset) => boolean {
  if (slot !== 'held') return ({ name }) => parked.includes(name);
  return (changeset) => fenceOf(picture, changeset) !== undefined;
}
