/** From pinning to the last look (PROTOCOL 1–5): nothing has happened yet, so every way back is free. */
import type { Changeset, Failure, Vector } from '../changeset.ts';
import { failureSentence } from '../report/phases.ts';
import * as trouble from '../report/trouble.ts';
import { askOperator, halt, whole } from './halfLanding.ts';
import {
  type Carried,
  carriedOf,
  fail,
  headsOf,
  type LandingState,
  LOSSES_ALLOWED,
  MOVES_ALLOWED,
  type StateAt,
  sameHeads,
  sameVector,
  stop,
} from './state.ts';
import type { Prepared, Recheck, StepResult } from './steps.ts';

type Policy = Pick<Changeset, 'approval'>;
type Came<Of extends StepResult['of']> = Extract<StepResult, { of: Of }>;

export function afterPrepare(changeset: Policy, state: StateAt<'pinning'>, prepared: Prepared): LandingState {
  switch (prepared.kind) {
    case 'failed':
      return state.finishing ? halt(state, failureSentence(prepared.reason)) : fail(state, prepared.reason);
    case 'nothing':
      return state.finishing
        ? { ...carriedOf(state), at: 'verifying', vector: whole(prepared.vector), expect: { all: 'stand' } }
        : { ...carriedOf(state), at: 'granting', vector: prepared.vector };
    case 'halfLanded':
      return askOperator(state, { ...prepared, reason: trouble.EARLIER_HALF_LANDING });
    case 'ready': {
      const { vector } = prepared;
      const carried = withApprovalFor(vector, carriedOf(state));
      // Nothing that tests could see has changed since they were green.
      if (carried.green && sameVector(carried.green, vector)) return afterGreen(changeset, carried, vector);
      return { ...carried, at: 'testing', vector };
    }
  }
}

/** A head that moved voids the approval; a base that moved keeps it. */
function withApprovalFor(vector: Vector, carried: Carried): Carried {
  const { approval, ...rest } = carried;
  return approval && sameHeads(approval.heads, headsOf(vector)) ? { ...rest, approval } : rest;
}

export function afterTest(changeset: Policy, state: StateAt<'testing'>, tested: Came<'test'>['tested']): LandingState {
  if (tested.kind === 'passed') {
    return afterGreen(changeset, { ...carriedOf(state), green: state.vector }, state.vector);
  }
  if (tested.kind === 'missing') return anew(state, tested.what);
  if (state.finishing) return halt(state, trouble.FINISH_IS_RED);
  return fail(state, { kind: 'tests', result: tested.failure });
}

function afterGreen(changeset: Policy, carried: Carried, vector: Vector): LandingState {
  const waits = changeset.approval === 'required' && carried.approval === undefined && carried.finishing === undefined;
  return { ...carriedOf(carried), at: waits ? 'approving' : 'staging', vector };
}

export function afterApproval(state: StateAt<'approving'>, answer: Came<'awaitApproval'>['answer']): LandingState {
  if (answer === 'timedOut') {
    return {
      ...carriedOf(state),
      at: 'cleaning',
      outcome: { kind: 'skipped', by: 'lockstep', reason: trouble.NOBODY_APPROVED },
    };
  }
  return { ...carriedOf(state), at: 'staging', vector: state.vector, approval: answer };
}

export function afterStage(state: StateAt<'staging'>, staged: Came<'stage'>['staged']): LandingState {
  if (staged.kind === 'lost') return anew(state, staged.what);
  if (staged.kind === 'refused') {
    if (state.finishing) return halt(state, staged.sentences.join(' '));
    return fail(state, { kind: 'refused', sentences: staged.sentences });
  }
  // Who finishes a half landing has held the grant all along.
  return { ...carriedOf(state), at: state.finishing ? 'rechecking' : 'granting', vector: state.vector };
}

export function afterRecheck(state: StateAt<'rechecking'>, recheck: Recheck): LandingState {
  switch (recheck.kind) {
    case 'clean':
      return { ...carriedOf(state), at: 'landing', vector: state.vector, landed: [] };
    case 'moved':
      return again(state, { what: recheck.what, own: recheck.own });
    case 'stopped':
      return state.finishing ? halt(state, trouble.pullRequestWas(recheck.why)) : stop(state, recheck.why);
    case 'refused':
      if (state.finishing) return halt(state, recheck.sentences.join(' '));
      return fail(state, { kind: 'refused', sentences: recheck.sentences });
  }
}

/** Others may have been half way when it was found on the `main`s, and be taken back: what is read behind the fences counts. */
export function afterNothing(changeset: Policy, state: StateAt<'rechecking'>, prepared: Prepared): LandingState {
  if (prepared.kind !== 'nothing') return afterPrepare(changeset, { ...carriedOf(state), at: 'pinning' }, prepared);
  const { members } = prepared.vector;
  return { ...carriedOf(state), at: 'cleaning', outcome: { kind: 'landed', members, nothingToLand: true } };
}

/** What was made is lost: it is made and tested again, which no move from outside caused. */
function anew(state: StateAt<'testing' | 'staging'>, what: string): LandingState {
  const losses = (state.losses ?? 0) + 1;
  const carried: Carried = { ...carriedOf(state), round: state.round + 1, losses };
  if (losses <= LOSSES_ALLOWED) return { ...carried, at: 'pinning' };
  const reason: Failure = { kind: 'lost', times: losses, last: what };
  return state.finishing ? halt(state, failureSentence(reason)) : fail(carried, reason);
}

/** Nothing has happened: back to pinning, unless the outside moved too often. */
export function again(state: StateAt<'rechecking' | 'landing'>, move: { what: string; own: boolean }): LandingState {
  const moves = state.moves + (move.own ? 0 : 1);
  const carried: Carried = { ...carriedOf(state), round: state.round + 1, moves };
  if (moves <= MOVES_ALLOWED) return { ...carried, at: 'pinning' };
  if (state.finishing) return halt({ ...carried, vector: state.vector }, trouble.movedTooOften(move.what, moves));
  return fail(carried, { kind: 'moved', times: moves, last: move.what });
}
