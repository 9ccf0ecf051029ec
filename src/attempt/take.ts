/**
 * What changes an attempt: commands of people, words of the queue and the pipeline, and what its own body comes to. A
 * command is taken or refused with a sentence; both the queue and the pipeline are told what concerns them, and no more.
 */
import type { Vector } from '../changeset.ts';
import { type Reply, type ReplyTo, replyWith } from '../commands/reply.ts';
import { judgeApproval } from '../landing/approval.ts';
import { type Approval, headsOf, holdsGrant, isDecided, type LandingState, sameHeads } from '../landing/state.ts';
import type { Orders } from '../landing/steps.ts';
import type { ChangesetOrder, ProgressMessage } from '../pipeline/take.ts';
import type { GrantAnswer, QueueMessage } from '../queue/reduce.ts';
import { TOLD_BY } from '../queue/state.ts';
import type { Told } from '../report/picture.ts';
import {
  answersEarlierCall,
  noApprovalNow,
  notFirst,
  refusedApproval,
  refusedResolve,
  refusedSkip,
} from '../report/refusals.ts';
import {
  type Approve,
  type Attempt,
  type AttemptOf,
  headsNow,
  holding,
  newAttempt,
  phaseNow,
  type Reaching,
  type Resolve,
  reachingIn,
} from './state.ts';

export type AttemptEffect =
  | { do: 'tellQueue'; message: QueueMessage }
  | { do: 'tellPipeline'; message: ProgressMessage }
  /** What Temporal's own pages show of it changed. */
  | { do: 'show' }
  | { do: 'reply'; workflowId: string; reply: Reply };

export interface Taken {
  state: Attempt;
  effects: AttemptEffect[];
  /** Why a command of people is not followed. */
  refused?: string;
}

const REFUSALS_KEPT = 10;

/** Its first words. `skip`: told to the run before it, which was ended by hand. */
export function begin(of: AttemptOf, skip?: Orders['skip']): Taken {
  const told = tellPipeline({ ...newAttempt(of), orders: { ...(skip && { skip }) } }, { begins: true });
  if (of.stray === undefined) return told;
  // What the run before had decided may be under way still: the fences are taken before it looks.
  return { ...told, effects: [toQueue('seize', reachingIn(of, of.stray.members)), ...told.effects] };
}

// ------------------------------------------------------------------------------------------------------------- people

export function refuse(state: Attempt, why: string): Taken {
  const refused = [...state.refused, why].slice(-REFUSALS_KEPT);
  return { ...tellPipeline({ ...state, refused }, { refused: why }), refused: why };
}

/** A command is taken or refused at once, and who waits for its answer is told. */
export function replied(taken: Taken, replyTo: ReplyTo | undefined): Taken {
  if (replyTo === undefined) return taken;
  const { refused } = taken;
  const reply = replyWith(replyTo, refused === undefined ? {} : { refused });
  return { ...taken, effects: [...taken.effects, { do: 'reply', ...reply }] };
}

export function takeSkip(state: Attempt, skip: { by: string; reason: string }): Taken {
  // Recorded all the same: a decision that turns out to be void is followed by another look at it (PROTOCOL 7).
  const taken = { ...state, orders: { ...state.orders, skip: state.orders.skip ?? skip } };
  return isDecided(state.landing) ? refuse(taken, refusedSkip(state, skip.by)) : quietly(taken);
}

/**
 * It is judged as it comes, by what was shown by then: the word that the comment is written may follow before anybody looks
 * at either (model).
 */
export function takeApprove(state: Attempt, { by, commits, writtenAt }: Approve): Taken {
  const { landing, shown, shownAt, approvals } = state;
  if (landing.at !== 'approving') return refuse(state, noApprovalNow(landing, by));
  const judged = judgeApproval({
    commits,
    heads: headsNow(state),
    ...(shown && { shown }),
    ...(shownAt !== undefined && { shownAt }),
    ...(writtenAt !== undefined && { writtenAt }),
  });
  if (judged.kind === 'refused') return refuse(state, refusedApproval(by, judged.why));
  return quietly({ ...state, approvals: [...approvals, { by, heads: judged.heads }] });
}

