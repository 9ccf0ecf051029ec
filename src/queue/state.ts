/**
 * The queue as a value: who waits, who holds the slot, which landings hold fences, whether it is paused.
 * PROTOCOL, "The slot and the fences". Kept small, since it travels through every continue-as-new.
 */
import type { Commit } from '../changeset.ts';
import type { Reply, ReplyTo } from '../commands/reply.ts';
import { collide, type Fence, type Reach } from './fence.ts';
import type { HandedOn } from './handedOn.ts';

export interface QueueState {
  v: 1;
  nextSequence: number;
  entries: Entry[];
  /** The pull request whose pipeline may test and begin landings. */
  slot?: number;
  grants: Grant[];
  paused?: Pause;
  /** The last deliveries, each with a pull request that it named, so that a redelivery has no second effect. */
  deliveries: string[];
  /** The last commands with their answers, newest last. */
  commands: Command[];
  /** What pipelines handed on, the latest of each pull request, newest last. */
  handedOn: ({ pullRequest: number } & HandedOn)[];
}

/** One pull request with a pipeline. */
export interface Entry {
  pullRequest: number;
  /** Arrival. */
  sequence: number;
  /** The highest among its changesets; known once its pipeline has read the manifest. */
  priority?: number;
  /** It asks for the slot: for the first time, or again after it gave it back (then it comes first). */
  wants?: 'first' | 'again';
  /** It held the slot before. */
  hadSlot?: true;
  /** It gave the slot back while this much of it waits for nothing but fences. */
  fenced?: Reach[];
  /** It was skipped or withdrawn: no landing of it is granted any more. */
  leaves?: true;
  /** Something about it changed when its pipeline had ended already: it is read again. */
  missed?: true;
}

/** A changeset's landing. All but one that is only asked for hold their fences. */
export interface Grant extends Fence {
  pullRequest: number;
  state: 'asked' | 'granted' | GrantForLife;
}

/**
 * It may have moved refs: only its settlement frees the fences. `decided`: it moves refs. `halted`: it moves none, an operator
 * may let it go on. `resolving`: an operator did, and it waits for its turn.
 */
type GrantForLife = 'decided' | 'halted' | 'resolving';

/** The word by which each is told to a queue that does not know it. */
export const TOLD_BY = {
  asked: 'wantGrant',
  granted: 'hold',
  decided: 'keep',
  halted: 'seize',
  resolving: 'wantTurn',
} as const satisfies Record<Grant['state'], string>;

export interface Pause {
  by: string;
  reason: string;
  /** ISO 8601. */
  since: string;
  /** Of one that came in a comment: ISO 8601, GitHub's clock. */
  writtenAt?: string;
}

export interface Command {
  verb: 'pause' | 'resume' | 'skip' | 'withdraw' | 'refused';
  by: string;
  pullRequest?: number;
  at: string;
  /** Landings that it came too late for. */
  landing?: string[];
  /** Absent while a granted landing has not decided yet: until then the command's effect is not certain (model). */
  answer?: string;
  /** Until it is answered: who waits for it, and what the answer tells beyond *done*. */
  replyTo?: ReplyTo;
  said?: Omit<Reply, 'line'>;
}

export const EMPTY_QUEUE: QueueState = {
  v: 1,
  nextSequence: 1,
  entries: [],
  grants: [],
  deliveries: [],
  commands: [],
  handedOn: [],
};

const DELIVERIES_KEPT = 1000;
const COMMANDS_KEPT = 20;
const HANDED_ON_KEPT = 1000;

/** `undefined`: it was taken before. One delivery may name several pull requests: a re-run check does. */
export function rememberDelivery(
  state: QueueState,
  { delivery, pullRequest }: { delivery: string; pullRequest: number },
): QueueState | undefined {
  const one = `${delivery}/${pullRequest}`;
  if (state.deliveries.includes(one)) return undefined;
  return { ...state, deliveries: [...state.deliveries, one].slice(-DELIVERIES_KEPT) };
}

