/** Comments on pull requests and reactions to them. */
import { z } from 'zod';
import { addComment, addReaction, deleteComment, editComment, findComment, refuseForeignEdit } from '../comments.ts';
import { notFound } from '../errors.ts';
import { has } from '../permissions.ts';
import { type Answer, bodyAs, type Needs, page, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import type { Comment } from '../types.ts';
import { commentView, reactionView } from '../views/comment.ts';

const BODY = z.object({ body: z.string() });
const REACTION = z.object({
  content: z.enum(['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes']),
});

function list(call: RepositoryCall): Answer {
  const { hub, repository, params } = call;
  const number = Number(params.issue_number);
  if (!repository.pulls.some((pull) => pull.number === number)) throw notFound();
  const since = call.query.get('since');
  const all = repository.comments
    .filter((comment) => comment.number === number)
    .filter((comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since));
  return page(call, all, (comment) => commentView(hub, repository, comment));
}

/** Of all pull requests. */
function listAll(call: RepositoryCall): Answer {
  const { hub, repository, query } = call;
  const since = query.get('since');
  const changed = repository.comments.filter(
    (comment) => since === null || Date.parse(comment.updatedAt) >= Date.parse(since),
  );
  const key = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const sorted = changed.toSorted((one, other) => Date.parse(one[key]) - Date.parse(other[key]));
  const all = query.get('direction') === 'desc' ? sorted.toReversed() : sorted;
  return page(call, all, (comment) => commentView(hub, repository, comment));
}

function create({ hub, repository, params, actor, body }: RepositoryCall): Answer {
  const wanted = { number: Number(params.issue_number), author: actor.login, body: bodyAs(BODY, body).body };
  const comment = addComment(hub, repository, wanted);
  const view = commentView(hub, repository, comment);
  return { status: 201, body: view, headers: { location: view.url } };
}

/** The comment, if the caller may change it. */
function own({ repository, params, actor }: RepositoryCall): Comment {
  const comment = findComment(repository, Number(params.comment_id));
  const mayWrite = has(actor, repository, { permissions: ['contents'], level: 'write' });
  refuseForeignEdit(comment, { login: actor.login, mayWrite, isApp: actor.kind === 'installation' });
  return comment;
}

function update(call: RepositoryCall): Answer {
  const { hub, repository, actor } = call;
  const comment = own(call);
  editComment(hub, repository, { comment, sender: actor.login, body: bodyAs(BODY, call.body).body });
  return { status: 200, body: commentView(hub, repository, comment) };
}

function react({ hub, repository, params, actor, body }: RepositoryCall): Answer {
  const comment = findComment(repository, Number(params.comment_id));
  const { content } = bodyAs(REACTION, body);
  const { reaction, isNew } = addReaction(hub, repository, { comment, author: actor.login, content });
  return { status: isNew ? 201 : 200, body: reactionView(hub, reaction) };
}

const COMMENT = '/issues/comments/{comment_id}';
const READS: Needs = [['issues', 'pull_requests'], 'read'];
const WRITES: Needs = [['issues', 'pull_requests'], 'write'];

export const commentRoutes: Route[] = [
  repositoryRoute({ method: 'GET', path: '/issues/{issue_number}/comments', needs: READS }, list),
  repositoryRoute({ method: 'POST', path: '/issues/{issue_number}/comments', needs: WRITES }, create),
  repositoryRoute({ method: 'GET', path: '/issues/comments', needs: READS }, listAll),
  repositoryRoute({ method: 'GET', path: COMMENT, needs: READS }, ({ hub, repository, params }) => ({
    status: 200,
    body: commentView(hub, repository, findComment(repository, Number(params.comment_id))),
  })),
  repositoryRoute({ method: 'PATCH', path: COMMENT, needs: WRITES }, update),
  repositoryRoute({ method: 'DELETE', path: COMMENT, needs: WRITES }, (call) => {
    deleteComment(call.hub, call.repository, { comment: own(call), sender: call.actor.login });
    return { status: 204 };
  }),
  repositoryRoute({ method: 'GET', path: `${COMMENT}/reactions`, needs: READS }, (call) => {
    const { reactions } = findComment(call.repository, Number(call.params.comment_id));
    return page(call, reactions, (reaction) => reactionView(call.hub, reaction));
  }),
  repositoryRoute({ method: 'POST', path: `${COMMENT}/reactions`, needs: WRITES }, react),
];
