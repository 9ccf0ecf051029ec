/**
 * One manifest pull request at one head: waits for the slot, runs its changesets, writes their statuses, merges it.
 * A new push while it waits is read again in place; one while it runs supersedes what has not decided to land.
 */

import { CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { Ignored, PlanRead } from '../activities/types.ts';
import { isLeftUnseen, isOver, knownStatuses, skippedUnbegun, startable, unfinished } from '../src/pipeline/state.ts';
import {
  begin,
  handOn,
  isWantedAgain,
  keepSlot,
  takeLeft,
  takeLook,
  takeLostLook,
  takePlan,
  takeStage,
  takeWithdrawn,
  wantSlot,
} from '../src/pipeline/take.ts';
import type { Plan, PlannedChangeset } from '../src/plan/plan.ts';
import { isLookedAtAgain, outcomeOf } from '../src/report/picture.ts';
import { reading, refusedForGood, reporting } from './ask.ts';
import { adopt, type Following, follow, followLook } from './follow.ts';
import type { PipelineInput, PipelineResult } from './messages.ts';
import { openPipelineDesk, type PipelineDesk } from './pipelineDesk.ts';
import { type StatusWriter, statusWriter } from './statusWriter.ts';

export async function pipeline(input: PipelineInput): Promise<PipelineResult> {
  const cancelled = CancellationScope.current().cancelRequested;
  return CancellationScope.nonCancellable(async () => {
    const desk = openPipelineDesk(input);
    cancelled.catch(() => desk.refuse(REFUSED_CANCEL));
    const result = await work(input, desk);
    await desk.close();
    // People may have taken it out while the last words were on their way, after a push of theirs.
    if (isLeftUnseen(desk.state())) await lookWhereLeft(input, desk);
    // A change that was told while the last words were on their way is nobody's otherwise.
    const again = result.again || (result.outcome !== 'merged' && desk.takeChanged());
    return { ...result, again, handedOn: handOn(desk.state()) };
  });
}

const REFUSED_CANCEL =
  'a cancellation in Temporal was refused: withdraw the pull request or skip it, by a signal to the queue';

async function work(input: PipelineInput, desk: PipelineDesk): Promise<PipelineResult> {
  let { plan } = desk.state().picture;
  if (plan !== undefined) desk.showWhileWaiting(plan);
  for (;;) {
    if (plan !== undefined && desk.state().picture.stage.at === 'running') return run(input, desk, plan);
    if (plan === undefined || desk.takeChanged()) {
      const read = await readAgain(input);
      if (read.kind === 'ignored' && read.why === 'withdrawn') desk.take((now) => takeWithdrawn(now, read.head));
      if (read.kind !== 'ready') return leave(desk, read.kind === 'ignored' ? read.why : 'invalid');
      desk.take((now) => takePlan(now, read.plan));
      if (plan === undefined) desk.showWhileWaiting(read.plan);
      plan = read.plan;
      desk.take(wantSlot);
    }
    const came = await awaitTurn(input, desk);
    if (came === 'withdraw') {
      if (desk.takeChanged()) await lookAgain(input, desk);
      return leave(desk, 'withdrawn');
    }
    // The pull request changed while it waited: its entry keeps its place, and what it says is read again.
    if (came === 'slot') return run(input, desk, plan);
  }
}

/** A long plan comes in parts. */
async function readAgain({ pullRequest, handedOn }: PipelineInput): Promise<PlanRead> {
  const { readPlan, readPlanPart } = reading('Read the manifest');
  for (;;) {
    const read = await readPlan({ pullRequest, ...(handedOn && { handedOn }) });
    if (read.kind !== 'ready' || read.rest === undefined) return read;
    const { head, manifest, dropped } = read.plan;
    const at = { head, manifest, dropped, main: read.rest.main };
    const changesets = [...read.plan.changesets];
    for (let left = read.rest.count; left > 0; ) {
      const part = await readPlanPart({ pullRequest, at, from: changesets.length });
      if (part === 'gone') break;
      changesets.push(...part.changesets);
      left = part.rest;
      if (left === 0) return { kind: 'ready', plan: { ...read.plan, changesets } };
    }
  }
}

async function awaitTurn(input: PipelineInput, desk: PipelineDesk): Promise<'slot' | 'changed' | 'withdraw'> {
  for (;;) {
    const state = desk.state();
    if (state.stopping !== undefined) return 'withdraw';
    if (state.changed) return 'changed';
    if (state.slot === 'held' || state.skip !== undefined) return 'slot';
    if (isLong(input)) await continueWith(input, desk);
    await desk.changedSince(state);
  }
}

/** A history has a bound, and a manifest with hundreds of changesets, or months of waiting, would reach it. */
function isLong({ eventsPerRun = Number.POSITIVE_INFINITY }: PipelineInput): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= eventsPerRun;
}

