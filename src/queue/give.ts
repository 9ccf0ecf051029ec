/** What the queue gives: the slot to one pipeline, and grants to landings that nothing stands in the way of. */
import type { QueueEffect, QueueMessage, Reduced } from './reduce.ts';
import { fencedBy, type Grant, type QueueState, slotOrder, updateGrants } from './state.ts';

/** One holder at a time. A paused queue takes entries but lets nobody new begin. */
export function giveSlot(state: QueueState): Reduced {
  if (state.slot !== undefined || state.paused !== undefined) return { state, effects: [] };
  const next = slotOrder(asLandingsWant(state))[0];
  if (next === undefined) return { state, effects: [] };
  const entries = state.entries.map((entry) =>
    entry.pullRequest === next.pullRequest ? { ...entry, wants: entry.wants ?? ('again' as const) } : entry,
  );
  return {
    state: { ...state, entries, slot: next.pullRequest },
    effects: [{ do: 'tellPipeline', pullRequest: next.pullRequest, message: { kind: 'slot' } }],
  };
}

/** A landing that could be granted asks for the slot on behalf of its pipeline, which gave it back while it waited. */
function asLandingsWant(state: QueueState): QueueState {
  const ready = new Set(
    state.grants
      .filter((grant) => grant.state === 'asked' && fencedBy(state, grant) === undefined)
      .map((grant) => grant.pullRequest),
  );
  const entries = state.entries.map((entry) =>
    entry.wants === undefined && ready.has(entry.pullRequest) ? { ...entry, wants: 'again' as const } : entry,
  );
  return { ...state, entries };
}

/** Granting takes the fences, in the same step that saw them free, and before the recheck (model). */
export function giveGrants(state: QueueState): Reduced {
  let current = state;
  const effects: QueueEffect[] = [];
  for (const grant of state.grants) {
    if (grant.state !== 'asked' || !mayBegin(current, grant.pullRequest) || fencedBy(current, grant) !== undefined)
      continue;
    current = updateGrants(current, (other) => other === grant, 'granted');
    effects.push({ do: 'tellChangeset', changeset: grant.changeset, message: { kind: 'granted' } });
  }
  return { state: current, effects };
}

function mayBegin(state: QueueState, pullRequest: number): boolean {
  const leaves = state.entries.some((entry) => entry.pullRequest === pullRequest && entry.leaves);
  return state.paused === undefined && state.slot === pullRequest && !leaves;
}

/** Why a landing that was asked for just now has to wait. */
export function explainWait(state: QueueState, message: QueueMessage): QueueEffect[] {
  if (message.kind !== 'wantGrant') return [];
  const grant = state.grants.find(({ changeset }) => changeset === message.changeset);
  if (grant === undefined || grant.state !== 'asked') return [];
  return [
    { do: 'tellChangeset', changeset: grant.changeset, message: { kind: 'waits', why: whyNotGranted(state, grant) } },
  ];
}

export function whyNotGranted(state: QueueState, grant: Grant): string {
  const fence = fencedBy(state, grant);
  if (fence) {
    const shared = grant.repositories.filter((name) => fence.repositories.includes(name)).join(', ');
    return `until ${fence.changeset} has landed in ${shared || 'its repositories'}`;
  }
  if (state.paused) return `because ${state.paused.by} paused the queue: ${state.paused.reason}`;
  if (state.slot === grant.pullRequest || state.slot === undefined) return 'for its pull request to leave the queue';
  return `until pull request #${state.slot} has given the slot back`;
}
