/**
 * The queue's reducer: a message gives the next state and what is to be done. It decides; `workflows/queue` dispatches.
 */
import type { RepositoryName } from '../changeset.ts';
import {
  type Entry,
  fencedBy,
  type Grant,
  type QueueState,
  rememberCommand,
  rememberDelivery,
  slotOrder,
} from './state.ts';

export type QueueMessage =
  /** Something about this pull request may have changed: a hint, never a fact. */
  | { kind: 'event'; pullRequest: number; delivery?: string }
  | { kind: 'wantSlot'; pullRequest: number; priority: number }
  | { kind: 'releaseSlot'; pullRequest: number }
  | {
      kind: 'wantGrant' | 'seize';
      changeset: string;
      pullRequest: number;
      repositories: RepositoryName[];
      exclusive: boolean;
    }
  /** An undecided grant comes back, or a landing is settled: either way its fences are free. */
  | { kind: 'releaseGrant'; changeset: string }
  | { kind: 'decided'; changeset: string }
  | { kind: 'ended'; pullRequest: number; again: boolean }
  | { kind: 'pause'; by: string; reason: string }
  | { kind: 'resume'; by: string }
  | { kind: 'skip'; pullRequest: number; by: string; reason: string }
  | { kind: 'withdraw'; pullRequest: number; by: string }
  | { kind: 'refused'; by: string; answer: string };

export type QueueEffect =
  | { do: 'startPipeline'; pullRequest: number }
  | { do: 'tellPipeline'; pullRequest: number; message: PipelineOrder }
  | { do: 'tellChangeset'; changeset: string; message: GrantAnswer };

export type PipelineOrder =
  | { kind: 'slot' }
  | { kind: 'changed' }
  /** The queue's picture changed: show it. */
  | { kind: 'refresh' }
  | { kind: 'skip'; by: string; reason: string }
  | { kind: 'withdraw'; by: string };

export type GrantAnswer = { kind: 'granted' } | { kind: 'recall' } | { kind: 'waits'; why: string };

export interface Reduced {
  state: QueueState;
  effects: QueueEffect[];
}

/** `now`: ISO 8601, for people. */
export function reduceQueue(state: QueueState, message: QueueMessage, now: string): Reduced {
  const taken = take(state, message, now);
  const slotted = giveSlot(taken.state);
  const granted = giveGrants(slotted.state);
  const effects = [...taken.effects, ...slotted.effects, ...granted.effects];
  return { state: answerCommands(granted.state), effects: [...effects, ...explainWait(granted.state, message)] };
}

