/**
 * The queue's reducer: a message gives the next state and what is to be done. It decides; `workflows/queue` dispatches.
 */
import type { RepositoryName } from '../changeset.ts';
import type { Reply, ReplyTo } from '../commands/reply.ts';
import { answerCommands, giveReplies } from './answer.ts';
import { command, leave, pause, resume } from './commands.ts';
import type { Fence, Reach } from './fence.ts';
import { explainWait, giveGrants, giveSlot, giveTurns, tellFences } from './give.ts';
import type { HandedOn } from './handedOn.ts';
import {
  type Entry,
  fencesFor,
  type Grant,
  isKnown,
  type QueueState,
  rememberCommand,
  rememberDelivery,
  rememberHandedOn,
  updateEntry,
  updateGrants,
} from './state.ts';

export type QueueMessage =
  /** Something about this pull request may have changed: a hint, never a fact. */
  | { kind: 'event'; pullRequest: number; delivery?: string }
  | { kind: 'wantSlot'; pullRequest: number; priority: number }
  /** `fenced`: what of it waits for nothing but other pull requests' landings. */
  | { kind: 'releaseSlot'; pullRequest: number; fenced?: Reach[] }
  | {
      /**
       * `seize`: fences are taken whatever others hold, and nothing moves behind them. `wantTurn`: something is to. `keep`: it
       * does. `presume`: it does not answer; until it does it holds whatever it may hold.
       */
      kind: 'wantGrant' | 'hold' | 'seize' | 'wantTurn' | 'keep' | 'presume';
      changeset: string;
      pullRequest: number;
      repositories: RepositoryName[];
      exclusive: boolean;
    }
  /** An undecided grant comes back, or a landing is settled: either way its fences are free. */
  | { kind: 'releaseGrant'; changeset: string }
  | { kind: 'decided'; changeset: string }
  | { kind: 'ended'; pullRequest: number; again: boolean; handedOn?: HandedOn }
  /** A pipeline had ended when it was told that something changed. */
  | { kind: 'missed'; pullRequest: number }
  /** A pipeline had ended when people's order was sent to it: the answer had promised it. */
  | { kind: 'unheard'; pullRequest: number; order: Leaving }
  /** A changeset had ended, or was ended by hand, when it was told about its grant. */
  | { kind: 'gone'; changeset: string }
  | ({ kind: 'pause'; by: string; reason: string; writtenAt?: string } & FromPeople)
  | ({ kind: 'resume'; by: string; writtenAt?: string } & FromPeople)
  | ({ kind: 'skip'; pullRequest: number; by: string; reason: string } & FromPeople)
  | ({ kind: 'withdraw'; pullRequest: number; by: string } & FromPeople)
  | { kind: 'refused'; by: string; answer: string };

interface FromPeople {
  /** Somebody waits for the answer. */
  replyTo?: ReplyTo;
}

export type QueueEffect =
  | { do: 'startPipeline'; pullRequest: number; handedOn?: HandedOn }
  | { do: 'tellPipeline'; pullRequest: number; message: PipelineOrder }
  | { do: 'tellChangeset'; changeset: string; message: GrantAnswer }
  | { do: 'reply'; workflowId: string; reply: Reply };

/** By which all of a pull request leaves the queue. */
export type Leaving = { kind: 'skip'; by: string; reason: string } | { kind: 'withdraw'; by: string };

export type PipelineOrder =
  | { kind: 'slot'; fences: Fence[] }
  /** They changed while the pipeline holds the slot. */
  | { kind: 'fences'; fences: Fence[] }
  | { kind: 'changed' }
  /** The queue's picture changed: show it. */
  | { kind: 'refresh' }
  | Leaving;

export type GrantAnswer =
  | { kind: 'granted' }
  | { kind: 'recall' }
  | { kind: 'waits'; why: string }
  /** The queue does not know what it asks for or holds, and asks for word of it. */
  | { kind: 'tell' };

export interface Reduced {
  state: QueueState;
  effects: QueueEffect[];
}

