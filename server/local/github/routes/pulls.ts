/** Pull requests. */
import { z } from 'zod';
import { changesSince, readCommits } from '../commits.ts';
import { notFound } from '../errors.ts';
import { gitDirectory } from '../hub.ts';
import { mergePull, mergeViolations } from '../merge.ts';
import { sizeOf } from '../pull-size.ts';
import { editPull, openPull } from '../pulls.ts';
import { type Answer, bodyAs, page, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import { pullSeen, pullsSeen } from '../seen.ts';
import type { Pull } from '../types.ts';
import { commitView, fileView } from '../views/commit.ts';
import { fullPullView, pullView } from '../views/pull.ts';

const NEW_PULL = z.object({
  title: z.string().min(1),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
});
const EDIT = z.object({
  title: z.string().min(1).optional(),
  body: z.string().nullish(),
  base: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
});
const MERGE = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).optional(),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

/** The pull request itself, for changing it. */
function present(call: RepositoryCall): Pull {
  const pull = call.repository.pulls.find((one) => one.number === Number(call.params.pull_number));
  if (pull === undefined) throw notFound();
  return pull;
}

/** The pull request as REST shows it, for reading. */
function seen(call: RepositoryCall): Pull {
  const pull = pullSeen(call.hub, call.repository, Number(call.params.pull_number));
  if (pull === null) throw notFound();
  return pull;
}

async function full({ hub, repository, actor }: RepositoryCall, pull: Pull) {
  const directory = gitDirectory(hub, repository);
  const [method] = repository.mergeMethods;
  const asked = { pull, by: actor.login, method: method ?? 'merge' };
  const blocked = mergeViolations(hub, repository, asked).length > 0;
  const merge = hub.mergeStates.ask(directory, pull, blocked);
  return fullPullView(hub, repository, { pull, size: await sizeOf(directory, pull), merge });
}

function list(call: RepositoryCall): Answer {
  const { hub, repository, query } = call;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const pulls = pullsSeen(hub, repository)
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === null || head === `${repository.owner}:${pull.headRef}`)
    .filter((pull) => base === null || base === pull.baseRef);
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const ascending = query.get('direction') === 'asc' ? 1 : -1;
  pulls.sort((one, other) => ascending * (one[key].localeCompare(other[key]) || one.number - other.number));
  return page(call, pulls, (pull) => pullView(hub, repository, pull));
}

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, actor } = call;
  const asked = bodyAs(NEW_PULL, call.body);
  const wanted = { ...asked, body: asked.body ?? null, draft: asked.draft ?? false, author: actor.login };
  const pull = await openPull(hub, repository, wanted);
  return { status: 201, body: await full(call, pull) };
}

async function edit(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, actor } = call;
  const pull = present(call);
  await editPull(hub, repository, { ...bodyAs(EDIT, call.body), pull, sender: actor.login });
  return { status: 200, body: await full(call, pull) };
}

async function merge(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, actor } = call;
  const asked = bodyAs(MERGE, call.body);
  const sha = await mergePull(hub, repository, {
    pull: present(call),
    by: actor.login,
    sha: asked.sha,
    method: asked.merge_method ?? 'merge',
    title: asked.commit_title,
    message: asked.commit_message,
  });
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
}

async function files(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const pull = seen(call);
  const changed = await changesSince(gitDirectory(hub, repository), pull.baseSha, pull.headSha);
  return page(call, changed, (file) => fileView(hub, repository, { sha: pull.headSha, file }));
}

async function commits(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const pull = seen(call);
  const range = ['--reverse', pull.headSha, `^${pull.baseSha}`];
  const all = await readCommits(gitDirectory(hub, repository), range);
  return page(call, all, (commit) => commitView(hub, repository, commit));
}

export const pullRoutes: Route[] = [
  repositoryRoute({ method: 'GET', path: '/pulls', needs: ['pull_requests', 'read'] }, list),
  repositoryRoute({ method: 'POST', path: '/pulls', needs: ['pull_requests', 'write'] }, create),
  repositoryRoute({ method: 'GET', path: '/pulls/{pull_number}', needs: ['pull_requests', 'read'] }, async (call) => ({
    status: 200,
    body: await full(call, seen(call)),
  })),
  repositoryRoute({ method: 'PATCH', path: '/pulls/{pull_number}', needs: ['pull_requests', 'write'] }, edit),
  repositoryRoute({ method: 'GET', path: '/pulls/{pull_number}/files', needs: ['pull_requests', 'read'] }, files),
  repositoryRoute({ method: 'GET', path: '/pulls/{pull_number}/commits', needs: ['pull_requests', 'read'] }, commits),
  repositoryRoute({ method: 'PUT', path: '/pulls/{pull_number}/merge', needs: ['contents', 'write'] }, merge),
  repositoryRoute({ method: 'GET', path: '/pulls/{pull_number}/merge', needs: ['pull_requests', 'read'] }, (call) => {
    if (seen(call).mergedAt === null) throw notFound();
    return { status: 204 };
  }),
];
