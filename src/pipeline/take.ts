/** What changes a pipeline: orders of the queue, words of its changesets, and what its own body comes to. */
import type { Commit, Outcome, StopReason, Tip } from '../changeset.ts';
import { sameHeads } from '../landing/state.ts';
import type { StatusOf } from '../manifest/reviewStatusChanges.ts';
import type { Plan, PlannedChangeset } from '../plan/plan.ts';
import { reachOf } from '../queue/fence.ts';
import { concerns, type HandedOn } from '../queue/handedOn.ts';
import type { PipelineOrder, QueueMessage } from '../queue/reduce.ts';
import { forgetLook, type Picture, type Told, takeEnd, takeRefusal, takeTold } from '../report/picture.ts';
import type { PipelineStage, PipelineView } from '../report/view.ts';
import {
  fenced,
  isLeft,
  knownStatuses,
  type PipelineState,
  priorityOfAll,
  type Stopping,
  unfinished,
  wantsSlot,
} from './state.ts';

export type PipelineEffect =
  | { do: 'tellChangeset'; name: string; message: ChangesetOrder }
  | { do: 'tellQueue'; message: QueueMessage }
  /** What people are shown changed. */
  | { do: 'publish' };

export type ChangesetOrder =
  | { kind: 'skip'; by: string; reason: string }
  | { kind: 'stop'; why: StopReason }
  /** The pipeline holds the slot. */
  | { kind: 'go' }
  /** The pipeline is new to a changeset that runs already: how far is it? */
  | { kind: 'tell' }
  /** The comment that shows these heads was confirmed written; at: by GitHub's clock (ISO 8601). */
  | { kind: 'shown'; heads: Tip[]; at?: string };

export interface ProgressMessage extends Told {
  /** It waited, its pipeline may have given the slot back meanwhile, and now it can go on. */
  wantsSlot?: true;
  /** The first word of a run. */
  begins?: true;
}

export interface Taken {
  state: PipelineState;
  effects: PipelineEffect[];
}

const PUBLISH: PipelineEffect = { do: 'publish' };

export function takeOrder(state: PipelineState, order: PipelineOrder): Taken {
  switch (order.kind) {
    case 'slot': {
      const held: PipelineState = { ...state, slot: 'held', parked: [] };
      return { state: show(held, { fences: order.fences }), effects: toAll(state, { kind: 'go' }) };
    }
    case 'fences':
      return { state: show(state, { fences: order.fences }), effects: [PUBLISH] };
    case 'changed':
      return { state: { ...state, changed: true }, effects: [] };
    case 'skip': {
      const skip = { by: order.by, reason: order.reason };
      return {
        state: { ...state, skip, changed: true },
        effects: [...toAll(state, { kind: 'skip', ...skip }), PUBLISH],
      };
    }
    case 'withdraw':
      return stop({ ...state, withdrawn: true, changed: true }, 'withdrawn');
    case 'refresh':
      return { state, effects: [PUBLISH] };
  }
}

export function takeProgress(state: PipelineState, told: ProgressMessage): Taken {
  const { name } = told;
  const first = told.begins === true || state.picture.details[name] === undefined;
  const goes: PipelineEffect[] =
    told.wantsSlot && state.slot === 'held' ? [{ do: 'tellChangeset', name, message: { kind: 'go' } }] : [];
  const effects = [...(first ? repeatedOrders(state, name) : []), ...goes, PUBLISH];
  return { state: withHeardOf({ ...forgetShown(state, told), picture: takeTold(state.picture, told) }), effects };
}

/**
 * Changesets that tell of themselves were begun by a pipeline before this one, or since they ended: they are followed and
 * ordered as its own.
 */
function withHeardOf(state: PipelineState): PipelineState {
  const { plan, details } = state.picture;
  const heardOf = [...(plan?.changesets ?? []), ...(plan?.final ?? [])]
    .map(({ name }) => name)
    .filter((name) => details[name] !== undefined && !state.begun.includes(name));
  return heardOf.length === 0 ? state : { ...state, begun: [...state.begun, ...heardOf] };
}

/** An order that was sent while a run of it was being started found nobody: the run's first word is answered with it. */
function repeatedOrders({ skip, stopping }: PipelineState, name: string): PipelineEffect[] {
  const messages: ChangesetOrder[] = [
    ...(skip === undefined ? [] : [{ kind: 'skip' as const, ...skip }]),
    ...(stopping === undefined ? [] : [stopOrder(stopping)]),
  ];
  return messages.map((message) => ({ do: 'tellChangeset', name, message }));
}