/** `now`: ISO 8601, for people. */
export function reduceQueue(state: QueueState, message: QueueMessage, now: string): Reduced {
  const taken = take(state, message, now);
  const slotted = giveSlot(taken.state);
  const turned = giveTurns(slotted.state);
  const granted = giveGrants(turned.state);
  const effects = [...taken.effects, ...slotted.effects, ...turned.effects, ...granted.effects];
  effects.push(...explainWait(granted.state, message), ...tellFences(state, granted.state));
  const replied = giveReplies(answerCommands(granted.state));
  return { state: replied.state, effects: [...effects, ...replied.effects] };
}

function take(state: QueueState, message: QueueMessage, now: string): Reduced {
  switch (message.kind) {
    case 'event':
      return takeEvent(state, message);
    case 'wantSlot':
      return wantSlot(state, message);
    case 'releaseSlot':
      return only(releaseSlot(state, message));
    case 'wantGrant':
      return wantGrant(state, message);
    case 'hold':
      return only(ask(state, message, 'granted'));
    case 'seize':
      return only(ask(state, message, 'halted'));
    case 'wantTurn':
      return only(ask(state, message, 'resolving'));
    case 'keep':
      return only(ask(state, message, 'decided'));
    case 'presume':
      return presume(state, message);
    case 'releaseGrant':
      return only({ ...state, grants: state.grants.filter((grant) => grant.changeset !== message.changeset) });
    case 'decided':
      return only(updateGrants(state, (grant) => grant.changeset === message.changeset, 'decided'));
    case 'ended':
      return takeEnd(state, message);
    case 'missed':
      return takeMissed(state, message.pullRequest);
    case 'unheard':
      return takeUnheard(state, message);
    case 'gone':
      return only(dropUndecided(state, message.changeset));
    case 'pause':
      return pause(state, message, now);
    case 'resume':
      return resume(state, message, now);
    case 'skip':
      return command(state, message, { kind: 'skip', by: message.by, reason: message.reason }, now);
    case 'withdraw':
      return command(state, message, { kind: 'withdraw', by: message.by }, now);
    case 'refused':
      return only(rememberCommand(state, { verb: 'refused', by: message.by, at: now, answer: message.answer }));
  }
}

function only(state: QueueState): Reduced {
  return { state, effects: [] };
}

function takeEvent(state: QueueState, message: Extract<QueueMessage, { kind: 'event' }>): Reduced {
  const { pullRequest, delivery } = message;
  const known = delivery === undefined ? state : rememberDelivery(state, { delivery, pullRequest });
  if (known === undefined) return only(state);
  if (isKnown(known, pullRequest)) {
    return { state: known, effects: [{ do: 'tellPipeline', pullRequest, message: { kind: 'changed' } }] };
  }
  return addEntry(known, pullRequest);
}

function addEntry(state: QueueState, pullRequest: number): Reduced {
  const entry: Entry = { pullRequest, sequence: state.nextSequence };
  const handedOn = handedOnBy(state, pullRequest);
  return {
    state: { ...state, nextSequence: state.nextSequence + 1, entries: [...state.entries, entry] },
    effects: [{ do: 'startPipeline', pullRequest, ...(Object.keys(handedOn).length > 0 && { handedOn }) }],
  };
}

function takeEnd(state: QueueState, message: Extract<QueueMessage, { kind: 'ended' }>): Reduced {
  const { pullRequest, again, handedOn } = message;
  const { slot, ...rest } = handedOn === undefined ? state : rememberHandedOn(state, pullRequest, handedOn);
  const left: QueueState = {
    ...rest,
    ...(slot !== undefined && slot !== pullRequest && { slot }),
    entries: state.entries.filter((entry) => entry.pullRequest !== pullRequest),
  };
  // Grants are their changesets' own: one that outlived its pipeline is followed by the next.
  const missed = state.entries.some((entry) => entry.pullRequest === pullRequest && entry.missed);
  return again || missed ? addEntry(left, pullRequest) : only(left);
}