export function takeResolve(state: Attempt, resolve: Resolve): Taken {
  const { landing, calls, resolves } = state;
  const [first] = resolves;
  if (landing.at !== 'operator') return refuse(state, refusedResolve(state, resolve.by));
  if (resolve.call !== undefined && resolve.call !== calls) return refuse(state, answersEarlierCall(resolve.by));
  if (first !== undefined) return refuse(state, notFirst(resolve.by, first.by));
  return quietly({ ...state, resolves: [resolve] });
}

/** The first approval that counts, where there is one. */
export function pickApproval(state: Attempt): Taken & { approval?: Approval } {
  const [approval, ...approvals] = state.approvals;
  return approval === undefined ? quietly(state) : { ...quietly({ ...state, approvals }), approval };
}

export function pickResolve(state: Attempt): Taken & { resolve?: Resolve } {
  const [resolve] = state.resolves;
  return resolve === undefined ? quietly(state) : { ...quietly({ ...state, resolves: [] }), resolve };
}

// ---------------------------------------------------------------------------------------------- queue and pipeline

export function takeGrant(state: Attempt, answer: GrantAnswer): Taken {
  switch (answer.kind) {
    case 'granted':
      return quietly({ ...state, granted: true });
    case 'recall':
      // Before what is asked for now was granted it is meant for the grant before.
      if (state.landing.at === 'granting' && !state.granted) return quietly(state);
      return quietly({ ...state, orders: { ...state.orders, recall: true } });
    case 'tell':
      return { state, effects: [{ do: 'tellQueue', message: holdingMessage(state) }] };
    case 'waits': {
      const next = { ...state, waits: { ...state.waits, why: answer.why } };
      const waits = state.landing.at === 'granting' || state.landing.at === 'resolving';
      return waits && state.waits.why !== answer.why ? tellPipeline(next) : quietly(next);
    }
  }
}

function holdingMessage(state: Attempt): QueueMessage {
  const held = holding(state);
  if (held === undefined) return { kind: 'releaseGrant', changeset: reachingIn(state.of, []).changeset };
  const { holds, ...reaching } = held;
  return { kind: TOLD_BY[holds], ...reaching };
}

export function takeOrder(state: Attempt, order: ChangesetOrder): Taken {
  switch (order.kind) {
    case 'skip':
      return takeSkip(state, { by: order.by, reason: order.reason });
    case 'stop':
      return quietly({ ...state, orders: { ...state.orders, stop: state.orders.stop ?? order.why } });
    case 'go':
      return quietly({ ...state, slot: true });
    case 'tell':
      return tellPipeline(state, waitsForSlot(state) ? { wantsSlot: true } : {});
    case 'shown':
      return quietly(takeShown(state, order));
  }
}

/** The same heads may be written again: people could see them since the first time. */
function takeShown(state: Attempt, { heads, at }: Extract<ChangesetOrder, { kind: 'shown' }>): Attempt {
  const { shownAt: before, ...rest } = state;
  const shownAt = state.shown !== undefined && sameHeads(state.shown, heads) ? (before ?? at) : at;
  return { ...rest, shown: heads, ...(shownAt !== undefined && { shownAt }) };
}

/** Where nothing but the slot keeps it from testing. */
function waitsForSlot({ slot, landing }: Attempt): boolean {
  return !slot && (landing.at === 'pinning' || landing.at === 'testing');
}

// ------------------------------------------------------------------------------------------------------- its own body

/** Asks the queue to land. What was granted or recalled before is not meant. */
export function askGrant(state: Attempt, vector: Vector): Taken {
  const { recall: _, ...orders } = state.orders;
  const effects = [toQueue('wantGrant', reachingIn(state.of, vector.members))];
  return { state: { ...state, granted: false, orders }, effects };
}

/** It waits for the queue no more. Who was granted a landing has the slot. */
export function stopAsking(state: Attempt): Taken {
  const has = state.granted && !state.orders.recall;
  return quietly({ ...state, waits: {}, slot: has || state.slot });
}

/** Approvals that came before are void: they were not meant for these heads. */
export function awaitApproval(state: Attempt): Taken {
  return quietly({ ...state, approvals: [], slot: false });
}

export function wantSlot(state: Attempt): Taken {
  return state.slot ? quietly(state) : tellPipeline(state, { wantsSlot: true });
}

