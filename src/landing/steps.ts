/**
 * What a state asks for next, and what can come back. The workflow performs steps; it decides nothing.
 */
import {
  type Failure,
  type Member,
  type Outcome,
  type RepositoryName,
  type StopReason,
  type TestFailure,
  type Tip,
  toLand,
  type Vector,
} from '../changeset.ts';
import type { Expectation, Finding, Finishing, LandingState } from './state.ts';

export type Step =
  | { do: 'look'; members: Member[] }
  | { do: 'prepare'; finishing?: Finishing }
  | { do: 'test'; vector: Vector }
  | { do: 'awaitApproval'; vector: Vector }
  | { do: 'stage'; vector: Vector }
  | { do: 'awaitGrant'; vector: Vector }
  /** `finishing`: decided long ago, so that what became of the manifest's pull request stops nothing any more. */
  | { do: 'recheck'; vector: Vector; finishing?: true }
  | { do: 'push'; vector: Vector; repository: RepositoryName }
  /** `settle`: how it came to this is not known, a push of ours may still be under way: its life is waited out first. */
  | { do: 'survey'; vector: Vector; settle?: true }
  | { do: 'revert'; vector: Vector; repository: RepositoryName; reason: string }
  | { do: 'verify'; vector: Vector; expect: Expectation }
  | { do: 'awaitOperator' }
  | { do: 'awaitTurn' }
  | { do: 'cleanUp'; outcome: Outcome };

export type StepResult =
  | { of: 'look'; looked: Looked }
  | { of: 'prepare'; prepared: Prepared }
  | { of: 'test'; tested: Tested }
  | { of: 'awaitApproval'; answer: { by: string; heads: Tip[] } | 'timedOut' }
  | { of: 'stage'; staged: Staged }
  | { of: 'awaitGrant' }
  | { of: 'recheck'; recheck: Recheck }
  | { of: 'push'; repository: RepositoryName; pushed: Pushed }
  | { of: 'survey'; findings: Finding[] }
  | { of: 'revert'; repository: RepositoryName; reverted: Reverted }
  | { of: 'verify'; findings: Finding[] }
  | { of: 'awaitOperator'; resolve: { action: ResolveAction; by: string } }
  | { of: 'awaitTurn' }
  | { of: 'cleanUp' }
  /** The step failed for good, without a value that the protocol knows: a fault of ours, or of the set-up. */
  | { of: 'broken'; why: string }
  /** The step was left because an order came (skip, stop, recall): see `orders`. */
  | { of: 'interrupted' };

export type ResolveAction = 'finish' | 'undo' | 'check';

export type Tested =
  | { kind: 'passed' }
  | { kind: 'failed'; failure: TestFailure }
  /** The test host cannot get at a commit of the vector: nothing was tested. */
  | { kind: 'missing'; what: string };

export type Staged =
  | { kind: 'staged' }
  | { kind: 'refused'; sentences: string[] }
  /** A candidate was lost, and made again it is another commit than the one that was tested. */
  | { kind: 'lost'; what: string };

export type Looked =
  | { kind: 'clear' }
  /** Candidates of this changeset stand, on all of its members or on some. */
  | { kind: 'stands'; vector: Vector; findings: Finding[] };

export type Prepared =
  | { kind: 'ready'; vector: Vector }
  /** Every member stands on its `main` already. */
  | { kind: 'nothing'; vector: Vector }
  | { kind: 'failed'; reason: Failure }
  /** A candidate of this changeset stands on some members only. */
  | { kind: 'halfLanded'; vector: Vector; findings: Finding[] };

export type Recheck =
  | { kind: 'clean' }
  /** `own`: the move was a landing of Lockstep's, which does not count against the changeset. */
  | { kind: 'moved'; what: string; own: boolean }
  | { kind: 'refused'; sentences: string[] }
  /** The manifest's pull request is no longer what this run was begun for. */
  | { kind: 'stopped'; why: StopReason };

export type Pushed =
  | { kind: 'landed' }
  /** Definite: `main` is something else, and no push of ours can arrive any more. */
  | { kind: 'rejected'; found: string }
  /** Definite: the server will refuse it again. */
  | { kind: 'refused'; message: string }
  | { kind: 'unreadable'; message: string }
  /** The candidate is nowhere any more, and made again it is another commit than the one that was tested. */
  | { kind: 'lost'; what: string };

export type Reverted =
  | { kind: 'reverted'; commit: string }
  /** The candidate does not stand there (any more). */
  | { kind: 'notStanding' }
  | { kind: 'impossible'; message: string };

/** What people and the queue want of an undecided changeset, as known at this activation. */
export interface Orders {
  skip?: { by: string; reason: string };
  stop?: StopReason;
  /** The queue takes an undecided grant back (a pause). */
  recall?: true;
}

export function nextStep(state: LandingState): Step | undefined {
  switch (state.at) {
    case 'looking':
      return { do: 'look', members: state.stray.members };
    case 'pinning':
      return { do: 'prepare', ...(state.finishing && { finishing: state.finishing }) };
    case 'testing':
      return { do: 'test', vector: state.vector };
    case 'approving':
      return { do: 'awaitApproval', vector: state.vector };
    case 'staging':
      return { do: 'stage', vector: state.vector };
    case 'granting':
      return { do: 'awaitGrant', vector: state.vector };
    case 'rechecking':
      if (toLand(state.vector).length === 0) return { do: 'prepare' };
      return { do: 'recheck', vector: state.vector, ...(state.finishing && { finishing: true }) };
    case 'landing':
      return nextPush(state.vector, state.landed);
    case 'surveying':
      return { do: 'survey', vector: state.vector, ...(state.undo && { settle: true }) };
    // Nothing is concluded from it but what is shown: no push is waited for.
    case 'halting':
      return { do: 'survey', vector: state.vector };
    case 'checking':
      return { do: 'survey', vector: state.vector, settle: true };
    case 'compensating':
      return nextRevert(state);
    case 'verifying':
      return { do: 'verify', vector: state.vector, expect: state.expect };
    case 'operator':
      return { do: 'awaitOperator' };
    case 'resolving':
      return { do: 'awaitTurn' };
    case 'cleaning':
      return { do: 'cleanUp', outcome: state.outcome };
    case 'ended':
      return undefined;
  }
}

function nextPush(vector: Vector, landed: RepositoryName[]): Step {
  const next = vector.members.find((m) => !m.alreadyMerged && !landed.includes(m.repository));
  if (next === undefined) throw new Error('landing state without a member to land');
  return { do: 'push', vector, repository: next.repository };
}

function nextRevert(state: Extract<LandingState, { at: 'compensating' }>): Step {
  const [repository] = state.toRevert;
  if (repository === undefined) throw new Error('compensating state without a member to revert');
  return { do: 'revert', vector: state.vector, repository, reason: state.reason };
}