function take(state: QueueState, message: QueueMessage, now: string): Reduced {
  switch (message.kind) {
    case 'event':
      return takeEvent(state, message);
    case 'wantSlot':
      return wantSlot(state, message);
    case 'releaseSlot':
      return only(releaseSlot(state, message.pullRequest));
    case 'wantGrant':
      return only(ask(state, message, 'asked'));
    case 'seize':
      return only(ask(state, message, 'decided'));
    case 'releaseGrant':
      return only({ ...state, grants: state.grants.filter((grant) => grant.changeset !== message.changeset) });
    case 'decided':
      return only(updateGrants(state, (grant) => grant.changeset === message.changeset, 'decided'));
    case 'ended':
      return takeEnd(state, message);
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
  if (delivery !== undefined && state.deliveries.includes(delivery)) return only(state);
  const known = delivery === undefined ? state : rememberDelivery(state, delivery);
  if (known.entries.some((entry) => entry.pullRequest === pullRequest)) {
    return { state: known, effects: [{ do: 'tellPipeline', pullRequest, message: { kind: 'changed' } }] };
  }
  return addEntry(known, pullRequest);
}

function addEntry(state: QueueState, pullRequest: number): Reduced {
  const entry: Entry = { pullRequest, sequence: state.nextSequence };
  return {
    state: { ...state, nextSequence: state.nextSequence + 1, entries: [...state.entries, entry] },
    effects: [{ do: 'startPipeline', pullRequest }],
  };
}

function takeEnd(state: QueueState, message: Extract<QueueMessage, { kind: 'ended' }>): Reduced {
  const { slot, ...rest } = state;
  const left: QueueState = {
    ...rest,
    ...(slot !== undefined && slot !== message.pullRequest && { slot }),
    entries: state.entries.filter((entry) => entry.pullRequest !== message.pullRequest),
    grants: state.grants.filter((grant) => grant.pullRequest !== message.pullRequest || grant.state !== 'asked'),
  };
  return message.again ? addEntry(left, message.pullRequest) : only(left);
}

function wantSlot(state: QueueState, message: Extract<QueueMessage, { kind: 'wantSlot' }>): Reduced {
  const { pullRequest, priority } = message;
  const wanting = updateEntry(state, pullRequest, (entry) => ({
    ...entry,
    priority,
    wants: entry.wants ?? (entry.hadSlot ? 'again' : 'first'),
  }));
  const holds = state.slot === pullRequest;
  return { state: wanting, effects: holds ? [{ do: 'tellPipeline', pullRequest, message: { kind: 'slot' } }] : [] };
}

function releaseSlot(state: QueueState, pullRequest: number): QueueState {
  if (state.slot !== pullRequest) return updateEntry(state, pullRequest, ({ wants: _, ...entry }) => entry);
  const without = updateEntry(state, pullRequest, ({ wants: _, ...entry }) => ({ ...entry, hadSlot: true }));
  const { slot: _, ...free } = without;
  return free;
}

function ask(state: QueueState, message: Omit<Grant, 'state'> & { kind: string }, as: Grant['state']): QueueState {
  const { changeset, pullRequest, repositories, exclusive } = message;
  const others = state.grants.filter((grant) => grant.changeset !== changeset);
  return { ...state, grants: [...others, { changeset, pullRequest, repositories, exclusive, state: as }] };
}

function pause(state: QueueState, message: Extract<QueueMessage, { kind: 'pause' }>, now: string): Reduced {
  const { by, reason } = message;
  const paused = { ...state, paused: { by, reason, since: now } };
  return {
    state: rememberCommand(paused, { verb: 'pause', by, at: now }),
    effects: [...recall(state, () => true), ...refreshAll(state)],
  };
}

function resume(state: QueueState, message: Extract<QueueMessage, { kind: 'resume' }>, now: string): Reduced {
  const { paused, ...rest } = state;
  const answer = paused === undefined ? 'refused: the queue is not paused' : 'resumed';
  const resumed = rememberCommand(rest, { verb: 'resume', by: message.by, at: now, answer });
  return { state: resumed, effects: paused === undefined ? [] : refreshAll(state) };
}

function command(
  state: QueueState,
  message: { kind: 'skip' | 'withdraw'; pullRequest: number; by: string },
  order: PipelineOrder,
  now: string,
): Reduced {
  const { pullRequest, by, kind: verb } = message;
  if (!state.entries.some((entry) => entry.pullRequest === pullRequest)) {
    const answer = `refused: pull request #${pullRequest} is not in the queue`;
    return only(rememberCommand(state, { verb, by, pullRequest, at: now, answer }));
  }
  return {
    state: rememberCommand(state, { verb, by, pullRequest, at: now }),
    effects: [{ do: 'tellPipeline', pullRequest, message: order }],
  };
}

/** At most this many pipelines are told to show the queue's new picture at once; the others show it at their next change. */
const REFRESHED_AT_ONCE = 50;

function refreshAll(state: QueueState): QueueEffect[] {
  return state.entries
    .slice(0, REFRESHED_AT_ONCE)
    .map(({ pullRequest }) => ({ do: 'tellPipeline', pullRequest, message: { kind: 'refresh' } }));
}

function recall(state: QueueState, which: (grant: Grant) => boolean): QueueEffect[] {
  return state.grants
    .filter((grant) => grant.state === 'granted' && which(grant))
    .map(({ changeset }) => ({ do: 'tellChangeset', changeset, message: { kind: 'recall' } }));
}

/** One holder at a time. A paused queue takes entries but lets nobody new begin. */
function giveSlot(state: QueueState): Reduced {
  if (state.slot !== undefined || state.paused !== undefined) return only(state);
  const next = slotOrder(asLandingsWant(state))[0];
  if (next === undefined) return only(state);
  const entries = state.entries.map((entry) =>
    entry.pullRequest === next.pullRequest ? { ...entry, wants: entry.wants ?? ('again' as const) } : entry,
  );
  return {
    state: { ...state, entries, slot: next.pullRequest },
    effects: [{ do: 'tellPipeline', pullRequest: next.pullRequest, message: { kind: 'slot' } }],
  };
}

/** A landing that could be granted asks for the slot on behalf of its pipeline, which gave it back while it waited. */
function asLandingsWant(state: QueueState): QueueState {
  const ready = new Set(
    state.grants
      .filter((grant) => grant.state === 'asked' && fencedBy(state, grant) === undefined)
      .map((grant) => grant.pullRequest),
  );
  const entries = state.entries.map((entry) =>
    entry.wants === undefined && ready.has(entry.pullRequest) ? { ...entry, wants: 'again' as const } : entry,
  );
  return { ...state, entries };
}

/** Granting takes the fences, in the same step that saw them free, and before the recheck (model). */
function giveGrants(state: QueueState): Reduced {
  let current = state;
  const effects: QueueEffect[] = [];
  for (const grant of state.grants) {
    const mayLand = current.paused === undefined && current.slot === grant.pullRequest;
    if (grant.state !== 'asked' || !mayLand || fencedBy(current, grant) !== undefined) continue;
    current = updateGrants(current, (other) => other === grant, 'granted');
    effects.push({ do: 'tellChangeset', changeset: grant.changeset, message: { kind: 'granted' } });
  }
  return { state: current, effects };
}

/** Why a landing that was asked for just now has to wait. */
function explainWait(state: QueueState, message: QueueMessage): QueueEffect[] {
  if (message.kind !== 'wantGrant') return [];
  const grant = state.grants.find(({ changeset }) => changeset === message.changeset);
  if (grant === undefined || grant.state !== 'asked') return [];
  return [
    { do: 'tellChangeset', changeset: grant.changeset, message: { kind: 'waits', why: whyNotGranted(state, grant) } },
  ];
}

export function whyNotGranted(state: QueueState, grant: Grant): string {
  const fence = fencedBy(state, grant);
  if (fence) {
    const shared = grant.repositories.filter((name) => fence.repositories.includes(name)).join(', ');
    return `until ${fence.changeset} has landed in ${shared || 'its repositories'}`;
  }
  if (state.paused) return `because ${state.paused.by} paused the queue: ${state.paused.reason}`;
  return `until pull request #${state.slot} has given the slot back`;
}

/** A command's effect is certain once every granted landing has decided or has given its grant back (model). */
function answerCommands(state: QueueState): QueueState {
  const undecided = state.grants.filter((grant) => grant.state === 'granted');
  const decided = state.grants.filter((grant) => grant.state === 'decided').map((grant) => grant.changeset);
  const commands = state.commands.map((command) => {
    if (command.answer !== undefined) return command;
    const concerns = (pr: number) => command.pullRequest === undefined || command.pullRequest === pr;
    if (undecided.some((grant) => concerns(grant.pullRequest))) return command;
    const going = decided.length > 0 ? `; already landing: ${decided.join(', ')}` : '';
    return { ...command, answer: `done${going}` };
  });
  return { ...state, commands };
}

function updateEntry(state: QueueState, pullRequest: number, change: (entry: Entry) => Entry): QueueState {
  return {
    ...state,
    entries: state.entries.map((entry) => (entry.pullRequest === pullRequest ? change(entry) : entry)),
  };
}

function updateGrants(state: QueueState, which: (grant: Grant) => boolean, to: Grant['state']): QueueState {
  return { ...state, grants: state.grants.map((grant) => (which(grant) ? { ...grant, state: to } : grant)) };
}
