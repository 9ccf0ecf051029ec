/**
 * The desk of one pipeline: signals are taken into its state as `src/pipeline` decides, and what follows is sent out. The
 * workflow's main body looks at the state, tells the desk what it came to, and waits for the next change.
 */
import { condition, setHandler, sleep } from '@temporalio/workflow';
import { changesetWorkflowId, QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import { newPipeline, type PipelineState, priorityOfAll } from '../src/pipeline/state.ts';
import {
  type PipelineEffect,
  refuse,
  type Taken,
  takeOrder,
  takeProgress,
  takeStage,
  takeWritten,
} from '../src/pipeline/take.ts';
import type { Plan } from '../src/plan/plan.ts';
import { viewOf } from '../src/report/picture.ts';
import { pipelineSentence } from '../src/report/pipelineSentence.ts';
import type { PipelineStage } from '../src/report/view.ts';
import { isOrder, isProgress } from './between.ts';
import { measureStage } from './measures.ts';
import * as messages from './messages.ts';
import { createOutbox } from './outbox.ts';
import { createPublisher } from './publisher.ts';
import { tellerOfStatus } from './visibility.ts';

export type PipelineDesk = ReturnType<typeof openPipelineDesk>;

export function openPipelineDesk(input: messages.PipelineInput) {
  // What an older version carried over may lack parts of today's.
  let state: PipelineState = { ...newPipeline(input, input.handedOn), ...input.state };
  const outbox = createOutbox();
  const tellStatus = tellerOfStatus();
  const sentence = () => pipelineSentence(viewOf(state.picture));
  const publisher = createPublisher({
    view: () => viewOf(state.picture),
    everyMs: () => state.picture.plan?.publishEveryMs ?? 0,
    written: (view, at) => take((now) => takeWritten(now, view, at)),
  });

  function take(by: (now: PipelineState) => Taken): void {
    const taken = by(state);
    state = taken.state;
    for (const effect of taken.effects) carryOut(effect);
  }

  function carryOut(effect: PipelineEffect): void {
    switch (effect.do) {
      case 'tellChangeset':
        outbox.send(changesetWorkflowId({ ...input, name: effect.name }), messages.orders, effect.message);
        break;
      case 'tellQueue':
        outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, effect.message);
        break;
      case 'publish':
        if (state.picture.plan !== undefined) publisher.dirty();
        tellStatus({ status: state.picture.stage.at, sentence: sentence() });
        break;
    }
  }

  setHandler(messages.order, (order) => {
    if (isOrder(order)) take((now) => takeOrder(now, order));
  });
  setHandler(messages.progress, (told) => {
    if (isProgress(told)) take((now) => takeProgress(now, told));
  });
  setHandler(messages.status, () => {
    const { stage, tip, progress } = state.picture;
    const priority = priorityOfAll(state);
    return { stage, slot: state.slot === 'held', priority, tip, progress, sentence: sentence() };
  });

  return {
    state: () => state,
    take,
    refuse: (why: string) => take((now) => refuse(now, why)),
    async changedSince(before: PipelineState): Promise<void> {
      await condition(() => state !== before);
    },
    /** A hint that came is taken: what it hints at is looked at next. */
    takeChanged(): boolean {
      const was = state.changed;
      if (was) state = { ...state, changed: false };
      return was;
    },
    /** Written before this returns, as everything that came before it. */
    async show(stage: PipelineStage): Promise<void> {
      measureStage(stage);
      state = takeStage(state, stage).state;
      tellStatus({ status: stage.at, sentence: sentence() });
      await publisher.flush();
    },
    showWhileWaiting({ refreshEveryMs }: Plan): void {
      publisher.dirty();
      void refreshWhile(() => state.picture.stage.at === 'waiting', refreshEveryMs, publisher.dirty);
    },
    /** Signals and reports that are on their way. */
    pending: () => outbox.pending() + publisher.pending(),
    close: () => outbox.drained(),
  };
}

/** While it waits its position changes without a message to it: it looks by itself, less and less often. */
async function refreshWhile(waits: () => boolean, everyMs: number, refresh: () => void): Promise<void> {
  for (let wait = everyMs; waits(); wait = Math.min(wait * 2, everyMs * 16)) {
    await sleep(wait);
    if (waits()) refresh();
  }
}