/** `at`: ISO 8601. */
export function startTests(state: Attempt, at: string): Taken {
  return tellPipeline({ ...state, tests: { startedAt: at } });
}

export function takeTests(state: Attempt, ended: NonNullable<NonNullable<Attempt['tests']>['ended']>): Taken {
  return quietly({ ...state, ...(state.tests && { tests: { ...state.tests, ended } }) });
}

/** `since`: ISO 8601. The slot may be others' meanwhile. */
export function waitForGitHub(state: Attempt, since: string): Taken {
  return tellPipeline({ ...state, waits: { since }, slot: false });
}

/** Its turn has come, or GitHub answers. */
export function waitNoMore(state: Attempt): Taken {
  return quietly({ ...state, waits: {} });
}

/** The landing went from one state to the next. */
export function takeMove(state: Attempt, to: LandingState): Taken {
  const { landing: from, shown, shownAt, ...rest } = state;
  const asks = to.at === 'operator' && from.at !== 'operator';
  const moved: Attempt = {
    ...rest,
    landing: to,
    calls: state.calls + (asks ? 1 : 0),
    granted: state.granted && !asksAnew(to),
  };
  const stillShown = shown !== undefined && (!('vector' in to) || sameHeads(shown, headsOf(to.vector)));
  const next: Attempt = stillShown ? { ...moved, shown, ...(shownAt !== undefined && { shownAt }) } : moved;
  const toldQueue = ofFences(state, to);
  // The tests tell of themselves when they start, and the queue says whether a turn has to be waited for.
  if (to.at === 'cleaning' || to.at === 'testing' || to.at === 'resolving') return { state: next, effects: toldQueue };
  const told = tellPipelineOfMove(next);
  return { ...told, effects: [...toldQueue, ...told.effects] };
}

/** What was granted before is not meant for it. */
function asksAnew({ at }: LandingState): boolean {
  return at === 'operator' || at === 'resolving';
}

/** What of a move concerns the queue. */
function ofFences({ of, landing: from }: Attempt, to: LandingState): AttemptEffect[] {
  const { changeset } = reachingIn(of, []);
  if (to.at === 'landing' && from.at === 'rechecking')
    return [{ do: 'tellQueue', message: { kind: 'decided', changeset } }];
  // Whatever others hold: what stands there is fenced.
  if (to.at === 'operator' && from.at !== 'checking') return [toQueue('seize', reachingIn(of, to.vector.members))];
  if (to.at === 'resolving') return [toQueue('wantTurn', reachingIn(of, to.vector.members))];
  const asked = from.at === 'granting' || holdsGrant(from);
  const gives = asked && to.at !== 'granting' && !holdsGrant(to);
  return gives ? [{ do: 'tellQueue', message: { kind: 'releaseGrant', changeset } }] : [];
}

/**
 * Every signal is five events of history and a piece of the pipeline's. Left out is what the pipeline learns anyway: an end
 * comes as the result, and how many of a landing's pushes are done is told when one of them keeps people waiting.
 */
function tellPipelineOfMove(state: Attempt): Taken {
  const { told, tests } = state;
  const now = phaseNow(state);
  const heads = headsNow(state);
  const waits = [now, told?.phase].some((one) => one !== undefined && ('why' in one || 'since' in one));
  const known = told?.tests === tests && (heads.length === 0 || sameHeads(told?.heads ?? [], heads));
  if (known && (now.at === 'ended' || (now.at === told?.phase.at && !waits))) {
    return { state, effects: [{ do: 'show' }] };
  }
  return tellPipeline(state);
}

function tellPipeline(state: Attempt, extra: Omit<ProgressMessage, keyof Told> & Pick<Told, 'refused'> = {}): Taken {
  const { of, tests } = state;
  const told = { name: of.id.name, phase: phaseNow(state), heads: headsNow(state), ...(tests && { tests }) };
  return { state: { ...state, told }, effects: [{ do: 'tellPipeline', message: { ...told, ...extra } }] };
}

function toQueue(kind: 'wantGrant' | 'seize' | 'wantTurn', reaching: Reaching): AttemptEffect {
  return { do: 'tellQueue', message: { kind, ...reaching } };
}

function quietly(state: Attempt): Taken {
  return { state, effects: [] };
}
