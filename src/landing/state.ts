/**
 * The states of one changeset's attempt, from pinning to its end (PROTOCOL, Steps). States are plain values, so that the
 * workflow, a printout and an exhaustive search all use the same ones.
 */
import {
  type Commit,
  type Failure,
  type Outcome,
  type RepositoryName,
  type StopReason,
  type Tip,
  testedCommit,
  type Vector,
} from '../changeset.ts';
import type { Stray } from './stray.ts';

/** What survives from one round (pin, build, test) to the next. */
export interface Carried {
  /** Rounds begun; 1 during the first. */
  round: number;
  /** Times that something from outside moved under a tested vector. */
  moves: number;
  /** Heads that a person approved; an approval binds heads, not bases. */
  approval?: Approval;
  /** The vector that was last tested green. */
  green?: Vector;
  /** Times that commits which Lockstep had made were lost before the decision. */
  losses?: number;
  /** The last permanent refusal of a landing of which nothing had landed. */
  refusal?: Refusal;
  /** Present once an operator asked to finish a half landing: the grant is held all along. */
  finishing?: Finishing;
}

export interface Refusal {
  repository: RepositoryName;
  /** GitHub's words. */
  message: string;
}

export interface Approval {
  by: string;
  heads: Tip[];
}

/** What a half landing had reached when the operator chose to finish it. */
export interface Finishing {
  by: string;
  /** The vector whose landing halted. */
  halted: Vector;
  findings: Finding[];
}

/** What one member's `main` shows of its candidate. */
export interface Finding {
  repository: RepositoryName;
  candidate: Commit;
  /** `main` now; absent when it could not be read. */
  tip?: Commit;
  standing: Standing;
  /** The bot's revert of it, where `main` shows one that holds. */
  revertedBy?: Commit;
}

/** `absent`: not contained. `reverted`: contained, but undone on top (PROTOCOL, Stands). */
export type Standing = 'stands' | 'absent' | 'reverted' | 'unreadable';

export type LandingState = Carried &
  /** Begun for a stray: find out what stands of a changeset that has ended. */
  (
    | { at: 'looking'; stray: Stray }
    | { at: 'pinning' }
    | { at: 'testing'; vector: Vector }
    | { at: 'approving'; vector: Vector }
    | { at: 'staging'; vector: Vector }
    | { at: 'granting'; vector: Vector }
    | { at: 'rechecking'; vector: Vector }
    /** Decided. `landed` grows in the sorted order of repositories. */
    | { at: 'landing'; vector: Vector; landed: RepositoryName[] }
    /** A definite rejection after another member landed, or an operator's wish to undo: find out what stands. */
    | { at: 'surveying'; vector: Vector; reason: string; undo?: true }
    | { at: 'compensating'; vector: Vector; reason: string; toRevert: RepositoryName[]; reverted: Tip[] }
    | { at: 'verifying'; vector: Vector; expect: Expectation }
    /** It goes no further: what stands is read for those who will be asked. */
    | { at: 'halting'; vector: Vector; reason: string }
    /** `halted`: why it halted at first, where the reason is what a check found. */
    | { at: 'operator'; vector: Vector; reason: string; halted?: string; findings: Finding[] }
    /** An operator chose what moves refs: others that are on their way there come to their end first. */
    | { at: 'resolving'; vector: Vector; findings: Finding[]; action: 'finish' | 'undo'; by: string }
    /** An operator says that it was repaired by hand: look. */
    | { at: 'checking'; vector: Vector; by: string; reason: string; findings: Finding[] }
    | { at: 'cleaning'; outcome: Outcome }
    | { at: 'ended'; outcome: Outcome }
  );

export type StateAt<At extends LandingState['at']> = Extract<LandingState, { at: At }>;

export type Expectation = { all: 'stand' } | { all: 'gone'; reason: string; reverted: Tip[] };

export const INITIAL: LandingState = { at: 'pinning', round: 1, moves: 0 };

/** A run that is begun for a stray tests and lands nothing unless an operator says so, or its pipeline wants it still. */
export function beginning(stray: Stray | undefined): LandingState {
  return stray === undefined ? INITIAL : { at: 'looking', round: 1, moves: 0, stray };
}

/** Moves from outside after which a changeset gives up (PROTOCOL 5). */
export const MOVES_ALLOWED = 3;

/** Times that candidates are made again after they were lost, before a changeset gives up. */
export const LOSSES_ALLOWED = 3;

/** From the decision to the end: nothing is cancellable, and commands are told that they came too late. */
export function isDecided(state: LandingState): boolean {
  switch (state.at) {
    case 'looking':
    case 'landing':
    case 'surveying':
    case 'compensating':
    case 'verifying':
    case 'halting':
    case 'operator':
    case 'resolving':
    case 'checking':
      return true;
    case 'pinning':
    case 'testing':
    case 'approving':
    case 'staging':
    case 'granting':
    case 'rechecking':
      return state.finishing !== undefined;
    case 'cleaning':
    case 'ended':
      return true;
  }
}

/** The queue's fences are ours: taken by the grant, kept until the landing is settled. */
export function holdsGrant(state: LandingState): boolean {
  if (state.at === 'cleaning' || state.at === 'ended') return false;
  return state.at === 'rechecking' || isDecided(state);
}

/** The commits that an approval is asked for. */
export function headsOf(vector: Vector): Tip[] {
  return vector.members.map(({ repository, head }) => ({ repository, commit: head }));
}

/** In any order: people list members as they like, a vector is sorted. */
export function sameHeads(one: Tip[], other: Tip[]): boolean {
  const commits = new Map(other.map((tip) => [tip.repository, tip.commit]));
  return one.length === other.length && one.every((tip) => commits.get(tip.repository) === tip.commit);
}

/** Two vectors that tests cannot tell apart. */
export function sameVector(one: Vector, other: Vector): boolean {
  const key = (v: Vector) =>
    JSON.stringify([
      v.members.map((m) => [m.repository, testedCommit(m)]),
      v.others.map((t) => [t.repository, t.commit]),
      v.coordinator,
    ]);
  return key(one) === key(other);
}

export function fail(carried: Carried, reason: Failure): LandingState {
  return { ...carriedOf(carried), at: 'cleaning', outcome: { kind: 'failed', reason } };
}

export function stop(carried: Carried, why: StopReason): LandingState {
  return { ...carriedOf(carried), at: 'cleaning', outcome: { kind: 'stopped', why } };
}

/** Only what goes from state to state: a state never drags along the fields of the one before. */
export function carriedOf(state: Carried): Carried {
  const { round, moves, losses, refusal, approval, green, finishing } = state;
  return {
    round,
    moves,
    ...(losses !== undefined && { losses }),
    ...(refusal && { refusal }),
    ...(approval && { approval }),
    ...(green && { green }),
    ...(finishing && { finishing }),
  };
}
