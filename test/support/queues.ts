/** Queues and their messages in few words. */
import { type QueueEffect, type QueueMessage, reduceQueue } from '../../src/queue/reduce.ts';
import { EMPTY_QUEUE, type QueueState } from '../../src/queue/state.ts';

export const NOW = '2026-01-02T03:04:05.000Z';

/** A queue that has heard this, with what it asked to be done. */
export function queueOf(...messages: QueueMessage[]) {
  let state: QueueState = EMPTY_QUEUE;
  let done: QueueEffect[] = [];
  const queue = {
    state: () => state,
    /** Effects of the last message. */
    done: () => done,
    hears(...more: QueueMessage[]) {
      for (const message of more) {
        const reduced = reduceQueue(state, message, NOW);
        state = reduced.state;
        done = reduced.effects;
      }
      return queue;
    },
    answers: () => state.commands.map((command) => command.answer),
    grant: (changeset: string) => state.grants.find((grant) => grant.changeset === changeset)?.state,
    told: (changeset: string) =>
      done.flatMap((effect) =>
        effect.do === 'tellChangeset' && effect.changeset === changeset ? [effect.message] : [],
      ),
  };
  return queue.hears(...messages);
}

export const event = (pullRequest: number, delivery?: string): QueueMessage => ({
  kind: 'event',
  pullRequest,
  ...(delivery !== undefined && { delivery }),
});
export const want = (pullRequest: number, priority = 0): QueueMessage => ({ kind: 'wantSlot', pullRequest, priority });
export const release = (pullRequest: number): QueueMessage => ({ kind: 'releaseSlot', pullRequest });
export const land = (
  changeset: string,
  pullRequest: number,
  repositories: string[],
  exclusive = false,
): QueueMessage => ({
  kind: 'wantGrant',
  changeset,
  pullRequest,
  repositories,
  exclusive,
});
const as =
  (kind: 'seize' | 'wantTurn' | 'keep') =>
  (...about: Parameters<typeof land>) =>
    ({ ...land(...about), kind }) as QueueMessage;
export const seize = as('seize');
export const wantTurn = as('wantTurn');
export const keep = as('keep');
export const decided = (changeset: string): QueueMessage => ({ kind: 'decided', changeset });
export const settled = (changeset: string): QueueMessage => ({ kind: 'releaseGrant', changeset });
export const ended = (pullRequest: number, again = false): QueueMessage => ({ kind: 'ended', pullRequest, again });
export const pause: QueueMessage = { kind: 'pause', by: 'pam', reason: 'release day' };
export const resume: QueueMessage = { kind: 'resume', by: 'pam' };
export const skip = (pullRequest: number): QueueMessage => ({ kind: 'skip', pullRequest, by: 'sue', reason: 'old' });

/** Pull requests with a pipeline each, the first of which holds the slot. */
export const running = (...pullRequests: number[]) =>
  queueOf(...pullRequests.flatMap((pullRequest) => [event(pullRequest), want(pullRequest)]));