/** Its end is about to be known, or was: it is read again then, or now. */
function takeMissed(state: QueueState, pullRequest: number): Reduced {
  if (!isKnown(state, pullRequest)) return addEntry(state, pullRequest);
  return only(updateEntry(state, pullRequest, (entry) => ({ ...entry, missed: true })));
}

/** The next pipeline of the pull request gets the order, when there is one. */
function takeUnheard(state: QueueState, { pullRequest, order }: Extract<QueueMessage, { kind: 'unheard' }>): Reduced {
  if (isKnown(state, pullRequest)) return leave(state, pullRequest, order);
  const before = handedOnBy(state, pullRequest);
  const { by } = order;
  const left: HandedOn = order.kind === 'withdraw' ? { withdrawn: {} } : { skip: { by, reason: order.reason } };
  return only(rememberHandedOn(state, pullRequest, { ...before, ...left }));
}

function handedOnBy(state: QueueState, pullRequest: number): HandedOn {
  const found = state.handedOn.find((one) => one.pullRequest === pullRequest);
  if (found === undefined) return {};
  const { pullRequest: _, ...handedOn } = found;
  return handedOn;
}

/** What was not decided moved nothing, and never will. A decided landing may have: its fences are people's to free. */
function dropUndecided(state: QueueState, changeset: string): QueueState {
  const isUndecided = (one: Grant) => one.state === 'asked' || one.state === 'granted';
  return { ...state, grants: state.grants.filter((one) => one.changeset !== changeset || !isUndecided(one)) };
}

function wantSlot(state: QueueState, message: Extract<QueueMessage, { kind: 'wantSlot' }>): Reduced {
  const { pullRequest, priority } = message;
  // A pipeline that asks does run: it would wait for ever if nobody knew of it.
  const known = isKnown(state, pullRequest) ? only(state) : addEntry(state, pullRequest);
  const wanting = updateEntry(known.state, pullRequest, (entry) => ({
    ...entry,
    priority,
    wants: entry.wants ?? (entry.hadSlot ? 'again' : 'first'),
  }));
  const slot: PipelineOrder = { kind: 'slot', fences: fencesFor(state, pullRequest) };
  const told: QueueEffect[] = state.slot === pullRequest ? [{ do: 'tellPipeline', pullRequest, message: slot }] : [];
  return { state: wanting, effects: [...known.effects, ...told] };
}

function releaseSlot(state: QueueState, message: Extract<QueueMessage, { kind: 'releaseSlot' }>): QueueState {
  const { pullRequest, fenced = [] } = message;
  const holds = state.slot === pullRequest;
  const left = updateEntry(state, pullRequest, ({ wants: _, fenced: __, ...entry }) => ({
    ...entry,
    ...(holds && { hadSlot: true }),
    ...(fenced.length > 0 && { fenced }),
  }));
  if (!holds) return left;
  const { slot: _, ...free } = left;
  return free;
}

/** Its pipeline may have been ended by hand: only with one can it get the slot, and with it the grant. */
function wantGrant(state: QueueState, message: Omit<Grant, 'state'> & { kind: string }): Reduced {
  const { pullRequest } = message;
  const known = isKnown(state, pullRequest) ? only(state) : addEntry(state, pullRequest);
  return { state: ask(known.state, message, 'asked'), effects: known.effects };
}

/** What it asked for or held before is replaced, and it keeps its place. */
function ask(state: QueueState, message: Omit<Grant, 'state'> & { kind: string }, as: Grant['state']): QueueState {
  const { changeset, pullRequest, repositories, exclusive } = message;
  const asked: Grant = { changeset, pullRequest, repositories, exclusive, state: as };
  const place = state.grants.findIndex((grant) => grant.changeset === changeset);
  return { ...state, grants: place < 0 ? [...state.grants, asked] : state.grants.with(place, asked) };
}

/** Too much is fenced until it can say what it really holds; that it is asked waits for it, however long it is out of order. */
function presume(state: QueueState, message: Omit<Grant, 'state'> & { kind: string }): Reduced {
  const { changeset } = message;
  return {
    state: ask(state, message, 'decided'),
    effects: [{ do: 'tellChangeset', changeset, message: { kind: 'tell' } }],
  };
}
