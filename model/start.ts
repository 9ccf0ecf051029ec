/** The world before anything happened: every main at its base above an older commit, every branch one commit ahead. */
import type { Commit } from '../src/changeset.ts';
import { EMPTY_QUEUE } from '../src/queue/state.ts';
import type { Context } from './context.ts';
import { startPipeline } from './pipelines.ts';
import { type Draft, freshRun } from './run.ts';
import { full } from './setting.ts';
import { hear } from './signals.ts';
import type { Pipeline, Repository, State, Wire } from './world.ts';

export function startOf(context: Context): State {
  const { setting, pullRequests } = context;
  const draft: Draft = {
    repositories: setting.repositories.map((name) => repositoryOf(context, name)),
    pushes: [],
    runs: setting.changesets.map(() => freshRun(context)),
    wires: [...setting.changesets, ...pullRequests].map((): Wire => ({ toQueue: [], fromQueue: [] })),
    pipelines: pullRequests.map((pullRequest): Pipeline => ({ pullRequest, stage: 'waits', state: 0, closed: false })),
    queue: EMPTY_QUEUE,
    budget: setting.budget,
    order: [],
  };
  for (const pullRequest of pullRequests) hear(context, draft, { kind: 'event', pullRequest });
  for (const p of pullRequests.keys()) startPipeline(context, draft, p);
  return draft;
}

function repositoryOf(context: Context, name: string): Repository {
  const { objects, setting } = context;
  const older = objects.add({ parents: [], tree: {}, message: `${full(name)} begins\n` });
  const base = objects.add({ parents: [older], tree: { readme: name }, message: `${full(name)} goes on\n` });
  const heads = setting.changesets.map((changeset): Commit | null => {
    if (!changeset.members.includes(name)) return null;
    const tree = { ...objects.get(base).tree, [changeset.name]: 'new' };
    return objects.add({ parents: [base], tree, message: `The work of ${changeset.name}\n` });
  });
  const log = context.logs.id([{ to: base, by: 'somebody' }]);
  return { log, heads, staged: heads.map(() => null), ruled: false, gone: false };
}
