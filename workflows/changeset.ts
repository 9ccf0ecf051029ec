/**
 * One changeset: asks `src/landing` for the next step, performs it, and hands back what came of it. It decides nothing
 * itself. The decision to land is the event that schedules the first `land`: nothing is awaited between the last look
 * at the orders (`advance`) and that scheduling.
 */
import { ActivityFailure, CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import { landable, type Outcome } from '../src/changeset.ts';
import { advance } from '../src/landing/advance.ts';
import { isDecided, type LandingState } from '../src/landing/state.ts';
import { nextStep, type Step, type StepResult } from '../src/landing/steps.ts';
import { cleaning, landing, notifying, reading, testing } from './ask.ts';
import { type ChangesetDesk, openDesk } from './changesetDesk.ts';
import type { ChangesetInput } from './messages.ts';
import { haveReported, survives } from './report.ts';

/** After this long without an answer from GitHub people are told that a landing waits. */
const TELL_AFTER_MS = 30_000;

/** After this long the team is alerted, once for each wait (F28). */
const ALERT_AFTER_MS = 300_000;

export async function changeset(input: ChangesetInput): Promise<Outcome> {
  // Commands are signals with a name and a reason; a bare cancellation is read as a skip and never stops a landing.
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const desk = openDesk(input);
    cancelled.catch(() => desk.cancelled());
    for (let step = nextStep(desk.landing()); step !== undefined; step = nextStep(desk.landing())) {
      const result = await perform(input, desk, step).catch((error: unknown) => broken(step, error));
      desk.moved(advance(input.changeset, desk.landing(), { result, orders: desk.orders() }));
    }
    await desk.close();
    return outcomeOf(desk.landing());
  });
}

function outcomeOf(state: LandingState): Outcome {
  if (state.at !== 'ended') throw new Error(`expected a changeset that has ended, found it at '${state.at}'`);
  return state.outcome;
}

/** An activity that failed for good: what that means depends on whether the landing is decided, and is decided there. */
function broken(step: Step, error: unknown): StepResult {
  // Nothing is known yet that a person could be asked about: the run fails, and the next look for strays begins another.
  if (!(error instanceof ActivityFailure) || step.do === 'look') throw error;
  return { of: 'broken', why: `${error.activityType} failed: ${error.cause?.message ?? error.message}`.slice(0, 1000) };
}

async function perform(input: ChangesetInput, desk: ChangesetDesk, step: Step): Promise<StepResult> {
  const { id } = input;
  switch (step.do) {
    case 'look': {
      const { look } = reading(`See what stands of ${id.name}`);
      return { of: 'look', looked: await toldWhileItWaits(input, desk, look({ id, members: step.members })) };
    }
    case 'prepare':
      return prepare(input, desk, step);
    case 'test':
      return test(input, desk, step);
    case 'awaitApproval':
      return desk.awaitApproval(input.approvalTimeoutMs);
    case 'stage': {
      const { stage } = reading(`Stage ${id.name} in ${step.vector.members.length} repositories`);
      return desk.interruptible(async () => ({
        of: 'stage',
        staged: await toldWhileItWaits(input, desk, stage({ id, vector: landable(step.vector) })),
      }));
    }
    case 'awaitGrant':
      return desk.awaitGrant(step.vector);
    case 'recheck':
      return recheck(input, desk, step);
    case 'push':
      return push(input, desk, step);
    case 'survey':
      return { of: 'survey', findings: await survey(input, desk, step) };
    case 'verify':
      return { of: 'verify', findings: await survey(input, desk, step) };
    case 'revert': {
      const { revert } = landing(`Take ${id.name} back in ${step.repository}`);
      const { repository, reason } = step;
      const reverting = revert({ id, vector: landable(step.vector), repository, reason });
      const reverted = await toldWhileItWaits(input, desk, reverting);
      return { of: 'revert', repository, reverted };
    }
    case 'awaitOperator':
      return awaitOperator(desk);
    case 'awaitTurn':
      return desk.awaitTurn();
    case 'cleanUp':
      return cleanUp(input, desk, step.outcome);
  }
}

async function prepare(input: ChangesetInput, desk: ChangesetDesk, step: Extract<Step, { do: 'prepare' }>) {
  const { id, changeset: planned, author } = input;
  const { prepare: activity } = reading(`Pin and build ${id.name}`);
  // Who finishes a half landing holds its fences: it needs no slot, and a stopped pipeline would not ask for one.
  if (!step.finishing && !(await desk.awaitSlot())) return { of: 'interrupted' } as const;
  return desk.interruptible<StepResult>(async () => {
    const asked = activity({ id, changeset: planned, author, ...(step.finishing && { finishing: step.finishing }) });
    return { of: 'prepare', prepared: await toldWhileItWaits(input, desk, asked) };
  });
}

