/** A repository, its branches, refs, commits and files; and who may do what there. */
import { changesBetween, changesSince, countApart, readCommit, readCommits } from '../commits.ts';
import { ApiError, notFound } from '../errors.ts';
import { mergeBase, readRef } from '../git.ts';
import { gitDirectory } from '../hub.ts';
import { judgePush } from '../push-rules.ts';
import { moveRefAs } from '../refs.ts';
import { type Answer, page, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import { covers } from '../rules.ts';
import { commitSeen, refSeen, refsSeen } from '../seen.ts';
import { findUser, roleOf } from '../users.ts';
import { commitView, fileView } from '../views/commit.ts';
import { fullRepositoryView, repositoryApi, repositoryPage } from '../views/repository.ts';
import { userView } from '../views/user.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

const isProtected = ({ repository }: RepositoryCall, branch: string) =>
  repository.rulesets.some((ruleset) => covers(ruleset, `refs/heads/${branch}`, repository.defaultBranch));

async function branch(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const name = call.params.branch ?? '';
  const sha = await refSeen(hub, repository, `refs/heads/${name}`);
  if (sha === null) throw new ApiError(404, 'Branch not found');
  const api = `${repositoryApi(hub, repository)}/branches/${name}`;
  return {
    status: 200,
    body: {
      name,
      commit: commitView(hub, repository, await readCommit(gitDirectory(hub, repository), sha)),
      _links: { self: api, html: `${repositoryPage(hub, repository)}/tree/${name}` },
      protected: isProtected(call, name),
      protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
      protection_url: `${api}/protection`,
    },
  };
}

async function branches(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const all = await refsSeen(hub, repository, 'refs/heads/');
  return page(call, all, ([ref, sha]) => {
    const name = ref.slice('refs/heads/'.length);
    const url = `${repositoryApi(hub, repository)}/commits/${sha}`;
    return { name, commit: { sha, url }, protected: isProtected(call, name) };
  });
}

function refView({ hub, repository }: RepositoryCall, [ref, sha]: [string, string]) {
  const api = repositoryApi(hub, repository);
  return {
    ref,
    node_id: Buffer.from(`Ref:${repository.id}:${ref}`).toString('base64'),
    url: `${api}/git/${ref}`,
    object: { sha, type: 'commit', url: `${api}/git/commits/${sha}` },
  };
}

async function ref(call: RepositoryCall): Promise<Answer> {
  const name = `refs/${call.params.ref}`;
  const sha = await refSeen(call.hub, call.repository, name);
  if (sha === null) throw notFound();
  return { status: 200, body: refView(call, [name, sha]) };
}

async function deleteRef(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, actor } = call;
  const name = `refs/${call.params.ref}`;
  const old = await readRef(gitDirectory(hub, repository), name);
  if (old === null || name === `refs/heads/${repository.defaultBranch}`)
    throw new ApiError(422, 'Reference does not exist');
  const change = { ref: name, old, new: null };
  const [violation] = judgePush(hub, repository, { changes: [change], actor }).violations;
  if (violation !== undefined) {
    throw new ApiError(422, `Repository rule violations found\n\n${violation.lines.join('\n\n')}\n\n`);
  }
  if (!(await moveRefAs(hub, repository, change, { login: actor.login, via: 'rest' }))) {
    throw new ApiError(409, 'Reference was updated meanwhile');
  }
  return { status: 204 };
}

async function commit(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const name = call.params.ref ?? '';
  const sha = await commitSeen(hub, repository, name);
  if (sha === null) throw new ApiError(422, `No commit found for SHA: ${name}`);
  const directory = gitDirectory(hub, repository);
  const read = await readCommit(directory, sha);
  const files = await changesBetween(directory, read.parents[0] ?? EMPTY_TREE, sha);
  const sum = (pick: 'additions' | 'deletions') => files.reduce((total, file) => total + file[pick], 0);
  const stats = {
    additions: sum('additions'),
    deletions: sum('deletions'),
    total: sum('additions') + sum('deletions'),
  };
  const shown = files.map((file) => fileView(hub, repository, { sha, file }));
  return { status: 200, body: { ...commitView(hub, repository, read), stats, files: shown } };
}

