/**
 * The desk of one changeset: signals are taken into its state as `src/attempt` decides, and what follows is sent out. The
 * workflow's main body tells the desk what it came to, and waits here for people, the queue and the pipeline.
 */
import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { TestsRun } from '../activities/types.ts';
import { type Attempt, isInterrupted, phaseNow, type Resolve } from '../src/attempt/state.ts';
import { statusOfAttempt } from '../src/attempt/status.ts';
import * as attempts from '../src/attempt/take.ts';
import { pipelineWorkflowId, QUEUE_WORKFLOW_ID, type Vector } from '../src/changeset.ts';
import type { LandingState } from '../src/landing/state.ts';
import type { Orders, StepResult } from '../src/landing/steps.ts';
import { commandsIn } from '../src/report/links.ts';
import type { OperatorCall } from '../src/report/operator.ts';
import { phaseSentence, phaseWord } from '../src/report/phases.ts';
import { isChangesetOrder, isGrantAnswer } from './between.ts';
import * as people from './fromPeople.ts';
import { runInterruptibly } from './interruptible.ts';
import { createMeasures } from './measures.ts';
import * as messages from './messages.ts';
import { createOperatorCalls } from './operator.ts';
import { createOutbox } from './outbox.ts';
import { readReplyTo } from './replies.ts';
import { rememberGreenTests, tellerOfStatus } from './visibility.ts';

export type ChangesetDesk = ReturnType<typeof openDesk>;

export function openDesk(input: messages.ChangesetInput) {
  const { id } = input;
  const send = sender(input);
  const measures = createMeasures();
  const { interference, stray, skip } = input;
  const begun = attempts.begin({ id, interference, ...(stray && { stray }) }, skip);
  let state = begun.state;

  function take<T extends attempts.Taken>(taken: T): T {
    state = taken.state;
    for (const effect of taken.effects) send.carryOut(effect, state);
    return taken;
  }

  take(begun);
  receive(() => state, take);
  const interrupted = () => isInterrupted(state);

  return {
    operator: createOperatorCalls(id, workflowInfo().runId),
    landing: (): LandingState => state.landing,
    orders: (): Orders => state.orders,
    cancelled(): void {
      take(attempts.takeSkip(state, { by: 'a cancellation in Temporal', reason: 'its workflow was cancelled' }));
    },
    interruptible: <T extends StepResult>(run: () => Promise<T>) => runInterruptibly(run, interrupted),
    /** True once this changeset may test; false when an order came first. */
    async awaitSlot(): Promise<boolean> {
      take(attempts.wantSlot(state));
      await condition(() => state.slot || interrupted());
      return state.slot;
    },
    startTests(): string {
      take(attempts.startTests(state, now()));
      return `${id.pullRequest}-${id.name}-${randomOf(workflowInfo().runId)}-${state.landing.round}`;
    },
    testsEnded(run: TestsRun): void {
      take(attempts.takeTests(state, endOf(run)));
      measures.testsEnded(run);
      if (run.kind === 'passed') rememberGreenTests(run.durationMs);
    },
    async awaitApproval(timeoutMs: number): Promise<StepResult> {
      take(attempts.awaitApproval(state));
      await condition(() => state.approvals.length > 0 || interrupted(), timeoutMs);
      if (interrupted()) return { of: 'interrupted' };
      return { of: 'awaitApproval', answer: take(attempts.pickApproval(state)).approval ?? 'timedOut' };
    },
    /** Asks the queue to land, and waits. */
    async awaitGrant(vector: Vector): Promise<StepResult> {
      take(attempts.askGrant(state, vector));
      await condition(() => state.granted || interrupted());
      take(attempts.stopAsking(state));
      return state.granted && !state.orders.recall ? { of: 'awaitGrant' } : { of: 'interrupted' };
    },
    /** The queue was asked when it came here: a landing that was halted goes on behind those that were there before. */
    async awaitTurn(): Promise<StepResult> {
      await condition(() => state.granted);
      take(attempts.waitNoMore(state));
      return { of: 'awaitTurn' };
    },
    /** `since`: ISO 8601. */
    waitsForGitHub(since: string): void {
      take(attempts.waitForGitHub(state, since));
    },
    sentence: (): string => phaseSentence(phaseNow(state)),
    hearsGitHub(): void {
      take(attempts.waitNoMore(state));
    },
    /** What an operator is called for, with the number of the call. */
    trouble: (): Omit<OperatorCall, 'answer'> => ({
      number: state.calls,
      ...(state.landing.at === 'operator' ? state.landing : { reason: 'unknown', findings: [] }),
    }),
    async awaitResolve(): Promise<Resolve> {
      for (;;) {
        await condition(() => state.resolves.length > 0);
        const { resolve } = take(attempts.pickResolve(state));
        if (resolve) return resolve;
      }
    },
    /** The main body went from one state to the next: those whom it concerns are told. Nothing is awaited here. */
    moved(to: LandingState): void {
      measures.moved(state.landing, to);
      take(attempts.takeMove(state, to));
    },
    async close(): Promise<void> {
      send.carryOut({ do: 'show' }, state);
      await send.drained();
    },
  };
}