async function test(input: ChangesetInput, desk: ChangesetDesk, step: Extract<Step, { do: 'test' }>) {
  const { id, timeoutMs, limits } = input;
  const { runTests } = testing(`Test ${id.name}`);
  const run = desk.startTests();
  return desk.interruptible<StepResult>(async () => {
    const tested = await runTests({ id, vector: step.vector, timeoutMs, run, ...(limits && { limits }) });
    if (tested.kind === 'missing') return { of: 'test', tested };
    desk.testsEnded(tested);
    return { of: 'test', tested: tested.kind === 'passed' ? { kind: 'passed' } : tested };
  });
}

async function recheck(input: ChangesetInput, desk: ChangesetDesk, step: Extract<Step, { do: 'recheck' }>) {
  const { id, author, manifestHead, interference } = input;
  const { recheck: activity } = reading(`Look once more before landing ${id.name}`);
  return desk.interruptible<StepResult>(async () => {
    const about = { id, vector: step.vector, author, manifestHead, interference };
    const asked = activity({ ...about, ...(step.finishing && { finishing: true }) });
    return { of: 'recheck', recheck: await toldWhileItWaits(input, desk, asked) };
  });
}

async function push(
  input: ChangesetInput,
  desk: ChangesetDesk,
  step: Extract<Step, { do: 'push' }>,
): Promise<StepResult> {
  const { land } = landing(`Land ${input.id.name} on main of ${step.repository}`);
  const { repository } = step;
  const pushing = land({ id: input.id, vector: landable(step.vector), repository });
  return { of: 'push', repository, pushed: await toldWhileItWaits(input, desk, pushing) };
}

/** From the decision on an activity is retried for hours if need be; meanwhile people are told, and the slot is free. */
async function toldWhileItWaits<T>(input: ChangesetInput, desk: ChangesetDesk, asked: Promise<T>): Promise<T> {
  if (!isDecided(desk.landing())) return asked;
  const timer = new CancellationScope();
  void timer
    .run(() => tellOfWait(input, desk))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  try {
    return await asked;
  } finally {
    timer.cancel();
    desk.hearsGitHub();
  }
}

async function tellOfWait({ id, tellAfterMs, alertAfterMs }: ChangesetInput, desk: ChangesetDesk): Promise<void> {
  const since = new Date().toISOString();
  const told = tellAfterMs ?? TELL_AFTER_MS;
  await sleep(told);
  desk.waitsForGitHub(since);
  await sleep((alertAfterMs ?? ALERT_AFTER_MS) - told);
  const { notify } = notifying('Tell the team that a landing waits');
  const what = { kind: 'waiting', sentence: desk.sentence() } as const;
  // It is sent to its end also when GitHub answers meanwhile; nobody waits for it.
  await CancellationScope.nonCancellable(() => survives(notify({ id, what })));
}

function survey(input: ChangesetInput, desk: ChangesetDesk, step: Extract<Step, { do: 'survey' | 'verify' }>) {
  const { survey: activity } = reading(`See where ${input.id.name} stands`);
  const settle = step.do === 'survey' && step.settle;
  const asked = activity({ id: input.id, vector: landable(step.vector), ...(settle && { settle }) });
  return toldWhileItWaits(input, desk, asked);
}

async function awaitOperator(desk: ChangesetDesk): Promise<StepResult> {
  desk.operator.ask(desk.trouble());
  const resolve = await desk.awaitResolve();
  desk.operator.answered(resolve);
  return { of: 'awaitOperator', resolve };
}

async function cleanUp(input: ChangesetInput, desk: ChangesetDesk, outcome: Outcome): Promise<StepResult> {
  const { id, changeset: planned } = input;
  const { cleanUp: activity } = cleaning(`Remove the staging refs of ${id.name}`);
  const repositories = planned.members.map((member) => member.repository);
  await survives(activity({ id, repositories }));
  const calls = await desk.operator.handOver(outcome);
  await haveReported({ v: 1, id, attempt: attemptOf(), outcome, calls });
  return { of: 'cleanUp' };
}

/** One attempt is one run of this workflow. */
function attemptOf(): string {
  return workflowInfo().runId;
}
