/**
 * One changeset's workflow, as `workflows/changeset` and its desk drive it: a step is begun, its result goes through
 * `advance`, signals are only recorded and looked at by the main body. The decisions are the product's own.
 */
import { type Attempt, isInterrupted, newAttempt, phaseNow } from '../src/attempt/state.ts';
import { askGrant, awaitApproval, type Taken, takeMove, waitNoMore } from '../src/attempt/take.ts';
import { INITIAL, type LandingState } from '../src/landing/state.ts';
import type { Step, StepResult } from '../src/landing/steps.ts';
import type { Phase } from '../src/plan/progress.ts';
import type { QueueMessage } from '../src/queue/reduce.ts';
import type { Point } from './activities.ts';
import type { Context } from './context.ts';
import { remember } from './facts.ts';
import { answerOf, arrive, isFixed } from './github.ts';
import { requestOf, resultOf } from './requests.ts';
import { type Desk, type Facts, type Run, replaced, type State, UNWRITTEN, type Wire } from './world.ts';

/** A state while the next one is made of it: its lists are replaced, never changed. */
export type Draft = { -readonly [Part in keyof State]: State[Part] };

export const NO_FACTS: Facts = { before: null, greens: [], approvals: [], decided: [], settled: null };

export function setRun(draft: Draft, c: number, change: Partial<Run>): void {
  draft.runs = replaced(draft.runs, c, { ...runOf(draft, c), ...change });
}

export function runOf(state: Pick<State, 'runs'>, c: number): Run {
  const run = state.runs[c];
  if (run === undefined) throw new Error(`expected a changeset number ${c}, found ${state.runs.length} of them`);
  return run;
}

export function landingOf(context: Context, run: Run): LandingState {
  return context.landings.at(run.landing);
}

export function send(
  draft: Draft,
  wire: number,
  way: keyof Wire,
  message: QueueMessage | Wire['fromQueue'][number],
): void {
  const before = draft.wires[wire] as Wire;
  draft.wires = replaced(draft.wires, wire, { ...before, [way]: [...before[way], message] });
}

/** As it is before it begins; `before`: what is remembered of the attempt before. */
export function freshRun(context: Context, before: number | null = null): Run {
  return {
    landing: context.landings.id(INITIAL),
    desk: context.desks.id(deskOf(newAttempt({ id: NOBODY, interference: 'repositories' }))),
    doing: { is: 'notBegun' },
    comment: UNWRITTEN,
    facts: context.facts.id({ ...NO_FACTS, before }),
  };
}

const NOBODY = { coordinator: '', pullRequest: 0, name: '' };

export function beginRun(context: Context, draft: Draft, c: number): void {
  enter(context, draft, c);
}

/** The attempt as `src/attempt` knows it. */
export function attemptOf(context: Context, { landing, desk }: Run, c: number): Attempt {
  const { desks, ids, landings, memory, setting } = context;
  const key = `${c} ${landing} ${desk}`;
  const known = memory.attempts.get(key);
  if (known !== undefined) return known;
  const of = { id: ids[c] ?? NOBODY, interference: setting.interference };
  const attempt = { ...desks.at(desk), of, landing: landings.at(landing), calls: 0, resolves: [], refused: [] };
  memory.attempts.set(key, attempt);
  return attempt;
}

function deskOf({ orders, approvals, granted, waits, shown, slot }: Attempt): Desk {
  return { orders, approvals, granted, waits, slot, ...(shown && { shown }) };
}

/** What an attempt takes, and what it tells the queue. What it tells its pipeline is asked for there. */
export function take(context: Context, draft: Draft, c: number, change: (attempt: Attempt) => Taken): void {
  const { state, effects } = change(attemptOf(context, runOf(draft, c), c));
  const now = { desk: context.desks.id(deskOf(state)), landing: context.landings.id(state.landing) };
  const { desk, landing } = runOf(draft, c);
  if (now.desk !== desk || now.landing !== landing) setRun(draft, c, now);
  for (const effect of effects) if (effect.do === 'tellQueue') send(draft, c, 'toQueue', effect.message);
}

/** An order that an undecided changeset stops for. */
export function isStopped(context: Context, run: Run, c: number): boolean {
  return isInterrupted(attemptOf(context, run, c));
}

export function phaseOfRun(context: Context, run: Run, c: number): Phase {
  return run.doing.is === 'notBegun' ? { at: 'waiting' } : phaseNow(attemptOf(context, run, c));
}

/** A step's result, with a short text that no other result has: what follows from it is remembered by that. */
export interface Came {
  result: StepResult;
  key: string;
}