/** What people, the queue and the pipeline say. */
function receive(state: () => Attempt, take: (taken: attempts.Taken) => unknown): void {
  const fromPeople = <T>(
    payload: unknown,
    read: { ok: T } | { refused: string },
    takeOk: (attempt: Attempt, ok: T) => attempts.Taken,
  ): void => {
    const taken = 'refused' in read ? attempts.refuse(state(), read.refused) : takeOk(state(), read.ok);
    take(attempts.replied(taken, readReplyTo(payload).replyTo));
  };
  setHandler(messages.skip, (payload) => fromPeople(payload, people.readSkip(payload), attempts.takeSkip));
  setHandler(messages.approve, (payload) => fromPeople(payload, people.readApprove(payload), attempts.takeApprove));
  setHandler(messages.resolve, (payload) => fromPeople(payload, people.readResolve(payload), attempts.takeResolve));
  setHandler(messages.grant, (answer) => {
    if (isGrantAnswer(answer)) take(attempts.takeGrant(state(), answer));
  });
  setHandler(messages.orders, (order) => {
    if (isChangesetOrder(order)) take(attempts.takeOrder(state(), order));
  });
  const links = commandsIn(workflowInfo().namespace);
  setHandler(messages.status, () => statusOfAttempt(state(), links));
}

function sender({ id }: messages.ChangesetInput) {
  const outbox = createOutbox();
  const tellStatus = tellerOfStatus();
  const pipelineId = pipelineWorkflowId(id.coordinator, id.pullRequest);

  function show(state: Attempt): void {
    const phase = phaseNow(state);
    tellStatus({ status: phaseWord(phase), sentence: phaseSentence(phase) });
  }

  return {
    drained: () => outbox.drained(),
    carryOut(effect: attempts.AttemptEffect, state: Attempt): void {
      switch (effect.do) {
        case 'tellQueue':
          outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, effect.message);
          break;
        case 'tellPipeline':
          show(state);
          outbox.send(pipelineId, messages.progress, effect.message);
          break;
        case 'show':
          show(state);
          break;
        case 'reply':
          outbox.send(effect.workflowId, messages.answered, effect.reply);
          break;
      }
    },
  };
}

function endOf(run: TestsRun) {
  return run.kind === 'passed'
    ? { passed: true, durationMs: run.durationMs, logId: run.logId }
    : { passed: false, durationMs: run.failure.durationMs, logId: run.failure.log.id };
}

/** Of a run's id, which begins with the clock: who has no link to a log must not find it by counting. */
function randomOf(runId: string): string {
  return runId.slice(-12);
}

/** ISO 8601. */
function now(): string {
  return new Date().toISOString();
}