export function rememberHandedOn(state: QueueState, pullRequest: number, handedOn: HandedOn): QueueState {
  const others = state.handedOn.filter((one) => one.pullRequest !== pullRequest);
  const kept = Object.keys(handedOn).length === 0 ? others : [...others, { pullRequest, ...handedOn }];
  return { ...state, handedOn: kept.slice(-HANDED_ON_KEPT) };
}

/** One that waits for its answer is not forgotten for newer ones. */
export function rememberCommand(state: QueueState, command: Command): QueueState {
  const commands = [...state.commands, command];
  const oldest = commands.find((one) => one.answer !== undefined);
  const kept = commands.length > COMMANDS_KEPT && oldest ? commands.filter((one) => one !== oldest) : commands;
  return { ...state, commands: kept.slice(-COMMANDS_KEPT * 10) };
}

export function holdsFences(grant: Grant): boolean {
  return grant.state !== 'asked';
}

/** It is on its way, or may be at any moment. */
function movesRefs({ state }: Grant): boolean {
  return state === 'granted' || state === 'decided';
}

/**
 * The landing whose fences keep this one waiting. One that was halted has fences of its own, which may have been seized while
 * others held theirs: it waits for those that are on their way, and for those that were there before it.
 */
export function fencedBy(state: QueueState, waiting: Grant): Grant | undefined {
  const place = state.grants.indexOf(waiting);
  const isInTheWay = (other: Grant, i: number) =>
    waiting.state === 'asked' ? holdsFences(other) : movesRefs(other) || (holdsFences(other) && i < place);
  return state.grants.find((other, i) => collide(waiting, other) && isInTheWay(other, i));
}

export interface Withdrawn {
  pullRequest: number;
  heads: Commit[];
}

/** Pull requests that people withdrew, with the heads at which they stay out of the queue. */
export function withdrawnFrom(state: QueueState): Withdrawn[] {
  return state.handedOn.flatMap(({ pullRequest, withdrawn }) =>
    withdrawn?.heads === undefined ? [] : [{ pullRequest, heads: withdrawn.heads }],
  );
}

/** The fences of other pull requests' landings, for a pipeline to begin nothing behind them. */
export function fencesFor(state: QueueState, pullRequest: number): Fence[] {
  return state.grants
    .filter((grant) => grant.pullRequest !== pullRequest && holdsFences(grant))
    .map(({ changeset, repositories, exclusive }) => ({ changeset, repositories, exclusive }));
}

/** Those that want the slot, in the order in which they get it. */
export function slotOrder(state: QueueState): Entry[] {
  const rank = (entry: Entry) => (entry.wants === 'again' ? 0 : 1);
  return state.entries
    .filter((entry) => entry.wants !== undefined && entry.pullRequest !== state.slot)
    .sort((a, b) => rank(a) - rank(b) || (b.priority ?? 0) - (a.priority ?? 0) || a.sequence - b.sequence);
}

/** 1 for the next to get the slot; those that do not wait have none. */
export function positions(state: QueueState): Map<number, number> {
  return new Map(slotOrder(state).map((entry, i) => [entry.pullRequest, i + 1]));
}

/** It has a pipeline. */
export function isKnown(state: QueueState, pullRequest: number): boolean {
  return state.entries.some((entry) => entry.pullRequest === pullRequest);
}

export function updateEntry(state: QueueState, pullRequest: number, change: (entry: Entry) => Entry): QueueState {
  return {
    ...state,
    entries: state.entries.map((entry) => (entry.pullRequest === pullRequest ? change(entry) : entry)),
  };
}

export function updateGrants(state: QueueState, which: (grant: Grant) => boolean, to: Grant['state']): QueueState {
  return { ...state, grants: state.grants.map((grant) => (which(grant) ? { ...grant, state: to } : grant)) };
}
