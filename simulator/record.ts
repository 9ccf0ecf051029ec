/** What the invariants judge, noted as it happens: from refs, from activities that were scheduled, from runs that closed. */
import type { Approved, Attempt, CommandGiven, Green, Happened } from '../invariants/happened.ts';
import { changesetLabel, type Outcome, type Vector } from '../src/changeset.ts';
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
  order(): number;
  /** What does not depend on how it stands at rest. */
  soFar(): Pick<Happened, 'commits' | 'mains' | 'attempts' | 'greens' | 'approvals' | 'commands'>;
}

export function createRecord({ repositories, order }: { repositories: Repositories; order(): number }): Record {
  const attempts = new Map<string, Attempt>();
  const looks = new Map<string, Finding[]>();
  const greens: Green[] = [];
  const approvals: Approved[] = [];
  const commands: CommandGiven[] = [];

  function attemptOf(run: Run): Attempt {
    const known = attempts.get(run.runId);
    if (known) return known;
    const { id, changeset, interference } = run.input[0] as ChangesetInput & { changeset: PlannedChangeset };
    const made: Attempt = {
      changeset: changesetLabel(id),
      attempt: run.runId,
      approval: changeset.approval,
      exclusive: interference === 'all',
      decided: [],
    };
    attempts.set(run.runId, made);
    return made;
  }

  function decided(run: Run, vector: Vector): void {
    const { decided: all } = attemptOf(run);
    if (JSON.stringify(all.at(-1)?.vector) !== JSON.stringify(vector)) all.push({ at: order(), vector });
  }

  return {
    commands,
    order,
    seen(what) {
      if (what.kind === 'scheduled') {
        const { run, type, request } = what.task;
        if (run.type === 'changeset' && type === 'land') decided(run, (request as { vector: Vector }).vector);
      } else if (what.kind === 'completed') {
        const { run, type } = what.task;
        if (type === 'survey') looks.set(run.runId, what.result as Finding[]);
      } else if (what.run.type === 'changeset') {
        const attempt = attemptOf(what.run);
        if (what.run.status !== 'COMPLETED') return;
        const looked = (looks.get(what.run.runId) ?? []).flatMap(({ repository, tip }) =>
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
      attempts: [...attempts.values()],
      greens,
      approvals,
      commands,
    }),
  };
}

/** Labels of the changesets whose work is among these files. */
function worksIn(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const [, pullRequest, name] = /^work\/(\d+)\/(.+)\.txt$/.exec(path) ?? [];
    if (pullRequest === undefined || name === undefined) return [];
    return [changesetLabel({ coordinator: COORDINATOR, pullRequest: Number(pullRequest), name })];
  });
}
