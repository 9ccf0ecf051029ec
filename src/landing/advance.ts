/**
 * The landing protocol as decisions: a state, what came of its step, and the orders known at this activation give the
 * next state. PROTOCOL.md numbers the steps; *(model)* there marks sentences that a search proved necessary. Here is who
 * decides what; `beforeDecision` and `afterDecision` hold the decisions.
 */
import type { Changeset } from '../changeset.ts';
import {
  afterCheck,
  afterLook,
  afterPush,
  afterResolve,
  afterRevert,
  afterSurvey,
  afterTurn,
  afterVerify,
} from './afterDecision.ts';
import { afterApproval, afterNothing, afterPrepare, afterRecheck, afterStage, afterTest } from './beforeDecision.ts';
import { askOperator, halt } from './halfLanding.ts';
import { carriedOf, fail, isDecided, type LandingState, stop } from './state.ts';
import type { Orders, StepResult } from './steps.ts';

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
  return afterResult(changeset, state, result);
}

/** A skip or stop of an undecided changeset; a skip wins, for it leaves a status. */
function obey(state: LandingState, orders: Orders): LandingState | undefined {
  if (orders.skip) {
    return { ...carriedOf(state), at: 'cleaning', outcome: { kind: 'skipped', ...orders.skip } };
  }
  return orders.stop === undefined ? undefined : stop(state, orders.stop);
}

/** Before the decision that is a failure; after it, only a person may say what it comes to. */
function afterBroken(state: LandingState, why: string): LandingState {
  // What it came to is known: leftovers are the janitor's.
  if (state.at === 'cleaning' || state.at === 'ended')
    return { ...carriedOf(state), at: 'ended', outcome: state.outcome };
  if (!isDecided(state)) return fail(state, { kind: 'refused', sentences: [why] });
  // Nothing is known yet: it looks again.
  if (state.at === 'looking') return state;
  // What stands cannot be told, and is asked without.
  if (state.at === 'halting') return askOperator(state, { ...state, findings: [] });
  return halt(state, why);
}

function afterResult(
  changeset: Pick<Changeset, 'approval'>,
  state: LandingState,
  result: Exclude<StepResult, { of: 'interrupted' | 'broken' }>,
): LandingState {
  switch (state.at) {
    case 'looking':
      return result.of === 'look' ? afterLook(state, result.looked) : unexpected(state, result);
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
      if (result.of === 'prepare') return afterNothing(changeset, state, result.prepared);
      return result.of === 'recheck' ? afterRecheck(state, result.recheck) : unexpected(state, result);
    case 'landing':
      return result.of === 'push' ? afterPush(state, result) : unexpected(state, result);
    case 'surveying':
      return result.of === 'survey' ? afterSurvey(state, result.findings) : unexpected(state, result);
    case 'compensating':
      return result.of === 'revert' ? afterRevert(state, result) : unexpected(state, result);
    case 'verifying':
      return result.of === 'verify' ? afterVerify(state, result.findings) : unexpected(state, result);
    case 'halting':
      return result.of === 'survey'
        ? askOperator(state, { ...state, findings: result.findings })
        : unexpected(state, result);
    case 'operator':
      return result.of === 'awaitOperator' ? afterResolve(state, result.resolve) : unexpected(state, result);
    case 'resolving':
      return result.of === 'awaitTurn' ? afterTurn(state) : unexpected(state, result);
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

function unexpected(state: LandingState, result: StepResult): never {
  throw new Error(`a step's result does not fit the state: expected one for '${state.at}', found '${result.of}'`);
}
