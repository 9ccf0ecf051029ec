/**
 * The pipelines around the changesets, as `workflows/pipeline` drives them: `src/pipeline` says what may start, whether the
 * slot is needed and when all is over. What a changeset tells its pipeline, and a pipeline its changesets, is known at once;
 * what goes between a pipeline and the queue comes late.
 */
import { takeOrder as toAttempt } from '../src/attempt/take.ts';
import type { Outcome } from '../src/changeset.ts';
import { isOver, newPipeline, type PipelineState, skippedUnbegun, startable } from '../src/pipeline/state.ts';
import {
  begin,
  handOn,
  keepSlot,
  type PipelineEffect,
  stop,
  type Taken,
  takeOrder,
  takeOutcome,
  takePlan,
  takeProgress,
  wantSlot,
} from '../src/pipeline/take.ts';
import type { PlannedChangeset } from '../src/plan/plan.ts';
import type { Phase } from '../src/plan/progress.ts';
import type { PipelineOrder } from '../src/queue/reduce.ts';
import type { Context } from './context.ts';
import { ModelFault } from './modelFault.ts';
import { COORDINATOR } from './ports.ts';
import { beginRun, type Draft, freshRun, landingOf, phaseOfRun, runOf, send, setRun, take as tell } from './run.ts';
import { type Pipeline, replaced, type State, wireOfPipeline } from './world.ts';

const NEVER = '2026-01-01T00:00:00.000Z';

export function pipelineOf(draft: Pick<Draft, 'pipelines'>, p: number): Pipeline {
  const pipeline = draft.pipelines[p];
  if (pipeline === undefined)
    throw new Error(`expected a pipeline number ${p}, found ${draft.pipelines.length} of them`);
  return pipeline;
}

export function setPipeline(draft: Draft, p: number, change: Partial<Pipeline>): void {
  draft.pipelines = replaced(draft.pipelines, p, { ...pipelineOf(draft, p), ...change });
}

/** It has read its manifest and asks for the slot. */
export function startPipeline(context: Context, draft: Draft, p: number): void {
  const { pullRequest } = pipelineOf(draft, p);
  const fresh = newPipeline({ coordinator: COORDINATOR, pullRequest });
  setPipeline(draft, p, { state: context.pipelines.id(slim(fresh)) });
  take(context, draft, p, (state) => takePlan(state, planOf(context, pullRequest)));
  take(context, draft, p, wantSlot);
}

/** A new attempt of all of it, as a new run of every workflow: what was before is known from git alone. */
export function startAgain(context: Context, draft: Draft, p: number): void {
  const { pullRequest } = pipelineOf(draft, p);
  for (const c of context.members.get(pullRequest) ?? []) {
    const before = runOf(draft, c).facts;
    setRun(draft, c, freshRun(context, before));
  }
  setPipeline(draft, p, { stage: 'waits' });
  startPipeline(context, draft, p);
}

/** What the queue says to a pipeline. */
export function hearOrder(context: Context, draft: Draft, p: number, order: PipelineOrder): void {
  take(context, draft, p, (state) => takeOrder(state, order));
}

/** The main body of every pipeline that heard something, or whose changesets came to something, until it waits again. */
export function runPipelines(context: Context, draft: Draft, since: State): void {
  for (const [p, { pullRequest }] of draft.pipelines.entries()) {
    const own = context.members.get(pullRequest) ?? [];
    const isNew = (before: Pick<State, 'runs' | 'pipelines'>) =>
      before.pipelines[p] !== draft.pipelines[p] || own.some((c) => before.runs[c] !== draft.runs[c]);
    let turns = 0;
    for (let before: Pick<State, 'runs' | 'pipelines'> = since; isNew(before); turns += 1) {
      if (turns > 100) throw new ModelFault(`the pipeline of #${pullRequest} never comes to wait`);
      before = { runs: draft.runs, pipelines: draft.pipelines };
      runPipeline(context, draft, p);
    }
  }
}

function runPipeline(context: Context, draft: Draft, p: number): void {
  const { stage, closed } = pipelineOf(draft, p);
  if (stage === 'ended') return;
  listen(context, draft, p);
  const state = stateOf(context, draft, p);
  if (stage === 'waits') {
    if (state.stopping !== undefined || (state.changed && closed)) endPipeline(context, draft, p);
    else if (state.changed) take(context, draft, p, (now) => ({ state: { ...now, changed: false }, effects: [] }));
    else if (state.slot === 'held' || state.skip !== undefined) setPipeline(draft, p, { stage: 'runs' });
    return;
  }
  startSome(context, draft, p);
  take(context, draft, p, keepSlot);
  if (stateOf(context, draft, p).changed) {
    take(context, draft, p, (now) => ({ state: { ...now, changed: false }, effects: [] }));
    if (closed) take(context, draft, p, (now) => stop(now, 'closed'));
  }
  if (isOver(stateOf(context, draft, p))) endPipeline(context, draft, p);
}

