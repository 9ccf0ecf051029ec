/**
 * The desk of one changeset: signals come in and are only recorded; the workflow's main body asks the desk what there
 * is. It also tells the queue, the pipeline and the Web UI what the main body has reached.
 */
import { CancellationScope, condition, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { TestsRun } from '../activities/types.ts';
import {
  changesetLabel,
  changesetWorkflowId,
  type Member,
  pipelineWorkflowId,
  QUEUE_WORKFLOW_ID,
  type Vector,
} from '../src/changeset.ts';
import { judgeApproval } from '../src/landing/approval.ts';
import {
  beginning,
  type Finding,
  headsOf,
  holdsGrant,
  isDecided,
  type LandingState,
  sameHeads,
} from '../src/landing/state.ts';
import type { Orders, ResolveAction, StepResult } from '../src/landing/steps.ts';
import type { ProgressMessage } from '../src/pipeline/take.ts';
import type { Phase } from '../src/plan/progress.ts';
import type { QueueMessage } from '../src/queue/reduce.ts';
import { phaseOfState, phaseSentence } from '../src/report/phases.ts';
import { hasKind } from './between.ts';
import { createMeasures } from './measures.ts';
import * as messages from './messages.ts';
import { createOperatorCalls } from './operator.ts';
import { createOutbox } from './outbox.ts';
import { rememberGreenTests, tellerOfStatus } from './visibility.ts';

export type ChangesetDesk = ReturnType<typeof openDesk>;

const REFUSALS_KEPT = 10;

export function openDesk(input: messages.ChangesetInput) {
  const { id, stray } = input;
  const outbox = createOutbox();
  const tellStatus = tellerOfStatus();
  const measures = createMeasures();
  const pipelineId = pipelineWorkflowId(id.coordinator, id.pullRequest);
  const orders: Orders = {};
  const approvals: messages.ApproveCommand[] = [];
  const resolves: { action: ResolveAction; by: string }[] = [];
  const refused: string[] = [];
  let state: LandingState = beginning(input.stray);
  let seen: { why?: string; since?: string } = {};
  let tests: ProgressMessage['tests'];
  let shown: messages.ChangesetStatus['heads'] | undefined;
  let granted = false;
  let told: ProgressMessage | undefined;
  /** The pipeline gave the slot back while this changeset waited: it must be had again before testing. */
  let slot = true;

  const phase = (): Phase => phaseOfState(state, seen);
  const heads = () => ('vector' in state ? headsOf(state.vector) : []);
  const toQueue = (message: QueueMessage) => outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, message);
  const interrupted = () => !isDecided(state) && (orders.skip !== undefined || orders.stop !== undefined);

  function tellPipeline(extra: Pick<ProgressMessage, 'refused' | 'wantsSlot'> = {}): void {
    showStatus();
    told = { name: id.name, phase: phase(), heads: heads(), ...(tests && { tests }) };
    outbox.send(pipelineId, messages.progress, { ...told, ...extra });
  }

  function showStatus(): void {
    tellStatus({ status: statusWord(phase()), sentence: phaseSentence(phase()) });
  }

  /**
   * Every signal is five events of history and a piece of the pipeline's. Left out is what the pipeline learns anyway: an end
   * comes as the result, and how many of a landing's pushes are done is told when one of them keeps people waiting.
   */
  function tellPipelineOfMove(): void {
    const now = phase();
    const waits = [now, told?.phase].some((one) => one !== undefined && ('why' in one || 'since' in one));
    const known = told?.tests === tests && (heads().length === 0 || sameHeads(told?.heads ?? [], heads()));
    if (known && (now.at === 'ended' || (now.at === told?.phase.at && !waits))) showStatus();
    else tellPipeline();
  }

  function holding(): Pick<messages.ChangesetStatus, 'landing'> {
    // While a half landing is being finished its fences are held without a vector of its own yet.
    const members = 'vector' in state ? state.vector.members : (state.finishing?.halted ?? stray)?.members;
    if (members === undefined || (state.at !== 'granting' && !holdsGrant(state))) return {};
    const granted = state.at === 'granting' ? 'asked' : 'granted';
    return { landing: { ...landingOf(input, members), holds: isDecided(state) ? 'decided' : granted } };
  }

  function refuse(why: string): void {
    refused.push(why);
    if (refused.length > REFUSALS_KEPT) refused.shift();
    tellPipeline({ refused: why });
  }

  function takeSkip(by: string, reason: string): void {
    if (isDecided(state)) refuse(`skip of ${id.name} by ${by} refused: ${tooLate(state)}`);
    // Recorded all the same: a decision that turns out to be void is followed by another look at it (PROTOCOL 7).
    orders.skip ??= { by, reason };
  }

  setHandler(messages.skip, (payload) => {
    const read = messages.readSkip(payload);
    if ('refused' in read) refuse(read.refused);
    else takeSkip(read.ok.by, read.ok.reason);
  });
  setHandler(messages.approve, (payload) => {
    const read = messages.readApprove(payload);
    if ('refused' in read) return refuse(read.refused);
    if (state.at !== 'approving') return refuse(`approval by ${read.ok.by} refused: ${notNow(state)}`);
    approvals.push(read.ok);
  });
  setHandler(messages.resolve, (payload) => {
    const read = messages.readResolve(payload);
    if ('refused' in read) return refuse(read.refused);
    if (state.at !== 'operator') return refuse(`resolve by ${read.ok.by} refused: ${id.name} waits for no operator`);
    resolves.push(read.ok);
  });
  setHandler(messages.grant, (answer) => {
    if (!hasKind(answer)) return;
    if (answer.kind === 'granted') granted = true;
    else if (answer.kind === 'recall') orders.recall = true;
    else seen = { ...seen, why: answer.why };
  });
  setHandler(messages.orders, (order) => {
    if (!hasKind(order)) return;
    if (order.kind === 'skip') takeSkip(order.by, order.reason);
    else if (order.kind === 'stop') orders.stop ??= order.why;
    else if (order.kind === 'go') slot = true;
    else shown = order.heads;
  });
  setHandler(
    messages.status,
    (): messages.ChangesetStatus => ({
      changeset: changesetLabel(id),
      phase: phase(),
      sentence: phaseSentence(phase()),
      round: state.round,
      heads: heads(),
      ...(state.approval && { approval: state.approval }),
      approvalAsked: state.at === 'approving' && shown !== undefined && sameHeads(shown, heads()),
      ...(state.at === 'ended' && { outcome: state.outcome }),
      refused,
      ...holding(),
    }),
  );
  // What it had decided may be under way still: its fences are taken before it looks.
  if (stray) toQueue({ kind: 'seize', ...landingOf(input, stray.members) });
  tellPipeline();

  /** Asks the queue to land, and waits. A recall while waiting is simply asked again. */
  async function awaitGrant(vector: Vector): Promise<StepResult> {
    granted = false;
    delete orders.recall;
    toQueue({ kind: 'wantGrant', ...landingOf(input, vector.members) });
    let told: string | undefined;
    for (;;) {
      await condition(() => granted || orders.recall === true || interrupted() || seen.why !== told);
      if (granted || interrupted()) break;
      // It was meant for the grant before: what is asked for now was not granted yet, and is not asked for twice.
      delete orders.recall;
      told = seen.why;
      tellPipeline();
    }
    seen = {};
    if (!granted || orders.recall) return { of: 'interrupted' };
    slot = true;
    return { of: 'awaitGrant' };
  }

  async function awaitApproval(vector: Vector, timeoutMs: number): Promise<StepResult> {
    approvals.length = 0;
    slot = false;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const left = Math.max(0, deadline - Date.now());
      const came = await condition(() => approvals.length > 0 || interrupted(), left);
      if (interrupted()) return { of: 'interrupted' };
      if (!came) return { of: 'awaitApproval', answer: 'timedOut' };
      const approval = approvals.shift();
      if (approval === undefined) continue;
      const current = headsOf(vector);
      const judged = judgeApproval({
        commits: approval.commits,
        waiting: true,
        heads: current,
        ...(shown && { shown }),
      });
      if (judged.kind === 'counts') return { of: 'awaitApproval', answer: { by: approval.by, heads: judged.heads } };
      refuse(`approval by ${approval.by} refused: ${judged.why}`);
    }
  }

  return {
    operator: createOperatorCalls(id, workflowInfo().runId),
    awaitGrant,
    awaitApproval,
    orders: (): Orders => ({ ...orders }),
    cancelled: () => takeSkip('a cancellation in Temporal', 'its workflow was cancelled'),
    startTests(): string {
      tests = { startedAt: new Date().toISOString() };
      tellPipeline();
      return `${id.pullRequest}-${id.name}-${workflowInfo().runId.slice(0, 8)}-${state.round}`;
    },
    testsEnded(run: TestsRun): void {
      const { startedAt = new Date().toISOString() } = tests ?? {};
      const ended =
        run.kind === 'passed'
          ? { passed: true, durationMs: run.durationMs, logId: run.logId }
          : { passed: false, durationMs: run.failure.durationMs, logId: run.failure.log.id };
      tests = { startedAt, ended };
      measures.testsEnded(run);
      if (run.kind === 'passed') rememberGreenTests(run.durationMs);
    },
    waitsForGitHub(): void {
      seen = { since: new Date().toISOString() };
      slot = false;
      tellPipeline();
    },
    hearsGitHub(): void {
      seen = {};
    },
    trouble: (): { reason: string; findings: Finding[] } =>
      state.at === 'operator' ? state : { reason: 'unknown', findings: [] },
    async awaitResolve() {
      await condition(() => resolves.length > 0);
      const [first = { action: 'check' as const, by: 'unknown' }, ...late] = resolves.splice(0);
      for (const { by } of late) refuse(`resolve by ${by} refused: ${first.by} was first`);
      return first;
    },
    /** True once this changeset may test; false when an order came first. */
    async awaitSlot(): Promise<boolean> {
      if (!slot) tellPipeline({ wantsSlot: true });
      await condition(() => slot || interrupted());
      return slot;
    },
    /** Runs something that an order may stop; everything it started has ended when this returns. */
    async interruptible<T extends StepResult>(run: () => Promise<T>): Promise<T | { of: 'interrupted' }> {
      const scope = new CancellationScope();
      const work = scope.run(run);
      let over = false;
      const watch = condition(() => over || interrupted()).then(() => {
        if (!over) scope.cancel();
      });
      try {
        return await work;
      } catch (error) {
        if (isCancellation(error) && interrupted()) return { of: 'interrupted' };
        throw error;
      } finally {
        over = true;
        await watch;
      }
    },
    /** The main body went from one state to the next: tell those whom it concerns. Nothing is awaited here. */
    moved(from: LandingState, to: LandingState): void {
      state = to;
      measures.moved(from, to);
      const ours = { changeset: changesetWorkflowId(id) };
      if (to.at === 'landing' && from.at === 'rechecking') toQueue({ kind: 'decided', ...ours });
      if (to.at === 'operator' && (from.at === 'looking' || !holdsGrant(from)))
        toQueue({ kind: 'seize', ...landingOf(input, to.vector.members) });
      const asked = from.at === 'granting' || holdsGrant(from);
      if (asked && to.at !== 'granting' && !holdsGrant(to)) toQueue({ kind: 'releaseGrant', ...ours });
      if ('vector' in to && shown && !sameHeads(shown, heads())) shown = undefined;
      // The tests tell of themselves when they start.
      if (to.at === 'cleaning' || to.at === 'testing') return;
      tellPipelineOfMove();
    },
    async close(): Promise<void> {
      showStatus();
      await outbox.drained();
    },
  };
}

function landingOf(input: messages.ChangesetInput, members: Member[]) {
  return {
    changeset: changesetWorkflowId(input.id),
    pullRequest: input.id.pullRequest,
    repositories: members.map((member) => member.repository),
    exclusive: input.interference === 'all',
  };
}

/** The word in `LockstepStatus`. */
function statusWord(phase: Phase): string {
  return phase.at === 'ended' ? phase.outcome.kind : phase.at;
}

function tooLate(state: LandingState): string {
  return state.at === 'cleaning' || state.at === 'ended'
    ? 'it came too late, the changeset has ended'
    : 'it came too late, the landing has begun and goes to its end';
}

function notNow(state: LandingState): string {
  return isDecided(state) ? tooLate(state) : 'no approval is being waited for now';
}
