/**
 * The singleton: dispatches what `src/queue` decides. It never returns. Signals are recorded by the handlers and taken by
 * the loop; what was not taken yet travels through continue-as-new, so that even a flood cannot keep it from continuing.
 */

import { TypedSearchAttributes } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities, ClosedPipeline } from '../activities/types.ts';
import { COMMENT_WORKFLOWS, pipelineWorkflowId } from '../src/changeset.ts';
import { type PipelineOrder, type QueueEffect, type QueueMessage, reduceQueue } from '../src/queue/reduce.ts';
import { EMPTY_QUEUE, positions, type QueueState, TOLD_BY, withdrawnFrom } from '../src/queue/state.ts';
import { queueSentence } from '../src/report/queueSentence.ts';
import { READING, WATCHING } from './activityOptions.ts';
import { readQueueMessage } from './between.ts';
import * as people from './fromPeople.ts';
import * as messages from './messages.ts';
import { createOutbox } from './outbox.ts';
import { pipeline } from './pipeline.ts';
import { readReplyTo } from './replies.ts';
import { PULL_REQUEST, REPOSITORY, STATUS, tellerOfStatus } from './visibility.ts';

/** A run takes at most 10,000 signals, and `continueAsNewSuggested` does not count them (TEMPORAL.md). */
const SIGNALS_PER_RUN = 1000;

export async function queue(input: messages.QueueInput): Promise<void> {
  const cancelled = CancellationScope.current().cancelRequested;
  await CancellationScope.nonCancellable(() => serve(input, cancelled));
}

async function serve(input: messages.QueueInput, cancelled: Promise<never>): Promise<never> {
  const inbox: QueueMessage[] = [...(input.inbox ?? [])];
  const tellStatus = tellerOfStatus();
  const outbox = createOutbox((workflowId, message) => inbox.push(...undelivered(workflowId, message)));
  // What an older version carried over may lack parts of today's.
  let state: QueueState = { ...EMPTY_QUEUE, ...input.state };
  let taken = 0;
  receive(inbox, () => {
    taken += 1;
  });
  setHandler(messages.status, () => describe(state));
  // The queue is never closed by a cancellation: the next start would begin without pause, order and fences.
  cancelled.catch(() => inbox.push({ kind: 'refused', by: 'a cancellation in Temporal', answer: REFUSED_CANCEL }));

  const dispatcher = createDispatcher(input, { inbox, outbox });
  if (input.state === undefined) inbox.unshift(...(await adopt(input)));
  else dispatcher.watch(stillRunning(state, inbox));

  for (;;) {
    await condition(() => inbox.length > 0);
    for (const message of inbox.splice(0)) {
      const { state: next, effects } = reduceQueue(state, message, new Date().toISOString());
      state = next;
      for (const effect of effects) dispatcher.dispatch(effect);
    }
    tellStatus({ status: state.paused ? 'paused' : 'running', sentence: queueSentence(state) });
    if (taken >= (input.signalsPerRun ?? SIGNALS_PER_RUN) || workflowInfo().continueAsNewSuggested) {
      await condition(() => dispatcher.pending() === 0 && outbox.pending() === 0);
      const { inbox: _, state: __, ...rest } = input;
      return continueAsNew<typeof queue>({ ...rest, state, inbox });
    }
  }
}

/** Those whose end is in the inbox are not watched: it would be told twice, the second time of the run that follows. */
function stillRunning(state: QueueState, inbox: QueueMessage[]): number[] {
  const ended = inbox.flatMap((message) => (message.kind === 'ended' ? [message.pullRequest] : []));
  return state.entries.map((entry) => entry.pullRequest).filter((pullRequest) => !ended.includes(pullRequest));
}

/** What follows from a signal that found nobody. */
function undelivered(workflowId: string, message: unknown): QueueMessage[] {
  if (workflowId.startsWith(COMMENT_WORKFLOWS)) return [];
  if (workflowId.startsWith('changeset/')) return [{ kind: 'gone', changeset: workflowId }];
  const order = message as PipelineOrder;
  const pullRequest = Number(workflowId.split('/').at(-1));
  if (order.kind === 'changed') return [{ kind: 'missed', pullRequest }];
  return order.kind === 'skip' || order.kind === 'withdraw' ? [{ kind: 'unheard', pullRequest, order }] : [];
}

const EVENTS_NOT_UNDERSTOOD = 'signal events was not understood: expected a list of {"pullRequest": 12}';
const REFUSED_CANCEL = 'refused: the queue holds order, pause and fences and cannot be cancelled; pause it instead';

function receive(inbox: QueueMessage[], counted: () => void): void {
  const push = (message: QueueMessage) => {
    counted();
    inbox.push(message);
  };
  const fromPeople = <T>(verb: string, read: { ok: T } | { refused: string }, make: (ok: T) => QueueMessage) =>
    push('refused' in read ? { kind: 'refused', by: verb, answer: read.refused } : make(read.ok));

  setHandler(messages.events, (payload) => {
    counted();
    if (!Array.isArray(payload)) inbox.push({ kind: 'refused', by: 'events', answer: EVENTS_NOT_UNDERSTOOD });
    for (const event of people.readEvents(payload)) inbox.push({ kind: 'event', ...event });
  });
  setHandler(messages.toQueue, (payload) => push(readQueueMessage(payload)));
  setHandler(messages.pause, (payload) =>
    fromPeople('pause', people.readPause(payload), (ok) => ({ kind: 'pause', ...ok, ...readReplyTo(payload) })),
  );
  setHandler(messages.resume, (payload) =>
    fromPeople('resume', people.readResume(payload), (ok) => ({ kind: 'resume', ...ok, ...readReplyTo(payload) })),
  );
  setHandler(messages.withdraw, (payload) =>
    fromPeople('withdraw', people.readWithdraw(payload), (ok) => ({
      kind: 'withdraw',
      ...ok,
      ...readReplyTo(payload),
    })),
  );
  setHandler(messages.skip, (payload) =>
    fromPeople('skip', people.readSkip(payload), ({ by, reason, pullRequest }) =>
      pullRequest === undefined
        ? { kind: 'refused', by, answer: 'skip at the queue needs a pull request: {"pr":12,"by":"…","reason":"…"}' }
        : { kind: 'skip', by, reason, pullRequest, ...readReplyTo(payload) },
    ),
  );
}

