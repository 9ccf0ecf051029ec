/** Signals on their way: each arrives some time, those to one receiver from one sender in their order. */
import { takeGrant } from '../src/attempt/take.ts';
import type { GrantAnswer, PipelineOrder, QueueEffect, QueueMessage } from '../src/queue/reduce.ts';
import type { Offer } from './activityMoves.ts';
import type { Context } from './context.ts';
import { hearOrder, pipelineOf } from './pipelines.ts';
import { type Draft, runOf, send, take } from './run.ts';
import { replaced, type State, type Wire, wireOfPipeline } from './world.ts';

const NOW = '2026-01-01T00:00:00.000Z';

export function offerSignals(context: Context, state: State, offer: Offer): void {
  for (const [w, wire] of state.wires.entries()) {
    const [up] = wire.toQueue;
    if (up !== undefined) {
      offer(
        'system',
        () => `the queue hears ${words(up)}`,
        (draft) => {
          shift(draft, w, 'toQueue');
          hear(context, draft, up);
        },
      );
    }
    const [down] = wire.fromQueue;
    if (down !== undefined) {
      offer(
        'system',
        () => `${nameOf(context, w)} hears ${words(down)} from the queue`,
        (draft) => {
          shift(draft, w, 'fromQueue');
          deliver(context, draft, w, down);
        },
      );
    }
  }
}

function shift(draft: Draft, w: number, way: keyof Wire): void {
  const wire = draft.wires[w] as Wire;
  draft.wires = replaced(draft.wires, w, { ...wire, [way]: wire[way].slice(1) });
}

/** The queue takes a message: its reducer decides, what it orders goes on its way. */
export function hear(context: Context, draft: Draft, message: QueueMessage): void {
  const { memory, parts, protocol } = context;
  const key = `${parts.queue.id(draft.queue)} ${JSON.stringify(message)}`;
  const known = memory.reduce.get(key);
  const reduced = known ?? protocol.reduceQueue(draft.queue, message, NOW);
  if (known === undefined) memory.reduce.set(key, reduced);
  draft.queue = reduced.state;
  for (const effect of reduced.effects) dispatch(context, draft, effect);
}

function dispatch(context: Context, draft: Draft, effect: QueueEffect): void {
  switch (effect.do) {
    case 'startPipeline': {
      const p = pipelineNumber(context, effect.pullRequest);
      // There is nothing in it to run any more: a new run of it reads that, and ends.
      if (pipelineOf(draft, p).stage === 'ended') {
        const { pullRequest } = effect;
        send(draft, wireOfPipeline(draft, p), 'toQueue', { kind: 'ended', pullRequest, again: false });
      }
      return;
    }
    case 'tellPipeline':
      // A new picture is for people.
      if (effect.message.kind === 'refresh') return;
      send(draft, wireOfPipeline(draft, pipelineNumber(context, effect.pullRequest)), 'fromQueue', effect.message);
      return;
    case 'tellChangeset':
      send(draft, context.workflowIds.indexOf(effect.changeset), 'fromQueue', effect.message);
      return;
  }
}

function pipelineNumber(context: Context, pullRequest: number): number {
  return context.pullRequests.indexOf(pullRequest);
}

function deliver(context: Context, draft: Draft, w: number, message: GrantAnswer | PipelineOrder): void {
  if (w < draft.runs.length) {
    deliverGrant(context, draft, w, message as GrantAnswer);
    return;
  }
  const p = w - draft.runs.length;
  const { stage, pullRequest } = pipelineOf(draft, p);
  if (stage !== 'ended') {
    hearOrder(context, draft, p, message as PipelineOrder);
    return;
  }
  if (message.kind === 'changed') hear(context, draft, { kind: 'missed', pullRequest });
  if (message.kind === 'skip' || message.kind === 'withdraw') {
    hear(context, draft, { kind: 'unheard', pullRequest, order: message });
  }
}

function deliverGrant(context: Context, draft: Draft, c: number, message: GrantAnswer): void {
  const { is } = runOf(draft, c).doing;
  if (is === 'ended' || is === 'notBegun')
    hear(context, draft, { kind: 'gone', changeset: context.workflowIds[c] ?? '' });
  else take(context, draft, c, (attempt) => takeGrant(attempt, message));
}

function nameOf(context: Context, w: number): string {
  return context.ids[w]?.name ?? `the pipeline of #${context.pullRequests[w - context.ids.length]}`;
}

function words(message: QueueMessage | GrantAnswer | PipelineOrder): string {
  const whose =
    'changeset' in message
      ? ` from ${message.changeset.split('/').at(-1)}`
      : 'pullRequest' in message
        ? ` from #${message.pullRequest}`
        : '';
  return `'${message.kind}'${whose}`;
}
