/**
 * One manifest pull request at one head: waits for the slot, runs its changesets, writes their statuses, merges it.
 * A new push while it waits is read again in place; one while it runs supersedes what has not decided to land.
 */

import { TypedSearchAttributes } from '@temporalio/common';
import {
  ActivityFailure,
  CancellationScope,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { changesetWorkflowId, type Outcome, type Status, statusOf } from '../src/changeset.ts';
import { isOver, knownStatuses, skippedUnbegun, startable } from '../src/pipeline/state.ts';
import {
  begin,
  keepSlot,
  stop,
  takeOutcome,
  takePlan,
  takeRefusedStatus,
  takeStage,
  takeStatusCommit,
  takeTip,
  wantSlot,
} from '../src/pipeline/take.ts';
import type { Plan, PlannedChangeset } from '../src/plan/plan.ts';
import { outcomeOf } from '../src/report/picture.ts';
import { READING, REPORTING } from './activityOptions.ts';
import { changeset as changesetWorkflow } from './changeset.ts';
import { measurePipeline } from './measures.ts';
import type { PipelineInput, PipelineResult } from './messages.ts';
import { openPipelineDesk, type PipelineDesk } from './pipelineDesk.ts';
import { CHANGESET, PULL_REQUEST, REPOSITORY, STATUS } from './visibility.ts';

export async function pipeline(input: PipelineInput): Promise<PipelineResult> {
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const desk = openPipelineDesk(input);
    cancelled.catch(() => desk.refuse(REFUSED_CANCEL));
    const result = await work(input, desk);
    await desk.close();
    if (result.outcome !== 'ignored') measurePipeline(result.outcome);
    const { lastStatus } = desk.state();
    // A change that was told while the last words were on their way is nobody's otherwise.
    const again = result.again || (result.outcome !== 'merged' && desk.takeChanged());
    return { ...result, again, ...(lastStatus !== undefined && { lastStatus }) };
  });
}

const REFUSED_CANCEL =
  'a cancellation in Temporal was refused: withdraw the pull request or skip it, by a signal to the queue';

async function work(input: PipelineInput, desk: PipelineDesk): Promise<PipelineResult> {
  const { pullRequest, lastStatus } = input;
  for (;;) {
    const { readPlan } = reading('Read the manifest');
    const read = await readPlan({ pullRequest, ...(lastStatus !== undefined && { lastStatus }) });
    if (read.kind === 'ignored') return leave(desk, read.why);
    if (read.kind === 'invalid') return { outcome: 'invalid', again: desk.takeChanged() };
    const isFirst = desk.state().plan === undefined;
    desk.take((now) => takePlan(now, read.plan));
    if (isFirst) desk.refreshWhileWaiting(read.plan);
    desk.take(wantSlot);
    const came = await awaitTurn(desk);
    if (came === 'withdraw') return cancel(desk, 'withdrawn');
    // The pull request changed while it waited: its entry keeps its place, and what it says is read again.
    if (came === 'changed') continue;
    return run(input, desk, read.plan);
  }
}

async function awaitTurn(desk: PipelineDesk): Promise<'slot' | 'changed' | 'withdraw'> {
  for (;;) {
    const state = desk.state();
    if (state.stopping !== undefined) return 'withdraw';
    if (desk.takeChanged()) return 'changed';
    if (state.slot === 'held' || state.skip !== undefined) return 'slot';
    await desk.changedSince(state);
  }
}

/** It was in the queue perhaps, and is nothing to run any more. */
async function leave(desk: PipelineDesk, why: 'ordinary' | 'closed' | 'draft' | 'finished'): Promise<PipelineResult> {
  if (desk.state().plan !== undefined && (why === 'closed' || why === 'draft')) return cancel(desk, why);
  return { outcome: 'ignored', again: desk.takeChanged() };
}

async function cancel(desk: PipelineDesk, why: 'closed' | 'draft' | 'withdrawn'): Promise<PipelineResult> {
  await desk.show({ at: 'cancelled', why });
  return { outcome: why === 'withdrawn' ? 'withdrawn' : 'closed', again: desk.takeChanged() };
}

