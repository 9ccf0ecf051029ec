/** Attempts, decisions, green tests: from Temporal's histories, each claim held against somebody else's witness. */
import type { Merged, PlanRead, RecheckRequest } from '../../activities/types.ts';
import type { Attempt, Green, Happened, Look, MainUpdate, Manifest } from '../../invariants/happened.ts';
import { type ChangesetId, type Commit, changesetLabel, type Outcome, type Vector } from '../../src/changeset.ts';
import type { Finding } from '../../src/landing/state.ts';
import type { PlannedChangeset } from '../../src/plan/plan.ts';
import type { Activity, Recorded } from './histories.ts';

interface Input {
  id: ChangesetId;
  changeset: PlannedChangeset;
  interference: 'repositories' | 'all';
  manifestHead: Commit;
}

export function changesetsIn(histories: Recorded[]): { id: ChangesetId; recorded: Recorded }[] {
  return histories
    .filter(({ type }) => type === 'changeset')
    .map((recorded) => ({ id: (recorded.input as Input).id, recorded }));
}

export type ManifestAt = (pullRequest: number, head: Commit) => Manifest;

export function attemptsIn(
  histories: Recorded[],
  { mains, manifestAt }: { mains: MainUpdate[]; manifestAt: ManifestAt },
): Attempt[] {
  return changesetsIn(histories).map(({ id, recorded }) => {
    const { changeset, interference, manifestHead } = recorded.input as Input;
    const settled = settledIn(recorded, mains);
    return {
      changeset: changesetLabel(id),
      attempt: recorded.runId,
      approval: changeset.approval,
      exclusive: interference === 'all',
      manifest: manifestAt(id.pullRequest, manifestHead),
      decided: decisionsIn(recorded, manifestAt),
      ...(settled && { settled }),
    };
  });
}

/** The event that schedules a first push is the decision; its further pushes follow the same last look. */
function decisionsIn({ activities }: Recorded, manifestAt: ManifestAt): Attempt['decided'] {
  const decided: Attempt['decided'] = [];
  let last: { vector: Vector; look: Look } | undefined;
  for (const { type, scheduledAt: at, input, completed } of activities) {
    if (type === 'recheck' && completed !== undefined) {
      const { id, vector, manifestHead, finishing } = input as RecheckRequest;
      const manifest = manifestAt(id.pullRequest, manifestHead);
      last = { vector, look: { since: completed.startedAt, finishing: finishing === true, manifest } };
    }
    if (type === 'land' && last !== undefined && decided.at(-1)?.look !== last.look) decided.push({ at, ...last });
  }
  return decided;
}

/** Manifests' pull requests that Lockstep said to have merged, at the heads that it had read. */
export function mergesIn(histories: Recorded[], manifestAt: ManifestAt): NonNullable<Happened['merges']> {
  const read = new Map<number, Commit>();
  return histories
    .flatMap(({ activities }) => activities)
    .flatMap(({ type, input, completed }) => (completed === undefined ? [] : [{ type, input, ...completed }]))
    .toSorted((one, other) => one.at - other.at)
    .flatMap(({ type, input, at, result }) => {
      const { pullRequest } = (input ?? {}) as { pullRequest: number };
      const plan = result as PlanRead | undefined;
      if (type === 'readPlan' && plan?.kind === 'ready') read.set(pullRequest, plan.plan.head);
      if (type !== 'mergeManifest' || (result as Merged).kind !== 'merged') return [];
      return [{ at, manifest: manifestAt(pullRequest, read.get(pullRequest) ?? '') }];
    });
}

function settledIn({ completed, activities }: Recorded, mains: MainUpdate[]): Attempt['settled'] {
  if (completed === undefined) return undefined;
  const look = activities.findLast(({ type, completed: done }) => type === 'survey' && done !== undefined);
  return { at: completed.at, outcome: completed.result as Outcome, looked: look ? lookedAt(look, mains) : [] };
}

/** The forge notes a move a moment after git has made it. */
const SLACK_MS = 2_000;

/** A tip counts as looked at only when the forge's record has it on that `main` while the look was made. */
function lookedAt({ completed }: Activity, mains: MainUpdate[]) {
  if (completed === undefined) return [];
  return (completed.result as Finding[]).flatMap(({ repository, tip }) => {
    const updates = mains.filter((update) => update.repository === repository);
    const wasThere = updates.some((update, i) => {
      const until = updates[i + 1]?.at ?? Number.POSITIVE_INFINITY;
      return update.new === tip && update.at - SLACK_MS <= completed.at && until + SLACK_MS >= completed.startedAt;
    });
    return tip !== undefined && wasThere ? [{ repository, tip }] : [];
  });
}

export interface ClaimedGreen extends Green {
  logId: string;
}

export function greensIn(histories: Recorded[]): ClaimedGreen[] {
  return changesetsIn(histories).flatMap(({ id, recorded }) =>
    recorded.activities.flatMap(({ type, input, completed }) => {
      const result = completed?.result as { kind: string; logId: string } | undefined;
      if (type !== 'runTests' || completed === undefined || result?.kind !== 'passed') return [];
      const { vector } = input as { vector: Vector };
      return [{ at: completed.at, changeset: changesetLabel(id), vector, logId: result.logId }];
    }),
  );
}