async function commits(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const sha = await commitSeen(hub, repository, call.query.get('sha') ?? repository.defaultBranch);
  if (sha === null) throw notFound();
  const all = await readCommits(gitDirectory(hub, repository), [sha]);
  return page(call, all, (one) => commitView(hub, repository, one));
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const directory = gitDirectory(hub, repository);
  const names = (call.params.basehead ?? '').split('...');
  const [base, head] = await Promise.all(names.map((name) => commitSeen(hub, repository, name)));
  if (names.length !== 2 || !base || !head) throw notFound();
  const meeting = await mergeBase(directory, base, head);
  if (meeting === null) throw new ApiError(404, `No common ancestor between ${names[0]} and ${names[1]}.`);
  const { ahead, behind } = await countApart(directory, base, head);
  const between = await readCommits(directory, ['--reverse', head, `^${base}`]);
  const files = await changesSince(directory, base, head);
  const api = `${repositoryApi(hub, repository)}/compare/${call.params.basehead}`;
  const html = `${repositoryPage(hub, repository)}/compare/${call.params.basehead}`;
  const status = ahead > 0 ? (behind > 0 ? 'diverged' : 'ahead') : behind > 0 ? 'behind' : 'identical';
  const show = async (sha: string) => commitView(hub, repository, await readCommit(directory, sha));
  const sides = { base_commit: await show(base), merge_base_commit: await show(meeting) };
  return page(
    call,
    between,
    (one) => commitView(hub, repository, one),
    (shown) => ({
      url: api,
      html_url: html,
      permalink_url: `${repositoryPage(hub, repository)}/compare/${base.slice(0, 7)}...${head.slice(0, 7)}`,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      status,
      ahead_by: ahead,
      behind_by: behind,
      total_commits: between.length,
      commits: shown,
      files: files.map((file) => fileView(hub, repository, { sha: head, file })),
      ...sides,
    }),
  );
}

function permission({ hub, repository, params }: RepositoryCall): Answer {
  const user = findUser(hub, params.username ?? '');
  if (user === undefined) throw notFound();
  const role = roleOf(repository, user.login);
  const rank = ['none', 'read', 'write', 'admin'].indexOf(role);
  const permissions = { pull: rank >= 1, triage: rank >= 2, push: rank >= 2, maintain: rank >= 3, admin: rank >= 3 };
  const shown = { ...userView(hub, user.login), role_name: role, permissions };
  return { status: 200, body: { permission: role, role_name: role, user: shown } };
}

export const repositoryRoutes: Route[] = [
  repositoryRoute({ method: 'GET', path: '', needs: ['metadata', 'read'] }, ({ hub, repository }) => ({
    status: 200,
    body: fullRepositoryView(hub, repository),
  })),
  repositoryRoute({ method: 'GET', path: '/branches', needs: ['contents', 'read'] }, branches),
  repositoryRoute({ method: 'GET', path: '/branches/{branch}', needs: ['contents', 'read'] }, branch),
  repositoryRoute({ method: 'GET', path: '/git/ref/{ref}', needs: ['contents', 'read'] }, ref),
  repositoryRoute({ method: 'GET', path: '/git/matching-refs/{ref}', needs: ['contents', 'read'] }, async (call) => {
    const all = await refsSeen(call.hub, call.repository, `refs/${call.params.ref}`);
    return { status: 200, body: all.map((entry) => refView(call, entry)) };
  }),
  repositoryRoute({ method: 'DELETE', path: '/git/refs/{ref}', needs: ['contents', 'write'] }, deleteRef),
  repositoryRoute({ method: 'GET', path: '/commits', needs: ['contents', 'read'] }, commits),
  repositoryRoute({ method: 'GET', path: '/commits/{ref}', needs: ['contents', 'read'] }, commit),
  repositoryRoute({ method: 'GET', path: '/compare/{basehead}', needs: ['contents', 'read'] }, compare),
  repositoryRoute(
    { method: 'GET', path: '/collaborators/{username}/permission', needs: ['metadata', 'read'] },
    permission,
  ),
];