/** Another round of approval asks anew. */
function forgetShown(state: PipelineState, { name, phase }: Told): PipelineState {
  if (phase.at === 'approval') return state;
  const { [name]: _, ...shown } = state.shown;
  return { ...state, shown };
}

/** Approvals without a commit count only once the comment that shows these heads is confirmed written (model). */
export function takeWritten(state: PipelineState, view: PipelineView, at?: string): Taken {
  const effects: PipelineEffect[] = [];
  const shown = { ...state.shown };
  for (const { name, phase, members } of view.changesets) {
    if (phase.at !== 'approval') continue;
    const heads = members
      .map(({ repository, head = '' }) => ({ repository, commit: head }))
      .sort((one, other) => (one.repository < other.repository ? -1 : 1));
    if (sameHeads(shown[name] ?? [], heads)) continue;
    shown[name] = heads;
    effects.push({ do: 'tellChangeset', name, message: { kind: 'shown', heads, ...(at !== undefined && { at }) } });
  }
  return { state: { ...state, shown }, effects };
}

export function takePlan(state: PipelineState, plan: Plan): Taken {
  const { skip } = state.handedOn;
  const skipped = skip && concerns(skip, plan.head) ? { skip: { by: skip.by, reason: skip.reason } } : {};
  return {
    state: { ...withHeardOf(show(state, { plan, tip: plan.head })), ...skipped },
    effects: [PUBLISH],
  };
}

/** The pull request is left alone as long as it is at this head. */
export function takeWithdrawn(state: PipelineState, head: Commit): Taken {
  return { state: { ...state, handedOn: { ...state.handedOn, withdrawn: { heads: [head] } } }, effects: [] };
}

/** A changeset ran already, for a pipeline before this one. */
export function askHowFar(state: PipelineState, name: string): Taken {
  return { state, effects: [{ do: 'tellChangeset', name, message: { kind: 'tell' } }] };
}

/** What a run knows when it looks at its pull request. */
export interface Known {
  /** The pinned head, or the last status commit. */
  tip: Commit;
  /** Every status that this run knows: only these are recognised as the bot's own. */
  ended: StatusOf[];
}

/** What the pull request was found to be, seen from what was known. */
export interface PullRequestNow {
  state: 'open' | 'draft' | 'closed';
  /** `own`: only status commits of the bot came on top. */
  moved: 'no' | 'own' | 'person';
  head: Commit;
}

export function takeLook(state: PipelineState, asked: Known, found: PullRequestNow): Taken {
  const isStale = state.picture.tip !== asked.tip || knownStatuses(state).length !== asked.ended.length;
  // What this run wrote after it had asked looks like a person's push: it is looked at again.
  if (found.moved === 'person' && isStale) return { state: { ...state, changed: true }, effects: [] };
  const seen = { ...takeLeft(state, found.head).state, reopened: found.state === 'open' };
  if (found.state !== 'open') return stop(seen, found.state);
  if (found.moved === 'person') return stop(seen, 'superseded');
  // A status that was written meanwhile is newer than what was read.
  return found.moved === 'own' && !isStale ? takeStatusCommit(seen, found.head) : { state: seen, effects: [] };
}

/** Whether another pipeline is to read the pull request when this one ends: it has stopped, and there is something new. */
export function isWantedAgain({ stopping, reopened, changed }: PipelineState): boolean {
  const letGo = stopping === 'closed' || stopping === 'draft';
  return changed || stopping === 'superseded' || (letGo && reopened === true);
}

/** The first head that is seen after people withdrew or skipped all of it. */
export function takeLeft(state: PipelineState, head: Commit): Taken {
  const isFirst = isLeft(state) && state.leftAt === undefined;
  return { state: isFirst ? { ...state, leftAt: head } : state, effects: [] };
}

/** What the next pipeline of the pull request is to know of it. */
export function handOn(state: PipelineState): HandedOn {
  const { withdrawn, skip, handedOn, picture, leftAt } = state;
  // Nothing was read: it holds for what the next one reads.
  if (picture.plan === undefined) {
    return { ...handedOn, ...(withdrawn && { withdrawn: {} }), ...(skip && { skip }) };
  }
  const { lastStatus } = handedOn;
  const { tip, stage } = picture;
  const heads = leftAt === undefined || leftAt === tip ? [tip] : [leftAt, tip];
  return {
    ...(lastStatus !== undefined && { lastStatus }),
    ...(withdrawn && { withdrawn: { heads } }),
    ...(skip && stage.at !== 'merged' && { skip: { ...skip, heads } }),
  };
}