export function came(result: StepResult): Came {
  return { result, key: JSON.stringify(result) };
}

/** What came of a step: the next state, the words to the queue, the next step. */
export function complete(context: Context, draft: Draft, c: number, came: Came): void {
  const run = runOf(draft, c);
  const from = landingOf(context, run);
  const to = advanced(context, run, { c, ...came });
  take(context, draft, c, (attempt) => takeMove(attempt, to));
  setRun(draft, c, { facts: context.facts.id(remember(context, draft, { c, run, from, to, result: came.result })) });
  enter(context, draft, c);
}

/** The number of rounds is for people: no decision looks at it, and without it states meet again. */
function advanced(context: Context, run: Run, about: { c: number } & Came): LandingState {
  const { desks, landings, memory, protocol, setting } = context;
  const { orders } = desks.at(run.desk);
  const approval = setting.changesets[about.c]?.approval ?? 'none';
  const key = `${approval} ${run.landing} ${about.key} ${JSON.stringify(orders)}`;
  const known = memory.advance.get(key);
  if (known !== undefined) return landings.at(known);
  const event = { result: about.result, orders };
  const next = { ...protocol.advance({ approval }, landings.at(run.landing), event), round: 1 };
  memory.advance.set(key, landings.id(next));
  return next;
}

/** Begins what the state asks for next. */
function enter(context: Context, draft: Draft, c: number): void {
  const run = runOf(draft, c);
  const step = context.protocol.nextStep(landingOf(context, run));
  if (step === undefined) {
    setRun(draft, c, { doing: { is: 'ended' } });
    return;
  }
  switch (step.do) {
    case 'prepare':
      if (step.finishing || context.desks.at(run.desk).slot) beginActivity(context, draft, c, step);
      else setRun(draft, c, { doing: { is: 'slot' } });
      return;
    case 'test':
      setRun(draft, c, { doing: { is: 'test' } });
      // Tests look at nothing that can change: where they cannot fail it makes no difference how long they take.
      if (draft.budget.red === 0) complete(context, draft, c, came({ of: 'test', tested: { kind: 'passed' } }));
      return;
    case 'awaitApproval':
      take(context, draft, c, awaitApproval);
      setRun(draft, c, { doing: { is: 'approval' }, comment: { ...run.comment, saw: [] } });
      return;
    case 'awaitGrant':
      take(context, draft, c, (attempt) => askGrant(attempt, step.vector));
      setRun(draft, c, { doing: { is: 'grant' } });
      return;
    case 'awaitOperator':
      setRun(draft, c, { doing: { is: 'operator' } });
      return;
    case 'awaitTurn':
      setRun(draft, c, { doing: { is: 'turn' } });
      return;
    default:
      beginActivity(context, draft, c, step);
  }
}

/** The slot is there: what `prepare` waited for. */
export function prepareBegin(context: Context, draft: Draft, c: number): void {
  beginActivity(context, draft, c, { do: 'prepare' });
}

function beginActivity(context: Context, draft: Draft, c: number, step: Step): void {
  // A state asks for one step only: its activity is found by the state's number.
  const key = `${c} ${runOf(draft, c).landing}`;
  const { activities, memory } = context;
  const point = memory.begun.get(key) ?? activities.begin({ ...requestOf(context, c, step), attempt: 1 });
  memory.begun.set(key, point);
  goOn(context, draft, c, point);
}

/** What it asks is answered, and what cannot be answered otherwise after it; at its end the decision follows at once. */
export function goOn(context: Context, draft: Draft, c: number, from: Point): void {
  const { name } = from.begin;
  let point = from;
  for (;;) {
    const fixed = point.asks.find(({ call }) => isFixed(context, draft, { c, name, call }));
    if (fixed === undefined) break;
    const { call } = fixed;
    const answer =
      call.ask === 'push' ? { push: arrive(context, draft, c, call.push) } : answerOf(context, draft, call);
    point = context.activities.answer(point, fixed, answer);
  }
  if (point.end === undefined) {
    setRun(draft, c, { doing: { is: 'activity', point: point.id } });
    return;
  }
  if (point.end.kind === 'retried') {
    again(context, draft, c, point);
    return;
  }
  const result = resultOf(context, runOf(draft, c), point);
  if (name === 'land' || name === 'revert') take(context, draft, c, waitNoMore);
  complete(context, draft, c, { result, key: `point ${point.id}` });
}

/** Temporal tries it again; a point that it comes back to without anything having happened is no new one. */
export function again(context: Context, draft: Draft, c: number, point: Point): void {
  setRun(draft, c, { doing: { is: 'activity', point: context.activities.again(point).id } });
}
