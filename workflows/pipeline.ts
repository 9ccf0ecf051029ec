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
import type { Activities, Plan } from '../activities/types.ts';
import { changesetWorkflowId, type Outcome, statusOf } from '../src/changeset.ts';
import type { PlannedChangeset } from '../src/plan/plan.ts';
import { allEnded, needsSlot } from '../src/plan/progress.ts';
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
    // A change that was told while the last words were on their way is nobody's otherwise.
    return { ...result, again: result.again || (result.outcome !== 'merged' && desk.takeChanged()) };
  });
}

const REFUSED_CANCEL =
  'a cancellation in Temporal was refused: withdraw the pull request or skip it, by a signal to the queue';

async function work(input: PipelineInput, desk: PipelineDesk): Promise<PipelineResult> {
  for (;;) {
    const read = await reading('Read the manifest').readPlan({ pullRequest: input.pullRequest });
    if (read.kind === 'ignored') return leave(desk, read.why);
    if (read.kind === 'invalid') return { outcome: 'invalid', again: desk.takeChanged() };
    desk.begin(read.plan);
    desk.wantSlot();
    const came = await desk.awaitTurn();
    if (came === 'withdraw') return cancel(desk, 'withdrawn');
    // The pull request changed while it waited: its entry keeps its place, and what it says is read again.
    if (came === 'changed') continue;
    return run(input, desk, read.plan);
  }
}

/** It was in the queue perhaps, and is nothing to run any more. */
async function leave(desk: PipelineDesk, why: 'ordinary' | 'closed' | 'draft' | 'finished'): Promise<PipelineResult> {
  if (desk.hasBegun() && (why === 'closed' || why === 'draft')) return cancel(desk, why);
  return { outcome: 'ignored', again: desk.takeChanged() };
}

async function cancel(desk: PipelineDesk, why: 'closed' | 'draft' | 'withdrawn'): Promise<PipelineResult> {
  await desk.show({ at: 'cancelled', why });
  return { outcome: why === 'withdrawn' ? 'withdrawn' : 'closed', again: desk.takeChanged() };
}

async function run(input: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  desk.running();
  const writer = statusWriter(input, desk, plan);
  const started = new Map<string, Promise<void>>();
  while (!isOver(desk, plan, started)) {
    for (const next of desk.startable(plan)) {
      started.set(
        next.name,
        follow(input, desk, plan, next).then((outcome) => writer.ended(next.name, outcome)),
      );
    }
    for (const { name, outcome } of desk.skippedUnbegun(plan)) writer.ended(name, outcome);
    // Once it stops, what was not begun never will be: it must not keep the slot from others.
    const left =
      desk.stopping() === undefined ? plan.changesets : plan.changesets.filter((one) => started.has(one.name));
    desk.keepSlot(needsSlot(left, desk.progress()));
    await desk.somethingCame(() => isOver(desk, plan, started));
    if (desk.takeChanged()) await lookAgain(input, desk);
  }
  await Promise.all(started.values());
  await writer.idle();
  return finish(input, desk, plan);
}

/** All have ended, or those that were begun have and the rest is not to be begun. */
function isOver(desk: PipelineDesk, plan: Plan, started: Map<string, unknown>): boolean {
  if (allEnded(plan.changesets, desk.progress())) return true;
  return desk.stopping() !== undefined && [...started.keys()].every((name) => desk.progress()[name]?.at === 'ended');
}

/** A hint came: read what the pull request is now, and let undecided changesets go when it is no longer ours. */
async function lookAgain(input: PipelineInput, desk: PipelineDesk): Promise<void> {
  const { readPullRequest } = reading('Look at the pull request again');
  const tip = desk.tip();
  const now = await readPullRequest({ pullRequest: input.pullRequest, tip }).catch(refusedForGood);
  // Not known: every changeset looks again before it lands.
  if (now.state === 'refused') return;
  if (now.state !== 'open') desk.stop(now.state);
  else if (now.moved === 'person') desk.stop('superseded');
  // A status that was written meanwhile is newer than what was read.
  else if (now.moved === 'own' && desk.tip() === tip) desk.tipMoved(now.head);
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
    args: [{ v: 1, id, changeset: next, manifestHead: desk.tip(), author, interference, timeoutMs, approvalTimeoutMs }],
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
  return {
    ended(name: string, outcome: Outcome): void {
      desk.ended(name, outcome);
      const status = statusOf(outcome);
      if (status === undefined) return;
      last = last.then(() => write(name, status));
    },
    idle: () => last,
  };

  async function write(name: string, status: 'success' | 'failed' | 'skipped'): Promise<void> {
    const { coordinator, pullRequest } = input;
    const written = await reporting(`Write ${status} for ${name} into the manifest`)
      .writeStatus({
        id: { coordinator, pullRequest, name },
        manifest: plan.manifest,
        status,
        tip: desk.tip(),
        ended: desk.statuses(),
      })
      .catch(refusedForGood);
    if (written.kind === 'written') desk.tipMoved(written.tip);
    else if (written.kind === 'moved') desk.stop('superseded', written.head);
    else desk.stuck(written.why);
  }
}

async function finish(input: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  const stopping = desk.stopping();
  if (stopping !== undefined) {
    await desk.show({ at: 'cancelled', why: stopping });
    const outcome = stopping === 'draft' ? 'closed' : stopping;
    return { outcome, again: stopping === 'superseded' || desk.takeChanged() };
  }
  const why = desk.isStuck();
  if (why !== undefined) return stuck(desk, why);
  // The check is completed first: a required check on the coordinator holds for the bot too.
  await desk.show({ at: 'merging' });
  const landed = plan.changesets.filter(({ name }) => desk.outcome(name)?.kind === 'landed').map(({ name }) => name);
  const { mergeManifest } = reporting('Merge the pull request');
  const merged = await mergeManifest({ pullRequest: input.pullRequest, tip: desk.tip(), landed }).catch(refusedForGood);
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
