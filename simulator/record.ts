/** What the invariants judge, noted as it happens: from refs, from activities that were scheduled, from runs that closed. */

import type { Merged, PlanRead, RecheckRequest } from '../activities/types.ts';
import type {
  Approved,
  Attempt,
  CommandGiven,
  Green,
  Happened,
  Look,
  Manifest,
  Obstacle,
} from '../invariants/happened.ts';
import { type Commit, changesetLabel, type Outcome, type Vector } from '../src/changeset.ts';
import type { Finding } from '../src/landing/state.ts';
import type { PlannedChangeset } from '../src/plan/plan.ts';
import type { ChangesetInput } from '../workflows/messages.ts';
import type { Repositories } from './git.ts';
import { COORDINATOR } from './github.ts';
import type { Run } from './temporal/run.ts';
import type { Seen } from './temporal/server.ts';

export interface Record {
  seen(what: Seen): void;
  green(green: Omit<Green, 'at'>): void;
  approved(approved: Omit<Approved, 'at'>): void;
  commands: CommandGiven[];
  /** Said to a changeset, which has not yet taken them. */
  skips: { at: number; by: string; run: Run; changeset: string }[];
  /** A rule, or a pull request that is not open, is there from now on, or is no more. */
  obstacle(of: Obstacle['of'], isThere: boolean): void;
  order(): number;
  /** What does not depend on how it stands at rest. */
  soFar(): Omit<Happened, 'statuses' | 'comments' | 'checks' | 'leftovers' | 'stuck' | 'secrets'>;
}

export function createRecord(about: {
  repositories: Repositories;
  order(): number;
  /** Of the manifest's pull request. */
  branchOf(pullRequest: number): string;
}): Record {
  const { repositories, order } = about;
  const attempts = new Map<string, Attempt>();
  const findings = new Map<string, Finding[]>();
  const greens: Green[] = [];
  const approvals: Approved[] = [];
  const commands: CommandGiven[] = [];
  const obstacles: Obstacle[] = [];
  const merges: NonNullable<Happened['merges']> = [];
  const lastRead = new Map<number, Commit>();
  const lastLook = new Map<string, { look: Look; vector: Vector }>();

  function attemptOf(run: Run): Attempt {
    const known = attempts.get(run.runId);
    if (known) return known;
    const { id, changeset, interference, manifestHead } = run.input[0] as ChangesetInput & {
      changeset: PlannedChangeset;
    };
    const made: Attempt = {
      changeset: changesetLabel(id),
      attempt: run.runId,
      approval: changeset.approval,
      exclusive: interference === 'all',
      manifest: manifestAt(id.pullRequest, manifestHead),
      decided: [],
    };
    attempts.set(run.runId, made);
    return made;
  }

  function decided(run: Run): void {
    const { decided: all } = attemptOf(run);
    const found = lastLook.get(run.runId);
    if (found === undefined) throw new Error(`${run.workflowId} lands without a last look`);
    const { look, vector } = found;
    const last = all.at(-1);
    // Its further pushes are of the same decision.
    if (last !== undefined && last.look?.since === look.since) return;
    all.push({ at: order(), vector, look });
  }

  function looks(run: Run, { id, vector, manifestHead: head, finishing }: RecheckRequest): void {
    const manifest = manifestAt(id.pullRequest, head);
    const look = { since: order(), finishing: finishing === true, manifest };
    lastLook.set(run.runId, { look, vector });
  }

  const manifestAt = (pullRequest: number, head: Commit): Manifest => ({
    pullRequest,
    repository: COORDINATOR,
    branch: about.branchOf(pullRequest),
    head,
  });

  function noteRead({ pullRequest }: { pullRequest: number }, read: PlanRead): void {
    if (read.kind === 'ready') lastRead.set(pullRequest, read.plan.head);
  }

  function noteMerge({ pullRequest }: { pullRequest: number }, { kind }: Merged): void {
    if (kind === 'merged')
      merges.push({ at: order(), manifest: manifestAt(pullRequest, lastRead.get(pullRequest) ?? '') });
  }

  function obstacle(of: Obstacle['of'], isThere: boolean): void {
    const at = order();
    const open = obstacles.find((one) => JSON.stringify(one.of) === JSON.stringify(of) && one.until === undefined);
    if (isThere && open === undefined) obstacles.push({ of, from: at });
    if (!isThere && open !== undefined) open.until = at;
  }

  return {
    commands,
    skips: [],
    obstacle,
    order,
    seen(what) {
      if (what.kind === 'scheduled') {
        const { run, type, request } = what.task;
        if (run.type === 'changeset' && type === 'recheck') looks(run, request as RecheckRequest);
        if (run.type === 'changeset' && type === 'land') decided(run);
      } else if (what.kind === 'completed') {
        const { run, type, request } = what.task;
        if (type === 'readPlan') noteRead(request as { pullRequest: number }, what.result as PlanRead);
        if (type === 'mergeManifest') noteMerge(request as { pullRequest: number }, what.result as Merged);
        if (type === 'survey') findings.set(run.runId, what.result as Finding[]);
      } else if (what.run.type === 'changeset') {
        const attempt = attemptOf(what.run);
        const { stray } = what.run.input[0] as ChangesetInput;
        // Nothing of it stood: it ends as it had ended, which was judged and told then.
        const asBefore = stray !== undefined && JSON.stringify(stray.recorded) === JSON.stringify(what.run.result);
        if (what.run.status !== 'COMPLETED' || asBefore) return;
        const looked = (findings.get(what.run.runId) ?? []).flatMap(({ repository, tip }) =>
          tip === undefined ? [] : [{ repository, tip }],
        );
        attempt.settled = { at: order(), outcome: what.run.result as Outcome, looked };
      }
    },
    green: (green) => greens.push({ ...green, at: order() }),
    approved: (approved) => approvals.push({ ...approved, at: order() }),
    soFar: () => ({
      commits: new Map(
        [...repositories.commits].map(([id, { parents, message }]) => [
          id,
          { parents, message, shows: worksIn(Object.keys(repositories.filesOf(id))) },
        ]),
      ),
      mains: repositories.record
        .filter(({ ref, repository }) => ref === 'refs/heads/main' && repository !== COORDINATOR)
        .map(({ at, repository, old, new: to, by }) => ({ at, repository, old, new: to ?? '', by })),
      branches: repositories.record
        .filter(({ ref, repository }) => ref !== 'refs/heads/main' || repository === COORDINATOR)
        .map(({ at, repository, ref, new: to, by }) => ({ at, repository, branch: ref.slice(HEADS), new: to, by })),
      obstacles,
      merges,
      attempts: [...attempts.values()],
      greens,
      approvals,
      commands,
    }),
  };
}

const HEADS = 'refs/heads/'.length;

/** Labels of the changesets whose work is among these files. */
function worksIn(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const [, pullRequest, name] = /^work\/(\d+)\/(.+)\.txt$/.exec(path) ?? [];
    if (pullRequest === undefined || name === undefined) return [];
    return [changesetLabel({ coordinator: COORDINATOR, pullRequest: Number(pullRequest), name })];
  });
}
