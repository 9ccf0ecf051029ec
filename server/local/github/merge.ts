/** `PUT .../pulls/{n}/merge`: GitHub's own order of questions, its 405 and 409, and the three methods. */

import { passedAndFailed } from './checks.ts';
import { readCommits } from './commits.ts';
import { ApiError } from './errors.ts';
import { git, moveRef, readRef } from './git.ts';
import { gitDirectory, type Hub, timestamp } from './hub.ts';
import { mergeTrees } from './mergeable.ts';
import { moving } from './moves.ts';
import { afterRefUpdateInTurn } from './refs.ts';
import { bindingRules, violationsOfMerge } from './rules.ts';
import type { MergeMethod, Pull, Repository } from './types.ts';
import { emailOf, ensureUser, subjectOf } from './users.ts';

export interface MergeRequest {
  pull: Pull;
  by: string;
  sha: string | undefined;
  method: MergeMethod;
  title: string | undefined;
  message: string | undefined;
}

const NOT_ALLOWED: Record<MergeMethod, string> = {
  merge: 'Merge commits are not allowed on this repository.',
  squash: 'Squash merges are not allowed on this repository.',
  rebase: 'Rebase merges are not allowed on this repository.',
};

/** Merges a pull request and returns the commit that its base then is at; throws GitHub's refusals. */
export async function mergePull(hub: Hub, repository: Repository, request: MergeRequest): Promise<string> {
  const { pull, by } = request;
  const directory = gitDirectory(hub, repository);
  const ref = `refs/heads/${pull.baseRef}`;
  return hub.inOrder(repository, async () => {
    refuse(hub, repository, request);
    const base = await readRef(directory, ref);
    const commit = base === null ? null : await build(hub, repository, { ...request, base });
    if (commit === null) throw new ApiError(405, 'Pull Request is not mergeable');
    const change = { ref, old: base, new: commit };
    const mover = { login: by, via: 'rest' as const, merging: pull.number };
    await moving(hub, repository, { changes: [change], mover }, async () => {
      // A push may win meanwhile: pushes don't wait for their turn, git's lock on the base decides.
      const moved = await moveRef(directory, ref, { from: base, to: commit });
      if (!moved) throw new ApiError(405, 'Base branch was modified. Review and try the merge again.');
      await afterRefUpdateInTurn(hub, repository, change, mover);
    });
    return commit;
  });
}

function refuse(hub: Hub, repository: Repository, request: MergeRequest): void {
  const { pull, by, sha, method } = request;
  if (pull.state === 'closed') throw new ApiError(405, 'Pull Request is not mergeable');
  if (pull.draft) throw new ApiError(405, 'Pull Request is still a draft');
  if (sha !== undefined && sha !== pull.headSha) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  }
  if (!repository.mergeMethods.includes(method)) throw new ApiError(405, NOT_ALLOWED[method]);
  const violations = mergeViolations(hub, repository, { pull, by, method });
  if (violations.length > 0) {
    throw new ApiError(405, `Repository rule violations found\n\n${violations.map((line) => `${line}\n\n`).join('')}`);
  }
}

/** What rules hold against merging a pull request now. */
export function mergeViolations(
  hub: Hub,
  repository: Repository,
  asked: { pull: Pull; by: string; method: MergeMethod },
): string[] {
  const on = { ref: `refs/heads/${asked.pull.baseRef}`, defaultBranch: repository.defaultBranch };
  const subject = subjectOf(hub, repository, asked.by);
  const rules = bindingRules(repository.rulesets, on, { subject, occasion: 'pull_request' });
  return violationsOfMerge(rules, asked.method, passedAndFailed(repository, asked.pull.headSha));
}

type Building = MergeRequest & { base: string };

async function build(hub: Hub, repository: Repository, request: Building): Promise<string | null> {
  const directory = gitDirectory(hub, repository);
  if (request.method === 'rebase') return rebase(hub, directory, request);
  const tree = await mergeTrees(directory, request.base, request.pull.headSha);
  if (tree === null) return null;
  const parents = request.method === 'merge' ? [request.base, request.pull.headSha] : [request.base];
  const message = mergeMessage(repository, request);
  return commitTree(hub, directory, { tree, parents, message, author: request.by });
}

function mergeMessage(repository: Repository, { pull, method, title, message }: Building): string {
  const defaultTitle =
    method === 'merge'
      ? `Merge pull request #${pull.number} from ${repository.owner}/${pull.headRef}`
      : `${pull.title} (#${pull.number})`;
  const body = message ?? (method === 'merge' ? pull.title : (pull.body ?? ''));
  return `${title ?? defaultTitle}\n\n${body}`.trimEnd();
}

async function commitTree(
  hub: Hub,
  directory: string,
  made: { tree: string; parents: string[]; message: string; author: string },
): Promise<string> {
  const user = ensureUser(hub, made.author);
  const date = timestamp(hub);
  const env = {
    GIT_AUTHOR_NAME: user.login,
    GIT_AUTHOR_EMAIL: emailOf(user),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: 'GitHub',
    GIT_COMMITTER_EMAIL: 'noreply@github.localhost',
    GIT_COMMITTER_DATE: date,
  };
  const parents = made.parents.flatMap((parent) => ['-p', parent]);
  return (await git(directory, ['commit-tree', made.tree, ...parents], { env, input: `${made.message}\n` })).trim();
}

/** Replays the head's commits on the base; null when one conflicts. */
async function rebase(hub: Hub, directory: string, request: Building): Promise<string | null> {
  const commits = await readCommits(directory, ['--reverse', '--no-merges', request.pull.headSha, `^${request.base}`]);
  let tip = request.base;
  for (const commit of commits) {
    const [parent] = commit.parents;
    if (parent === undefined) return null;
    // git 2.39 cannot be told the merge base: a commit of the tip's tree on the original's parent makes it so.
    const stand = await commitTree(hub, directory, {
      tree: `${tip}^{tree}`,
      parents: [parent],
      message: 'stand',
      author: request.by,
    });
    const tree = await mergeTrees(directory, stand, commit.sha);
    if (tree === null) return null;
    const env = {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: commit.author.date,
      GIT_COMMITTER_NAME: request.by,
      GIT_COMMITTER_EMAIL: emailOf(ensureUser(hub, request.by)),
      GIT_COMMITTER_DATE: timestamp(hub),
    };
    tip = (await git(directory, ['commit-tree', tree, '-p', tip], { env, input: `${commit.message}\n` })).trim();
  }
  return tip;
}
