/**
 * The landing protocol as decisions: a state, what came of its step, and the orders known at this activation give the
 * next state. PROTOCOL.md numbers the steps; *(model)* there marks sentences that a search proved necessary.
 */
import type { Changeset, Tip, Vector } from '../changeset.ts';
import { toLand } from '../changeset.ts';
import {
  type Carried,
  carriedOf,
  type Finding,
  fail,
  headsOf,
  isDecided,
  type LandingState,
  MOVES_ALLOWED,
  sameHeads,
  sameVector,
  stop,
} from './state.ts';
import type { Orders, Prepared, Pushed, Recheck, ResolveAction, Reverted, StepResult } from './steps.ts';

type In<At extends LandingState['at']> = Extract<LandingState, { at: At }>;

export function advance(
  changeset: Pick<Changeset, 'approval'>,
  state: LandingState,
  event: { result: StepResult; orders: Orders },
): LandingState {
  const { result, orders } = event;
  // The last look at the orders is in the activation that schedules the first push: that scheduling is the decision.
  if (!isDecided(state)) {
    const ended = obey(state, orders);
    if (ended !== undefined) return ended;
    if (orders.recall && (state.at === 'granting' || state.at === 'rechecking')) {
      return { ...carriedOf(state), at: 'granting', vector: state.vector };
    }
  }
  if (result.of === 'interrupted') return state;
  if (result.of === 'broken') return afterBroken(state, result.why);
  switch (state.at) {
    case 'pinning':
      return result.of === 'prepare' ? afterPrepare(changeset, state, result.prepared) : unexpected(state, result);
    case 'testing':
      return result.of === 'test' ? afterTest(changeset, state, result.tested) : unexpected(state, result);
    case 'approving':
      return result.of === 'awaitApproval' ? afterApproval(state, result.answer) : unexpected(state, result);
    case 'staging':
      return result.of === 'stage' ? afterStage(state, result.staged) : unexpected(state, result);
    case 'granting':
      return result.of === 'awaitGrant'
        ? { ...carriedOf(state), at: 'rechecking', vector: state.vector }
        : unexpected(state, result);
    case 'rechecking':
      return result.of === 'recheck' ? afterRecheck(state, result.recheck) : unexpected(state, result);
    case 'landing':
      return result.of === 'push' ? afterPush(state, result) : unexpected(state, result);
    case 'surveying':
      return result.of === 'survey'
        ? compensate(state, { reason: state.reason, findings: result.findings })
        : unexpected(state, result);
    case 'compensating':
      return result.of === 'revert' ? afterRevert(state, result) : unexpected(state, result);
    case 'verifying':
      return result.of === 'verify' ? afterVerify(state, result.findings) : unexpected(state, result);
    case 'operator':
      return result.of === 'awaitOperator' ? afterResolve(state, result.resolve) : unexpected(state, result);
    case 'checking':
      return result.of === 'survey' ? afterCheck(state, result.findings) : unexpected(state, result);
    case 'cleaning':
      return result.of === 'cleanUp'
        ? { ...carriedOf(state), at: 'ended', outcome: state.outcome }
        : unexpected(state, result);
    case 'ended':
      return unexpected(state, result);
  }
}

/** Before the decision that is a failure; after it, only a person may say what it comes to. */
function afterBroken(state: LandingState, why: string): LandingState {
  if (!isDecided(state)) return fail(state, { kind: 'refused', sentences: [why] });
  if (!('vector' in state)) return backToOperator(state, why);
  return { ...carriedOf(state), at: 'operator', vector: whole(state), reason: why, findings: [] };
}

function unexpected(state: LandingState, result: StepResult): never {
  throw new Error(`a step's result does not fit the state: expected one for '${state.at}', found '${result.of}'`);
}

/** A skip or stop of an undecided changeset; a skip wins, for it leaves a status. */
function obey(state: LandingState, orders: Orders): LandingState | undefined {
  if (orders.skip) {
    return { ...carriedOf(state), at: 'cleaning', outcome: { kind: 'skipped', ...orders.skip } };
  }
  return orders.stop === undefined ? undefined : stop(state, orders.stop);
}