async function run(input: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  desk.take((now) => takeStage(now, { at: 'running' }));
  const writer = statusWriter(input, desk, plan);
  for (const { name, status } of plan.dropped) writer.write(name, status);
  const started: Promise<void>[] = [];
  for (;;) {
    const seen = desk.state();
    const next = startable(seen);
    if (next.length > 0) desk.take((now) => begin(now, next));
    started.push(
      ...next.map((one) => follow(input, desk, plan, one).then((outcome) => writer.ended(one.name, outcome))),
    );
    for (const { name, outcome } of skippedUnbegun(desk.state())) writer.ended(name, outcome);
    desk.take(keepSlot);
    if (desk.takeChanged()) await lookAgain(input, desk);
    if (isOver(desk.state())) break;
    await desk.changedSince(seen);
  }
  await Promise.all(started);
  await writer.idle();
  return finish(input, desk, plan);
}

/** A hint came: read what the pull request is now, and let undecided changesets go when it is no longer ours. */
async function lookAgain({ pullRequest }: PipelineInput, desk: PipelineDesk): Promise<void> {
  const { readPullRequest } = reading('Look at the pull request again');
  const { tip } = desk.state().picture;
  const ended = knownStatuses(desk.state());
  const now = await readPullRequest({ pullRequest, tip, ended }).catch(refusedForGood);
  // Not known: every changeset looks again before it lands.
  if (now.state === 'refused') return;
  const stopping = now.state !== 'open' ? now.state : now.moved === 'person' ? 'superseded' : undefined;
  if (stopping !== undefined) desk.take((state) => stop(state, stopping));
  // A status that was written meanwhile is newer than what was read.
  else if (now.moved === 'own' && desk.state().picture.tip === tip)
    desk.take((state) => takeStatusCommit(state, now.head));
}

/** Runs of one changeset whose workflow is ended by hand before people are asked to look. */
const RUNS_ALLOWED = 3;

/**
 * Follows one changeset to its end. When its workflow is ended by hand it is run again, for only a new run can tell
 * whether something of it landed: it finds a half landing before anything else, and asks for an operator.
 */
async function follow(input: PipelineInput, desk: PipelineDesk, plan: Plan, next: PlannedChangeset): Promise<Outcome> {
  const id = { coordinator: input.coordinator, pullRequest: input.pullRequest, name: next.name };
  for (let run = 1; ; run += 1) {
    try {
      return await start(input, desk, plan, next);
    } catch (error) {
      const { awaitChangeset } = reading(`Follow ${next.name}, which runs already or was ended by hand`);
      const end = await awaitChangeset({ id });
      if (end.kind !== 'lost') return end;
      if (run >= RUNS_ALLOWED) return lost(changesetWorkflowId(id), error);
    }
  }
}

function lost(workflowId: string, error: unknown): Outcome {
  const sentence = `its workflow ${workflowId} was ended by hand or failed ${RUNS_ALLOWED} times (${String(error).slice(0, 300)}): see in Temporal what it had done, and in git whether something of it is on a main.`;
  return { kind: 'failed', reason: { kind: 'refused', sentences: [sentence] } };
}

/** Runs one changeset as a child that outlives this run. */
async function start(input: PipelineInput, desk: PipelineDesk, plan: Plan, next: PlannedChangeset): Promise<Outcome> {
  const { coordinator, pullRequest } = input;
  const id = { coordinator, pullRequest, name: next.name };
  const workflowId = changesetWorkflowId(id);
  const repositories = next.members.map((member) => member.repository);
  const { author, interference, timeoutMs, approvalTimeoutMs } = plan;
  const members = next.members.map((member) => `- ${member.repository} \`${member.branch}\``);
  return executeChild(changesetWorkflow, {
    workflowId,
    args: [
      {
        v: 1,
        id,
        changeset: next,
        manifestHead: desk.state().picture.tip,
        author,
        interference,
        timeoutMs,
        approvalTimeoutMs,
      },
    ],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    staticSummary: `${next.name} in ${repositories.length} ${repositories.length === 1 ? 'repository' : 'repositories'}`,
    staticDetails: [`Changeset **${next.name}** of ${linkTo(input)}:`, '', ...members].join('\n'),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: REPOSITORY, value: [coordinator, ...repositories] },
      { key: PULL_REQUEST, value: pullRequest },
      { key: CHANGESET, value: next.name },
      { key: STATUS, value: 'preparing' },
    ]),
  });
}

