/** What people tell the queue to do. `now`: ISO 8601, for people. */
import type { ReplyTo } from '../commands/reply.ts';
import { refusal } from './answer.ts';
import type { Leaving, QueueEffect, QueueMessage, Reduced } from './reduce.ts';
import { isKnown, type Pause, type QueueState, rememberCommand, updateEntry } from './state.ts';

export function pause(state: QueueState, message: Extract<QueueMessage, { kind: 'pause' }>, now: string): Reduced {
  const { by, reason, writtenAt, replyTo } = message;
  const paused = { ...state, paused: { by, reason, since: now, ...(writtenAt !== undefined && { writtenAt }) } };
  return {
    state: rememberCommand(paused, { verb: 'pause', by, at: now, ...(replyTo && { replyTo }) }),
    effects: [...recallGranted(state), ...refreshAll(state)],
  };
}

export function resume(state: QueueState, message: Extract<QueueMessage, { kind: 'resume' }>, now: string): Reduced {
  const { paused, ...rest } = state;
  const { by, replyTo } = message;
  const why = notResumed(paused, message);
  const about = { verb: 'resume', by, at: now, ...(replyTo && { replyTo }) } as const;
  if (why !== undefined) return { state: rememberCommand(state, { ...about, ...refusal(why) }), effects: [] };
  return { state: rememberCommand(rest, { ...about, answer: 'resumed' }), effects: refreshAll(state) };
}

/**
 * A comment may be found long after it was written: it ends no pause of a comment that its author could not know of. Both times
 * are GitHub's. The queue's own clock decides nothing: a replay may show it another time.
 */
function notResumed(paused: Pause | undefined, { writtenAt }: { writtenAt?: string }): string | undefined {
  if (paused === undefined) return 'the queue is not paused';
  if (writtenAt === undefined || paused.writtenAt === undefined) return undefined;
  if (Date.parse(writtenAt) >= Date.parse(paused.writtenAt)) return undefined;
  return `${paused.by} paused the queue after it was written (${paused.reason}): resume once more if that is to end`;
}

export function command(
  state: QueueState,
  message: { kind: 'skip' | 'withdraw'; pullRequest: number; by: string; replyTo?: ReplyTo },
  order: Leaving,
  now: string,
): Reduced {
  const { pullRequest, by, kind: verb, replyTo } = message;
  const about = { verb, by, pullRequest, at: now, ...(replyTo && { replyTo }) };
  if (!isKnown(state, pullRequest)) {
    const why = refusal(`pull request #${pullRequest} is not in the queue`);
    return { state: rememberCommand(state, { ...about, ...why }), effects: [] };
  }
  return leave(rememberCommand(state, about), pullRequest, order);
}

/** From now on nothing of it begins to land, however long the order is on its way. */
export function leave(state: QueueState, pullRequest: number, order: Leaving): Reduced {
  return {
    state: updateEntry(state, pullRequest, (entry) => ({ ...entry, leaves: true })),
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

function recallGranted(state: QueueState): QueueEffect[] {
  return state.grants
    .filter((grant) => grant.state === 'granted')
    .map(({ changeset }) => ({ do: 'tellChangeset', changeset, message: { kind: 'recall' } }));
}
