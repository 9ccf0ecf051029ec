/** Pull requests as GitHub shows them: short in lists, full on their own and in events. */
import type { Hub } from '../hub.ts';
import type { MergeState } from '../mergeable.ts';
import type { Pull, Repository } from '../types.ts';
import { associationOf } from '../users.ts';
import { eventRepositoryView, repositoryApi, repositoryPage, repositoryView } from './repository.ts';
import { nodeId, userView } from './user.ts';

/** What git says about a pull request's size. */
export interface PullSize {
  commits: number;
  additions: number;
  deletions: number;
  changedFiles: number;
}

export function pullPage(hub: Hub, repository: Repository, number: number): string {
  return `${repositoryPage(hub, repository)}/pull/${number}`;
}

/** One side of a pull request. */
function side(hub: Hub, repository: Repository, at: { ref: string; sha: string; repo: unknown }) {
  return {
    label: `${repository.owner}:${at.ref}`,
    ref: at.ref,
    sha: at.sha,
    user: userView(hub, repository.owner),
    repo: at.repo,
  };
}

function links(api: string, page: string, pull: Pull) {
  const issue = `${api}/issues/${pull.number}`;
  const self = `${api}/pulls/${pull.number}`;
  return {
    self: { href: self },
    html: { href: page },
    issue: { href: issue },
    comments: { href: `${issue}/comments` },
    review_comments: { href: `${self}/comments` },
    review_comment: { href: `${api}/pulls/comments{/number}` },
    commits: { href: `${self}/commits` },
    statuses: { href: `${api}/statuses/${pull.headSha}` },
  };
}

/** As `GET /repos/{owner}/{repo}/pulls` lists it. */
export function pullView(hub: Hub, repository: Repository, pull: Pull, forEvent = false) {
  const api = repositoryApi(hub, repository);
  const page = pullPage(hub, repository, pull.number);
  const self = `${api}/pulls/${pull.number}`;
  const repo = forEvent ? eventRepositoryView(hub, repository) : repositoryView(hub, repository);
  return {
    url: self,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${api}/issues/${pull.number}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userView(hub, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.draft,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${api}/issues/${pull.number}/comments`,
    statuses_url: `${api}/statuses/${pull.headSha}`,
    head: side(hub, repository, { ref: pull.headRef, sha: pull.headSha, repo }),
    base: side(hub, repository, { ref: pull.baseRef, sha: pull.baseSha, repo }),
    _links: links(api, page, pull),
    author_association: associationOf(hub, repository, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** As `GET /repos/{owner}/{repo}/pulls/{pull_number}` and events show it. */
export function fullPullView(
  hub: Hub,
  repository: Repository,
  shown: { pull: Pull; size: PullSize; merge: MergeState; forEvent?: boolean },
) {
  const { pull, size, merge } = shown;
  return {
    ...pullView(hub, repository, pull, shown.forEvent === true),
    merged: pull.mergedAt !== null,
    mergeable: merge.mergeable,
    rebaseable: merge.mergeable,
    mergeable_state: merge.state,
    merged_by: pull.mergedBy === null ? null : userView(hub, pull.mergedBy),
    comments: repository.comments.filter((comment) => comment.number === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: size.commits,
    additions: size.additions,
    deletions: size.deletions,
    changed_files: size.changedFiles,
  };
}
