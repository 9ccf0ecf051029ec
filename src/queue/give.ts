/** What the queue gives: the slot to one pipeline, and grants to landings that nothing stands in the way of. */

import { collide, landingName } from './fence.ts';
import type { QueueEffect, QueueMessage, Reduced } from './reduce.ts';
import {
  type Entry,
  fencedBy,
  fencesFor,
  type Grant,
  type QueueState,
  slotOrder,
  updateEntry,
  updateGrants,
} from './state.ts';

/** One holder at a time. A paused queue takes entries but lets nobody new begin. */
export function giveSlot(state: QueueState): Reduced {
  if (state.slot !== undefined || state.paused !== undefined) return { state, effects: [] };
  const next = slotOrder(asFencesAllow(state))[0];
  if (next === undefined) return { state, effects: [] };
  const { pullRequest } = next;
  const given = updateEntry(state, pullRequest, ({ fenced: _, ...entry }) => entry);
  return {
    state: { ...given, slot: pullRequest },
    effects: [{ do: 'tellPipeline', pullRequest, message: { kind: 'slot', fences: fencesFor(state, pullRequest) } }],
  };
}

/** What was kept by a fence alone and could go on asks for the slot again on behalf of its pipeline, which gave it back. */
function asFencesAllow(state: QueueState): QueueState {
  const canGoOn = ({ pullRequest, fenced = [] }: Entry) => {
    const landings = state.grants.filter((grant) => grant.pullRequest === pullRequest && grant.state === 'asked');
    if (landings.some((grant) => fencedBy(state, grant) === undefined)) return true;
    const fences = fencesFor(state, pullRequest);
    return fenced.some((reach) => !fences.some((fence) => collide(fence, reach)));
  };
  const entries = state.entries.map((entry) =>
    entry.wants === undefined && canGoOn(entry) ? { ...entry, wants: 'again' as const } : entry,
  );
  return { ...state, entries };
}

/** The holder of the slot learns that fences in its way were taken or fell. */
export function tellFences(before: QueueState, after: QueueState): QueueEffect[] {
  const { slot } = after;
  if (slot === undefined || before.slot !== slot) return [];
  const fences = fencesFor(after, slot);
  const same = JSON.stringify(fencesFor(before, slot)) === JSON.stringify(fences);
  return same ? [] : [{ do: 'tellPipeline', pullRequest: slot, message: { kind: 'fences', fences } }];
}

/** A halted landing goes on, also while the queue is paused: it began before, and this is its end. */
export function giveTurns(state: QueueState): Reduced {
  return give(state, 'decided', (current, grant) => grant.state === 'resolving' && !fencedBy(current, grant));
}

/** Granting takes the fences, in the same step that saw them free, and before the recheck (model). */
export function giveGrants(state: QueueState): Reduced {
  const isFree = (current: QueueState, grant: Grant) =>
    grant.state === 'asked' && mayBegin(current, grant.pullRequest) && !fencedBy(current, grant);
  return give(state, 'granted', isFree);
}

/** One after another, so that each sees what was given to those before it. */
function give(state: QueueState, as: Grant['state'], isFree: (current: QueueState, grant: Grant) => boolean): Reduced {
  let current = state;
  const effects: QueueEffect[] = [];
  for (const grant of state.grants) {
    if (!isFree(current, grant)) continue;
    current = updateGrants(current, (other) => other === grant, as);
    effects.push({ do: 'tellChangeset', changeset: grant.changeset, message: { kind: 'granted' } });
  }
  return { state: current, effects };
}

function mayBegin(state: QueueState, pullRequest: number): boolean {
  const leaves = state.entries.some((entry) => entry.pullRequest === pullRequest && entry.leaves);
  return state.paused === undefined && state.slot === pullRequest && !leaves;
}

/** Why what was asked for just now has to wait. */
export function explainWait(state: QueueState, message: QueueMessage): QueueEffect[] {
  if (message.kind !== 'wantGrant' && message.kind !== 'wantTurn') return [];
  return state.grants
    .filter(
      (grant) => grant.changeset === message.changeset && (grant.state === 'asked' || grant.state === 'resolving'),
    )
    .map((grant) => ({
      do: 'tellChangeset',
      changeset: grant.changeset,
      message: { kind: 'waits', why: whyNotGranted(state, grant) },
    }));
}

export function whyNotGranted(state: QueueState, grant: Grant): string {
  const fence = fencedBy(state, grant);
  if (fence) {
    const shared = grant.repositories.filter((name) => fence.repositories.includes(name)).join(', ');
    return `until the landing of ${landingName(fence.changeset)} in ${shared || fence.repositories.join(', ')} is settled`;
  }
  if (state.paused) return `because ${state.paused.by} paused the queue: ${state.paused.reason}`;
  if (state.slot === grant.pullRequest || state.slot === undefined) return 'for its pull request to leave the queue';
  return `until pull request #${state.slot} has given the slot back`;
}