/** A queue without carried state takes over what runs already; when an earlier queue ran, people look first. */
async function adopt(input: messages.QueueInput): Promise<QueueMessage[]> {
  const { findRunning } = proxyActivities<Activities>({ ...READING, summary: 'Take over what runs already' });
  const running = await findRunning({ coordinator: input.coordinator });
  const entries = running.pipelines.flatMap(({ pullRequest }): QueueMessage[] => [{ kind: 'event', pullRequest }]);
  const landings = running.changesets.map(
    ({ holds, ...landing }): QueueMessage => ({ kind: holds === 'unknown' ? 'presume' : TOLD_BY[holds], ...landing }),
  );
  const paused: QueueMessage[] = running.earlierQueue
    ? [{ kind: 'pause', by: 'lockstep', reason: 'an earlier queue was closed by hand: look at what runs, then resume' }]
    : [];
  const wants = running.pipelines.map((one): QueueMessage => ({ kind: 'wantSlot', ...one }));
  const waits = ({ kind }: QueueMessage) => kind === 'wantGrant' || kind === 'wantTurn';
  const held = landings.filter((landing) => !waits(landing));
  // The pause comes after what is held, so that it takes back what has not decided, and before anything is granted.
  return [...entries, ...held, ...paused, ...landings.filter(waits), ...wants];
}

type Start = Extract<QueueEffect, { do: 'startPipeline' }>;

function endedOf(pullRequest: number, { again, handedOn }: messages.PipelineResult): QueueMessage {
  return { kind: 'ended', pullRequest, again, ...(handedOn && { handedOn }) };
}

function createDispatcher(
  input: messages.QueueInput,
  to: { inbox: QueueMessage[]; outbox: ReturnType<typeof createOutbox> },
) {
  const { coordinator } = input;
  const starting = new Set<number>();

  async function start({ pullRequest, handedOn }: Start): Promise<void> {
    const url = input.serverUrl === undefined ? undefined : `${input.serverUrl}/${coordinator}/pull/${pullRequest}`;
    const child = await startChild(pipeline, {
      workflowId: pipelineWorkflowId(coordinator, pullRequest),
      args: [{ v: 1, coordinator, pullRequest, ...(url !== undefined && { url }), ...(handedOn && { handedOn }) }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `Pull request #${pullRequest} of ${coordinator}`,
      staticDetails: `The run of the manifest in ${url === undefined ? `${coordinator}#${pullRequest}` : `[${coordinator}#${pullRequest}](${url})`}: tests its changesets, lands the green ones, merges the pull request.`,
      typedSearchAttributes: new TypedSearchAttributes([
        { key: REPOSITORY, value: [coordinator] },
        { key: PULL_REQUEST, value: pullRequest },
        { key: STATUS, value: 'waiting' },
      ]),
    });
    void child.result().then(
      (result) => to.inbox.push(endedOf(pullRequest, result)),
      () => to.inbox.push({ kind: 'ended', pullRequest, again: false }),
    );
  }

  function startOrAdopt(effect: Start): void {
    const { pullRequest } = effect;
    starting.add(pullRequest);
    void start(effect)
      // It runs already, started by an earlier run of this queue.
      .catch(() => watch([pullRequest]))
      .finally(() => starting.delete(pullRequest));
  }

  /** Pipelines started by an earlier run: their end comes from an activity, since they are no children of this run. */
  function watch(pullRequests: number[]): void {
    const { awaitPipelines } = proxyActivities<Activities>({ ...WATCHING, summary: 'Wait for pipelines to end' });
    void follow(pullRequests).catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
    async function follow(left: number[]): Promise<void> {
      if (left.length === 0) return;
      const closed: ClosedPipeline[] = await awaitPipelines({ coordinator, pullRequests: left });
      for (const one of closed) to.inbox.push({ kind: 'ended', ...one });
      await follow(left.filter((pullRequest) => !closed.some((one) => one.pullRequest === pullRequest)));
    }
  }

  return {
    watch,
    pending: () => starting.size,
    dispatch(effect: QueueEffect): void {
      switch (effect.do) {
        case 'startPipeline':
          startOrAdopt(effect);
          break;
        case 'tellPipeline':
          to.outbox.send(pipelineWorkflowId(coordinator, effect.pullRequest), messages.order, effect.message);
          break;
        case 'tellChangeset':
          to.outbox.send(effect.changeset, messages.grant, effect.message);
          break;
        case 'reply':
          to.outbox.send(effect.workflowId, messages.answered, effect.reply);
          break;
      }
    },
  };
}

function describe(state: QueueState) {
  const places = positions(state);
  const entries = state.entries.map((entry) => ({ ...entry, position: places.get(entry.pullRequest) }));
  const { handedOn: _, deliveries, ...shown } = state;
  const withdrawn = withdrawnFrom(state);
  return { sentence: queueSentence(state), ...shown, entries, withdrawn, deliveries: deliveries.length };
}