function linkTo({ coordinator, pullRequest, url }: PipelineInput): string {
  const name = `${coordinator}#${pullRequest}`;
  return url === undefined ? name : `[${name}](${url})`;
}

/** Writes statuses one after another, in the order in which the changesets ended, each on top of the one before. */
function statusWriter(input: PipelineInput, desk: PipelineDesk, plan: Plan) {
  let last: Promise<void> = Promise.resolve();
  const write = (name: string, status: Status) => {
    last = last.then(() => writeStatus(input, desk, { plan, name, status }));
  };
  return {
    write,
    ended(name: string, outcome: Outcome): void {
      desk.take((now) => takeOutcome(now, { name, outcome, at: new Date().toISOString() }));
      const status = statusOf(outcome);
      if (status !== undefined) write(name, status);
    },
    idle: () => last,
  };
}

async function writeStatus(
  { coordinator, pullRequest }: PipelineInput,
  desk: PipelineDesk,
  { plan, name, status }: { plan: Plan; name: string; status: Status },
): Promise<void> {
  const { writeStatus: activity } = reporting(`Write ${status} for ${name} into the manifest`);
  const written = await activity({
    id: { coordinator, pullRequest, name },
    manifest: plan.manifest,
    status,
    pinned: plan.head,
    tip: desk.state().picture.tip,
    ended: knownStatuses(desk.state()),
  }).catch(refusedForGood);
  switch (written.kind) {
    case 'written':
      return desk.take((now) => takeStatusCommit(now, written.tip));
    case 'moved':
      desk.take((now) => (written.written ? takeStatusCommit(now, written.head) : takeTip(now, written.head)));
      return desk.take((now) => stop(now, 'superseded'));
    case 'impossible':
    case 'refused':
      return desk.take((now) => takeRefusedStatus(now, written.why));
  }
}

async function finish({ pullRequest }: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  const { stopping, stuck: why, picture } = desk.state();
  if (stopping !== undefined) {
    await desk.show({ at: 'cancelled', why: stopping });
    const outcome = stopping === 'draft' ? 'closed' : stopping;
    return { outcome, again: stopping === 'superseded' || desk.takeChanged() };
  }
  if (why !== undefined) return stuck(desk, why);
  // The check is completed first: a required check on the coordinator holds for the bot too.
  await desk.show({ at: 'merging' });
  const landed = plan.changesets.map(({ name }) => name).filter((name) => outcomeOf(picture, name)?.kind === 'landed');
  const { mergeManifest } = reporting('Merge the pull request');
  const ended = knownStatuses(desk.state());
  const merged = await mergeManifest({ pullRequest, tip: picture.tip, ended, landed }).catch(refusedForGood);
  switch (merged.kind) {
    case 'merged':
      await desk.show({ at: 'merged' });
      return { outcome: 'merged', again: false };
    case 'moved':
      await desk.show({ at: 'cancelled', why: 'superseded' });
      return { outcome: 'superseded', again: true };
    case 'refused':
      return stuck(desk, merged.why);
  }
}

/** An activity that failed for good is said, and is never the end of a pipeline whose changesets run. */
function refusedForGood(error: unknown): { kind: 'refused'; state: 'refused'; why: string } {
  if (!(error instanceof ActivityFailure)) throw error;
  const why = `${error.activityType} failed: ${error.cause?.message ?? error.message}`.slice(0, 1000);
  return { kind: 'refused', state: 'refused', why };
}

async function stuck(desk: PipelineDesk, why: string): Promise<PipelineResult> {
  await desk.show({ at: 'stuck', why });
  return { outcome: 'stuck', again: desk.takeChanged() };
}

function reading(summary: string) {
  return proxyActivities<Activities>({ ...READING, summary });
}

function reporting(summary: string) {
  return proxyActivities<Activities>({ ...REPORTING, summary });
}