function afterPrepare(changeset: Pick<Changeset, 'approval'>, state: In<'pinning'>, prepared: Prepared): LandingState {
  switch (prepared.kind) {
    case 'failed':
      return state.finishing ? backToOperator(state, prepared.reason.kind) : fail(state, prepared.reason);
    case 'nothing':
      return state.finishing
        ? { ...carriedOf(state), at: 'verifying', vector: state.finishing.halted, expect: { all: 'stand' } }
        : {
            ...carriedOf(state),
            at: 'cleaning',
            outcome: { kind: 'landed', members: prepared.vector.members, nothingToLand: true },
          };
    case 'halfLanded':
      return {
        ...carriedOf(state),
        at: 'operator',
        vector: prepared.vector,
        reason: 'an earlier landing of this changeset stands on some of its repositories only',
        findings: prepared.findings,
      };
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

function afterTest(
  changeset: Pick<Changeset, 'approval'>,
  state: In<'testing'>,
  tested: Extract<StepResult, { of: 'test' }>['tested'],
): LandingState {
  if (tested.kind === 'passed') {
    return afterGreen(changeset, { ...carriedOf(state), green: state.vector }, state.vector);
  }
  if (state.finishing) return backToOperator(state, 'the tests of the landed members with the missing ones failed');
  return fail(state, { kind: 'tests', result: tested.failure });
}

function afterGreen(changeset: Pick<Changeset, 'approval'>, carried: Carried, vector: Vector): LandingState {
  const waits = changeset.approval === 'required' && carried.approval === undefined && carried.finishing === undefined;
  return { ...carriedOf(carried), at: waits ? 'approving' : 'staging', vector };
}

function afterApproval(
  state: In<'approving'>,
  answer: Extract<StepResult, { of: 'awaitApproval' }>['answer'],
): LandingState {
  if (answer === 'timedOut') {
    return {
      ...carriedOf(state),
      at: 'cleaning',
      outcome: { kind: 'skipped', by: 'lockstep', reason: 'nobody approved it in the time allowed' },
    };
  }
  return { ...carriedOf(state), at: 'staging', vector: state.vector, approval: answer };
}

function afterStage(state: In<'staging'>, staged: Extract<StepResult, { of: 'stage' }>['staged']): LandingState {
  if (staged.kind === 'refused') {
    if (state.finishing) return backToOperator(state, staged.sentences.join(' '));
    return fail(state, { kind: 'refused', sentences: staged.sentences });
  }
  // Who finishes a half landing has held the grant all along.
  return { ...carriedOf(state), at: state.finishing ? 'rechecking' : 'granting', vector: state.vector };
}

function afterRecheck(state: In<'rechecking'>, recheck: Recheck): LandingState {
  switch (recheck.kind) {
    case 'clean':
      return { ...carriedOf(state), at: 'landing', vector: state.vector, landed: [] };
    case 'moved':
      return again(state, { what: recheck.what, own: recheck.own });
    case 'stopped':
      return state.finishing ? backToOperator(state, `the pull request was ${recheck.why}`) : stop(state, recheck.why);
    case 'refused':
      if (state.finishing) return backToOperator(state, recheck.sentences.join(' '));
      return fail(state, { kind: 'refused', sentences: recheck.sentences });
  }
}

/** Nothing has happened: back to pinning, unless the outside moved too often. */
function again(state: LandingState & { vector: Vector }, move: { what: string; own: boolean }): LandingState {
  const moves = state.moves + (move.own ? 0 : 1);
  const carried: Carried = { ...carriedOf(state), round: state.round + 1, moves };
  if (moves <= MOVES_ALLOWED) return { ...carried, at: 'pinning' };
  if (state.finishing) return backToOperator({ ...carried, vector: state.vector }, `${move.what}, ${moves} times`);
  return fail(carried, { kind: 'moved', times: moves, last: move.what });
}

function afterPush(state: In<'landing'>, result: { repository: string; pushed: Pushed }): LandingState {
  const { repository, pushed } = result;
  switch (pushed.kind) {
    case 'landed': {
      const landed = [...state.landed, repository];
      const all = toLand(state.vector).every((member) => landed.includes(member.repository));
      if (!all) return { ...carriedOf(state), at: 'landing', vector: state.vector, landed };
      return { ...carriedOf(state), at: 'verifying', vector: whole(state), expect: { all: 'stand' } };
    }
    case 'rejected':
    case 'refused': {
      const what =
        pushed.kind === 'rejected'
          ? `main of ${repository} became ${pushed.found.slice(0, 7)} just before the landing`
          : `${repository} refused the landing: ${pushed.message}`;
      // The decision is void: the fences are released, and late commands are looked at again.
      if (state.landed.length === 0) return again(state, { what, own: false });
      if (state.finishing) return backToOperator(state, what);
      return { ...carriedOf(state), at: 'surveying', vector: state.vector, reason: what };
    }
    case 'unreadable':
      return {
        ...carriedOf(state),
        at: 'operator',
        vector: whole(state),
        reason: `${repository} cannot be read: ${pushed.message}`,
        findings: [],
      };
  }
}

/** PROTOCOL 8: every member is read before the first revert. */
function compensate(
  state: LandingState & { vector: Vector },
  known: { reason: string; findings: Finding[] },
): LandingState {
  const { reason, findings } = known;
  const unreadable = findings.find((finding) => finding.standing === 'unreadable');
  if (unreadable) {
    const why = `${unreadable.repository} cannot be read, so that nothing can be said about the landing there (${reason})`;
    return { ...carriedOf(state), at: 'operator', vector: state.vector, reason: why, findings };
  }
  const standing = findings.filter((finding) => finding.standing === 'stands').map((finding) => finding.repository);
  const { vector } = state;
  if (standing.length === findings.length)
    return { ...carriedOf(state), at: 'verifying', vector, expect: { all: 'stand' } };
  if (standing.length === 0) {
    return { ...carriedOf(state), at: 'verifying', vector, expect: { all: 'gone', reason, reverted: [] } };
  }
  return { ...carriedOf(state), at: 'compensating', vector, reason, toRevert: standing, reverted: [] };
}

function afterRevert(state: In<'compensating'>, result: { repository: string; reverted: Reverted }): LandingState {
  const { vector, reason } = state;
  if (result.reverted.kind === 'impossible') {
    const why = `${result.repository} could not be reverted: ${result.reverted.message} (${reason})`;
    return { ...carriedOf(state), at: 'operator', vector, reason: why, findings: [] };
  }
  const toRevert = state.toRevert.filter((repository) => repository !== result.repository);
  const done: Tip[] =
    result.reverted.kind === 'reverted' ? [{ repository: result.repository, commit: result.reverted.commit }] : [];
  const reverted = [...state.reverted, ...done];
  if (toRevert.length > 0) return { ...carriedOf(state), at: 'compensating', vector, reason, toRevert, reverted };
  return { ...carriedOf(state), at: 'verifying', vector, expect: { all: 'gone', reason, reverted } };
}

/** PROTOCOL 9: nothing is said before it was seen. */
function afterVerify(state: In<'verifying'>, findings: Finding[]): LandingState {
  const { vector, expect } = state;
  const seen = expect.all === 'stand' ? allStand(findings) : noneStands(findings);
  if (!seen) {
    const reason =
      expect.all === 'stand'
        ? 'after the landing not every repository has its commit on main'
        : `after the reverts not every main is free of this changeset (${expect.reason})`;
    return { ...carriedOf(state), at: 'operator', vector, reason, findings };
  }
  return settle(
    state,
    expect.all === 'stand' ? { landed: vector } : { reason: expect.reason, reverted: expect.reverted },
  );
}

function settle(state: LandingState, end: { landed: Vector } | { reason: string; reverted: Tip[] }): LandingState {
  const outcome =
    'landed' in end
      ? ({ kind: 'landed', members: end.landed.members } as const)
      : ({ kind: 'rolledBack', reason: end.reason, reverted: end.reverted } as const);
  return { ...carriedOf(state), at: 'cleaning', outcome };
}

function afterResolve(state: In<'operator'>, resolve: { action: ResolveAction; by: string }): LandingState {
  const { vector, reason, findings } = state;
  switch (resolve.action) {
    case 'check':
      return { ...carriedOf(state), at: 'checking', vector, by: resolve.by, reason, findings };
    case 'undo':
      return { ...carriedOf(state), at: 'surveying', vector, reason: `${resolve.by} asked for it to be undone` };
    case 'finish': {
      const halted = state.finishing?.halted ?? vector;
      return {
        ...carriedOf(state),
        at: 'pinning',
        round: state.round + 1,
        finishing: { by: resolve.by, halted, findings },
      };
    }
  }
}

/** What a person says was repaired is accepted only as far as it is seen. */
function afterCheck(state: In<'checking'>, findings: Finding[]): LandingState {
  if (allStand(findings)) return settle(state, { landed: state.vector });
  if (noneStands(findings)) {
    return settle(state, { reason: `${state.by} undid it by hand: ${state.reason}`, reverted: [] });
  }
  return { ...carriedOf(state), at: 'operator', vector: state.vector, reason: state.reason, findings };
}

/** A finish that could not go on is an open half landing again. */
function backToOperator(state: Carried & { vector?: Vector }, why: string): LandingState {
  const { finishing, ...rest } = carriedOf(state);
  if (finishing === undefined) throw new Error('no half landing is being finished');
  return {
    ...rest,
    at: 'operator',
    vector: whole(state) ?? finishing.halted,
    reason: `finishing did not succeed: ${why}`,
    findings: finishing.findings,
  };
}

/**
 * The vector with every member that this changeset ever landed: while a half landing is being finished, the members that
 * stood already count as merged for pushing, but not for verifying and undoing.
 */
function whole(state: Carried & { vector: Vector }): Vector;
function whole(state: Carried & { vector?: Vector }): Vector | undefined;
function whole(state: Carried & { vector?: Vector }): Vector | undefined {
  const { vector, finishing } = state;
  if (vector === undefined || finishing === undefined) return vector;
  const mergedBefore = new Set(finishing.halted.members.filter((m) => m.alreadyMerged).map((m) => m.repository));
  const members = vector.members.map((m) => ({ ...m, alreadyMerged: mergedBefore.has(m.repository) }));
  return { ...vector, members };
}

function allStand(findings: Finding[]): boolean {
  return findings.length > 0 && findings.every((finding) => finding.standing === 'stands');
}

function noneStands(findings: Finding[]): boolean {
  return findings.every((finding) => finding.standing === 'absent' || finding.standing === 'reverted');
}