/** Goes on as a new run once nothing of this one is on its way. What its changesets come to is then asked for by their ids. */
async function continueWith(input: PipelineInput, desk: PipelineDesk, writes = () => 0): Promise<void> {
  const isIdle = () => desk.pending() === 0 && writes() === 0;
  while (!isIdle()) await condition(isIdle);
  await continueAsNew<typeof pipeline>({ ...input, state: desk.state() });
}

/** There is nothing to run, or not any more: then who waited is told so. */
async function leave(desk: PipelineDesk, why: Ignored | 'invalid'): Promise<PipelineResult> {
  const waited = desk.state().picture.plan !== undefined;
  if (waited) await desk.show({ at: 'cancelled', why });
  return { outcome: outcomeOfLeaving(why, waited), again: desk.takeChanged() };
}

function outcomeOfLeaving(why: Ignored | 'invalid', waited: boolean): PipelineResult['outcome'] {
  switch (why) {
    case 'invalid':
      return 'invalid';
    case 'ordinary':
      return 'ignored';
    case 'withdrawn':
      return waited ? 'withdrawn' : 'ignored';
    case 'closed':
    case 'draft':
      return waited ? 'closed' : 'ignored';
  }
}

async function run(input: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  const writer = statusWriter(input, desk, plan);
  const followed = new Map<string, Promise<void>>();
  const keepUp = (started: PlannedChangeset[]) => {
    for (const name of unfinished(desk.state()).filter((name) => !followed.has(name))) {
      followed.set(name, followOne({ input, desk, plan }, { name, started }, writer).then(forget(name)));
    }
  };
  const forget = (name: string) => () => void followed.delete(name);
  if (desk.state().picture.stage.at !== 'running') {
    desk.take((now) => takeStage(now, { at: 'running' }));
    for (const { name, status } of plan.dropped) writer.write(name, status);
  }
  for (;;) {
    const seen = desk.state();
    const next = startable(seen);
    if (next.length > 0) desk.take((now) => begin(now, next));
    keepUp(next);
    for (const { name, outcome } of skippedUnbegun(desk.state())) writer.ended(name, outcome);
    desk.take(keepSlot);
    if (desk.takeChanged()) await lookAgain(input, desk);
    if (isOver(desk.state())) break;
    if (isLong(input)) await continueWith(input, desk, writer.pending);
    await desk.changedSince(seen);
  }
  await Promise.all(followed.values());
  await writer.idle();
  return finish(input, desk, plan);
}

/** Those that this run does not start were started by one before it, or run again after their end. */
async function followOne(
  by: Following,
  { name, started }: { name: string; started: PlannedChangeset[] },
  writer: StatusWriter,
): Promise<void> {
  const { desk, plan } = by;
  const planned = plan.changesets.find((one) => one.name === name);
  if (planned === undefined || isLookedAtAgain(desk.state().picture, name)) {
    const outcome = await followLook(by, name);
    return outcome === undefined ? desk.take((now) => takeLostLook(now, name)) : writer.ended(name, outcome);
  }
  writer.ended(name, await (started.includes(planned) ? follow : adopt)(by, planned));
}

/** A hint came: read what the pull request is now, and let undecided changesets go when it is no longer ours. */
async function lookAgain(input: PipelineInput, desk: PipelineDesk): Promise<void> {
  const { tip, ended, found } = await look(input, desk);
  // Not known: every changeset looks again before it lands.
  if (found.state !== 'refused') desk.take((state) => takeLook(state, { tip, ended }, found));
}

async function lookWhereLeft(input: PipelineInput, desk: PipelineDesk): Promise<void> {
  const { found } = await look(input, desk);
  if (found.state !== 'refused') desk.take((state) => takeLeft(state, found.head));
}

async function look({ pullRequest }: PipelineInput, desk: PipelineDesk) {
  const { readPullRequest } = reading('Look at the pull request again');
  const { tip } = desk.state().picture;
  const ended = knownStatuses(desk.state());
  return { tip, ended, found: await readPullRequest({ pullRequest, tip, ended }).catch(refusedForGood) };
}

async function finish({ pullRequest }: PipelineInput, desk: PipelineDesk, plan: Plan): Promise<PipelineResult> {
  const { stopping, stuck: why, picture } = desk.state();
  if (stopping !== undefined) {
    await desk.show({ at: 'cancelled', why: stopping });
    const outcome = stopping === 'draft' ? 'closed' : stopping;
    return { outcome, again: isWantedAgain(desk.state()) };
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

async function stuck(desk: PipelineDesk, why: string): Promise<PipelineResult> {
  await desk.show({ at: 'stuck', why });
  return { outcome: 'stuck', again: desk.takeChanged() };
}