/** What its changesets have to say. */
function listen(context: Context, draft: Draft, p: number): void {
  for (const name of stateOf(context, draft, p).begun) {
    const c = numberOf(context, draft, p, name);
    const run = runOf(draft, c);
    const known = stateOf(context, draft, p).picture.progress[name];
    if (known?.at === 'ended') continue;
    const landing = landingOf(context, run);
    if (run.doing.is === 'ended' && landing.at === 'ended') {
      const { outcome } = landing;
      take(context, draft, p, (state) => takeOutcome(state, { name, outcome, at: NEVER }));
      continue;
    }
    const phase = phaseOfRun(context, run, c);
    if (phase.at === 'ended') continue;
    const wantsSlot = run.doing.is === 'slot' && !context.desks.at(run.desk).slot;
    if (JSON.stringify(slimPhase(phase)) === JSON.stringify(known) && !wantsSlot) continue;
    const told = { name, phase, ...(wantsSlot && { wantsSlot: true as const }) };
    take(context, draft, p, (state) => takeProgress(state, told));
  }
}

function startSome(context: Context, draft: Draft, p: number): void {
  const next = startable(stateOf(context, draft, p));
  if (next.length > 0) take(context, draft, p, (state) => begin(state, next));
  for (const { name } of next) beginRun(context, draft, numberOf(context, draft, p, name));
  for (const { name, outcome } of skippedUnbegun(stateOf(context, draft, p))) {
    setRun(draft, numberOf(context, draft, p, name), { doing: { is: 'ended' } });
    take(context, draft, p, (state) => takeOutcome(state, { name, outcome, at: NEVER }));
  }
}

/** A hint that nobody looked at is handed on. */
function endPipeline(context: Context, draft: Draft, p: number): void {
  const { pullRequest } = pipelineOf(draft, p);
  const { changed } = stateOf(context, draft, p);
  setPipeline(draft, p, { stage: 'ended' });
  const handedOn = handOn(stateOf(context, draft, p));
  send(draft, wireOfPipeline(draft, p), 'toQueue', { kind: 'ended', pullRequest, again: changed, handedOn });
}

function take(context: Context, draft: Draft, p: number, change: (state: PipelineState) => Taken): void {
  const { state, effects } = change(stateOf(context, draft, p));
  const next = context.pipelines.id(slim(state));
  if (next !== pipelineOf(draft, p).state) setPipeline(draft, p, { state: next });
  for (const effect of effects) perform(context, draft, p, effect);
}

function perform(context: Context, draft: Draft, p: number, effect: PipelineEffect): void {
  switch (effect.do) {
    case 'publish':
      return;
    case 'tellQueue':
      send(draft, wireOfPipeline(draft, p), 'toQueue', effect.message);
      return;
    case 'tellChangeset': {
      const c = numberOf(context, draft, p, effect.name);
      tell(context, draft, c, (attempt) => toAttempt(attempt, effect.message));
    }
  }
}

function stateOf(context: Context, draft: Draft, p: number): PipelineState {
  const { state, pullRequest } = pipelineOf(draft, p);
  const known = context.memory.pipelines.get(state);
  if (known !== undefined) return known;
  const kept = context.pipelines.at(state);
  const plan = planOf(context, pullRequest);
  const whole = { ...kept, picture: { ...kept.picture, plan } };
  context.memory.pipelines.set(state, whole);
  return whole;
}

/** Without what is always the same, and without what is only shown to people. */
function slim(state: PipelineState): PipelineState {
  const { plan: _, ...picture } = state.picture;
  const progress = Object.fromEntries(
    Object.entries(picture.progress).map(([name, phase]) => [name, slimPhase(phase)] as const),
  );
  const details = Object.fromEntries(Object.keys(picture.details).map((name) => [name, { heads: [] }]));
  return { ...state, picture: { ...picture, progress, details, refusals: [] } };
}

function slimPhase(phase: Phase): Phase {
  return phase.at === 'ended' ? { at: 'ended', outcome: OVER } : phase;
}

/** Plans ask only whether a changeset has ended. */
const OVER: Outcome = { kind: 'skipped', by: '', reason: '' };

function planOf({ plans }: Context, pullRequest: number) {
  const plan = plans.get(pullRequest);
  if (plan === undefined) throw new Error(`expected a plan of #${pullRequest}, found none`);
  return plan;
}

function numberOf(context: Context, draft: Draft, p: number, name: PlannedChangeset['name']): number {
  const { pullRequest } = pipelineOf(draft, p);
  return context.ids.findIndex((id) => id.pullRequest === pullRequest && id.name === name);
}
