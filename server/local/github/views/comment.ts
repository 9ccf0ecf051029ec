/** Comments, reactions and the issue side of a pull request as GitHub shows them. */
import type { Hub } from '../hub.ts';
import type { Comment, Pull, Reaction, Repository } from '../types.ts';
import { associationOf } from '../users.ts';
import { pullPage } from './pull.ts';
import { repositoryApi } from './repository.ts';
import { appView, nodeId, userView } from './user.ts';

const CONTENTS = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'] as const;

function reactionCounts(url: string, reactions: Reaction[]) {
  const counts = CONTENTS.map((content) => [content, reactions.filter((one) => one.content === content).length]);
  return { url, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function commentView(hub: Hub, repository: Repository, comment: Comment) {
  const api = repositoryApi(hub, repository);
  const url = `${api}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${pullPage(hub, repository, comment.number)}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${comment.number}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: userView(hub, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(hub, repository, comment.author),
    body: comment.body,
    reactions: reactionCounts(`${url}/reactions`, comment.reactions),
    performed_via_github_app: comment.byApp ? appView(hub) : null,
  };
}

export function reactionView(hub: Hub, reaction: Reaction) {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: userView(hub, reaction.author),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

/** A pull request as `issue_comment` events show it. */
export function issueView(hub: Hub, repository: Repository, pull: Pull) {
  const api = repositoryApi(hub, repository);
  const url = `${api}/issues/${pull.number}`;
  const page = pullPage(hub, repository, pull.number);
  return {
    url,
    repository_url: api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    number: pull.number,
    title: pull.title,
    user: userView(hub, pull.author),
    labels: [],
    state: pull.state,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: repository.comments.filter((comment) => comment.number === pull.number).length,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    author_association: associationOf(hub, repository, pull.author),
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: `${api}/pulls/${pull.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: pull.mergedAt,
    },
    body: pull.body,
    reactions: reactionCounts(`${url}/reactions`, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: null,
  };
}