/** They are being started. */
export function begin(state: PipelineState, changesets: PlannedChangeset[]): Taken {
  const names = changesets.map(({ name }) => name);
  const preparing = Object.fromEntries(names.map((name) => [name, { at: 'preparing' as const }]));
  const progress = { ...state.picture.progress, ...preparing };
  return { state: { ...show(state, { progress }), begun: [...state.begun, ...names] }, effects: [] };
}

/** `at`: ISO 8601. */
export function takeOutcome(state: PipelineState, end: { name: string; outcome: Outcome; at: string }): Taken {
  const ended = { ...state, picture: takeEnd(state.picture, end) };
  // A changeset saw that the pull request is no longer ours before its webhook came.
  if (end.outcome.kind === 'stopped' && state.stopping === undefined) return stop(ended, end.outcome.why);
  return { state: ended, effects: [PUBLISH] };
}

/** The run that looked at it again was ended by hand. */
export function takeLostLook(state: PipelineState, name: string): Taken {
  const picture = forgetLook(state.picture, name);
  const begun = state.begun.filter((one) => picture.details[one] !== undefined || one !== name);
  return { state: { ...state, picture, begun }, effects: [PUBLISH] };
}

/** Undecided changesets are let go; what has decided goes to its end. */
export function stop(state: PipelineState, why: Stopping): Taken {
  const stopping = state.stopping ?? why;
  return { state: { ...state, stopping }, effects: [...toAll(state, stopOrder(stopping)), PUBLISH] };
}

/** Asks the queue for the slot where something can go on, and gives it back where nothing can. */
export function keepSlot(state: PipelineState): Taken {
  const needed = wantsSlot(state);
  if (state.slot === 'held' && !needed) return releaseSlot(state);
  if (state.slot === 'none' && needed && state.stopping === undefined) return wantSlot(state);
  return { state, effects: [] };
}

export function wantSlot(state: PipelineState): Taken {
  const { pullRequest } = state.picture;
  const priority = priorityOfAll(state);
  return {
    state: state.slot === 'none' ? { ...state, slot: 'asked' } : state,
    effects: [{ do: 'tellQueue', message: { kind: 'wantSlot', pullRequest, priority } }],
  };
}

function releaseSlot(state: PipelineState): Taken {
  const { pullRequest } = state.picture;
  const behind = fenced(state);
  const reach = behind.map((one) => reachOf(one, state.picture.plan?.interference ?? 'repositories'));
  const message: QueueMessage = { kind: 'releaseSlot', pullRequest, ...(reach.length > 0 && { fenced: reach }) };
  return {
    state: { ...state, slot: 'none', parked: behind.map(({ name }) => name) },
    effects: [{ do: 'tellQueue', message }],
  };
}

/** A status commit of ours is the pull request's head now. */
export function takeStatusCommit(state: PipelineState, commit: Commit): Taken {
  const shown = show(state, { tip: commit });
  return { state: { ...shown, handedOn: { ...state.handedOn, lastStatus: commit } }, effects: [PUBLISH] };
}

export function takeTip(state: PipelineState, tip: Commit): Taken {
  return { state: show(state, { tip }), effects: [PUBLISH] };
}

export function takeStage(state: PipelineState, stage: PipelineStage): Taken {
  return { state: show(state, { stage }), effects: [PUBLISH] };
}

/** All may be final: it is not merged all the same. */
export function takeRefusedStatus(state: PipelineState, why: string): Taken {
  return { state: { ...state, stuck: state.stuck ?? why }, effects: [] };
}

/** Said on the pull request. */
export function refuse(state: PipelineState, why: string): Taken {
  return { state: { ...state, picture: takeRefusal(state.picture, why) }, effects: [PUBLISH] };
}

function show(state: PipelineState, next: Partial<Picture>): PipelineState {
  return { ...state, picture: { ...state.picture, ...next } };
}

function toAll(state: PipelineState, message: ChangesetOrder): PipelineEffect[] {
  return unfinished(state).map((name) => ({ do: 'tellChangeset', name, message }));
}

/** To a changeset a draft is a closed pull request. */
function stopOrder(why: Stopping): ChangesetOrder {
  return { kind: 'stop', why: why === 'draft' ? 'closed' : why };
}
