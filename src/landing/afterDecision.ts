/** From the first push to the end (PROTOCOL 7–9): whole, or taken back, or said aloud to an operator. */
import { type Failure, type PinnedMember, type Tip, toLand, type Vector } from '../changeset.ts';
import { failureSentence } from '../report/phases.ts';
import * as trouble from '../report/trouble.ts';
import { again } from './beforeDecision.ts';
import { askOperator, halt, whole } from './halfLanding.ts';
import { carriedOf, type Finding, fail, type LandingState, type Refusal, type StateAt } from './state.ts';
import type { Looked, Pushed, ResolveAction, Reverted } from './steps.ts';

/** A stray is a person's to judge, also where all of it stands: it was said to have come to nothing. */
export function afterLook(state: StateAt<'looking'>, looked: Looked): LandingState {
  const { recorded, wanted } = state.stray;
  if (wanted) return afterLookOfWanted(state, looked);
  if (looked.kind === 'clear') {
    // What had ended was told then; what was cut off has told nobody.
    return recorded === undefined
      ? fail(state, { kind: 'cutOff' })
      : { ...carriedOf(state), at: 'ended', outcome: recorded };
  }
  const { vector, findings } = looked;
  if (recorded?.kind === 'landed' && standsAsRecorded(findings, recorded.members)) {
    return { ...carriedOf(state), at: 'ended', outcome: recorded };
  }
  return askOperator(state, { vector, reason: trouble.strayStands(recorded), findings });
}

/** What the run before had decided is brought to its end; what it had not is still people's to stop. */
function afterLookOfWanted(state: StateAt<'looking'>, looked: Looked): LandingState {
  if (looked.kind === 'clear') return { ...carriedOf(state), at: 'pinning' };
  const { vector, findings } = looked;
  if (allStand(findings)) return { ...carriedOf(state), at: 'verifying', vector, expect: { all: 'stand' } };
  return askOperator(state, { vector, reason: trouble.EARLIER_HALF_LANDING, findings });
}

export function afterPush(state: StateAt<'landing'>, result: { repository: string; pushed: Pushed }): LandingState {
  const { repository, pushed } = result;
  switch (pushed.kind) {
    case 'landed': {
      const landed = [...state.landed, repository];
      const all = toLand(state.vector).every((member) => landed.includes(member.repository));
      if (!all) return { ...carriedOf(state), at: 'landing', vector: state.vector, landed };
      return { ...carriedOf(state), at: 'verifying', vector: whole(state.vector), expect: { all: 'stand' } };
    }
    case 'rejected':
    case 'refused': {
      const what =
        pushed.kind === 'rejected'
          ? trouble.mainBecame(repository, pushed.found)
          : trouble.landingRefused(repository, pushed.message);
      // The decision is void: the fences are released, and late commands are looked at again.
      if (state.landed.length === 0) {
        if (pushed.kind === 'rejected') return again(state, { what, own: false });
        return afterRefusal(state, { repository, message: pushed.message }, what);
      }
      if (state.finishing) return halt(state, what);
      return { ...carriedOf(state), at: 'surveying', vector: state.vector, reason: what };
    }
    case 'unreadable':
      return halt(state, trouble.cannotBeRead(repository, pushed.message));
    case 'lost':
      return halt(state, pushed.what);
  }
}

/** Once may be a rule that was just mended; the rules are looked at before the next try. The same words twice are an answer. */
function afterRefusal(state: StateAt<'landing'>, refusal: Refusal, what: string): LandingState {
  const { refusal: before } = state;
  const same = before?.repository === refusal.repository && wordsOf(before) === wordsOf(refusal);
  if (!same) return again({ ...state, refusal }, { what, own: false });
  const reason: Failure = { kind: 'landingRefused', ...refusal };
  return state.finishing ? halt(state, failureSentence(reason)) : fail(state, reason);
}

/** Commits' ids differ from try to try. */
function wordsOf({ message }: Refusal): string {
  return message.replaceAll(/\b[0-9a-f]{7,40}\b/g, '');
}

/** PROTOCOL 8: every member is read before the first revert. */
export function afterSurvey(state: StateAt<'surveying'>, findings: Finding[]): LandingState {
  const { vector, reason, undo } = state;
  const carried = carriedOf(state);
  const unreadable = findings.find((finding) => finding.standing === 'unreadable');
  if (unreadable) {
    return askOperator(state, { vector, reason: trouble.nothingCanBeSaid(unreadable.repository, reason), findings });
  }
  // It is whole after all, which is what was wanted; unless a person said that it is to go.
  if (!undo && allStand(findings)) return { ...carried, at: 'verifying', vector, expect: { all: 'stand' } };
  const toRevert = findings.filter((finding) => finding.standing === 'stands').map((finding) => finding.repository);
  if (toRevert.length === 0) {
    return { ...carried, at: 'verifying', vector, expect: { all: 'gone', reason, reverted: [] } };
  }
  return { ...carried, at: 'compensating', vector, reason, toRevert, reverted: [] };
}

export function afterRevert(
  state: StateAt<'compensating'>,
  result: { repository: string; reverted: Reverted },
): LandingState {
  const { vector, reason } = state;
  if (result.reverted.kind === 'impossible') {
    return halt(state, trouble.notReverted(result.repository, { message: result.reverted.message, reason }));
  }
  const toRevert = state.toRevert.filter((repository) => repository !== result.repository);
  const done: Tip[] =
    result.reverted.kind === 'reverted' ? [{ repository: result.repository, commit: result.reverted.commit }] : [];
  const reverted = [...state.reverted, ...done];
  if (toRevert.length > 0) return { ...carriedOf(state), at: 'compensating', vector, reason, toRevert, reverted };
  return { ...carriedOf(state), at: 'verifying', vector, expect: { all: 'gone', reason, reverted } };
}

/** PROTOCOL 9: nothing is said before it was seen. */
export function afterVerify(state: StateAt<'verifying'>, findings: Finding[]): LandingState {
  const { vector, expect } = state;
  if (expect.all === 'stand') {
    if (allStand(findings)) return settle(state, { landed: vector });
    return askOperator(state, { vector, reason: trouble.NOT_ALL_STAND, findings });
  }
  if (noneStands(findings)) return settle(state, { ...expect, reverted: revertsOf(findings, expect.reverted) });
  return askOperator(state, { vector, reason: trouble.notAllGone(expect.reason), findings });
}

function settle(state: LandingState, end: { landed: Vector } | { reason: string; reverted: Tip[] }): LandingState {
  const outcome =
    'landed' in end
      ? ({ kind: 'landed', members: end.landed.members } as const)
      : ({ kind: 'rolledBack', reason: end.reason, reverted: end.reverted } as const);
  return { ...carriedOf(state), at: 'cleaning', outcome };
}

export function afterResolve(state: StateAt<'operator'>, resolve: { action: ResolveAction; by: string }): LandingState {
  const { action, by } = resolve;
  const { vector, reason, findings } = state;
  if (action === 'check')
    return { ...carriedOf(state), at: 'checking', vector, by, reason: state.halted ?? reason, findings };
  return { ...carriedOf(state), at: 'resolving', vector, findings, action, by };
}

/** What others did while it waited is seen: both ways begin with a look. */
export function afterTurn(state: StateAt<'resolving'>): LandingState {
  const { vector, findings, action, by } = state;
  switch (action) {
    case 'undo':
      return { ...carriedOf(state), at: 'surveying', vector, reason: trouble.askedToUndo(by), undo: true };
    case 'finish': {
      // It is tested again whatever was green before: people may have been at work in between.
      const { green: _, ...carried } = carriedOf(state);
      const finishing = { by, halted: vector, findings };
      return { ...carried, at: 'pinning', round: state.round + 1, finishing };
    }
  }
}

/** What a person says was repaired is accepted only as far as it is seen. */
export function afterCheck(state: StateAt<'checking'>, findings: Finding[]): LandingState {
  if (allStand(findings)) return settle(state, { landed: state.vector });
  if (noneStands(findings)) {
    return settle(state, { reason: trouble.undoneByHand(state.by, state.reason), reverted: revertsOf(findings) });
  }
  const { vector, by, reason: halted } = state;
  return askOperator(state, { vector, reason: trouble.checkFound(by, findings, halted), halted, findings });
}

/** What was read is what counts; a revert whose push nobody heard the end of is in no other list. */
function revertsOf(findings: Finding[], known: Tip[] = []): Tip[] {
  return findings.flatMap(({ repository, revertedBy }) => {
    const commit = revertedBy ?? known.find((tip) => tip.repository === repository)?.commit;
    return commit === undefined ? [] : [{ repository, commit }];
  });
}

function allStand(findings: Finding[]): boolean {
  return findings.length > 0 && findings.every((finding) => finding.standing === 'stands');
}

function standsAsRecorded(findings: Finding[], members: PinnedMember[]): boolean {
  const landed = new Set(members.map(({ repository }) => repository));
  return findings.every(({ repository, standing }) => standing === 'stands' && landed.has(repository));
}

function noneStands(findings: Finding[]): boolean {
  return findings.every((finding) => finding.standing === 'absent' || finding.standing === 'reverted');
}
