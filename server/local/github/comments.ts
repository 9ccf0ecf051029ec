/** The conversation of a pull request: comments and reactions. */
import { ApiError, invalid, notFound } from './errors.ts';
import { emitComment } from './events.ts';
import { type Hub, timestamp } from './hub.ts';
import type { Comment, Reaction, Repository } from './types.ts';
import { botLogin, ensureUser } from './users.ts';

/** GitHub refuses longer bodies. */
export const MAX_BODY = 65_536;

function checkBody(body: string): void {
  if (body.trim() === '') throw invalid('IssueComment', 'body', "Body can't be blank");
  if (body.length > MAX_BODY)
    throw invalid('IssueComment', 'body', `body is too long (maximum is ${MAX_BODY} characters)`);
}

export function findComment(repository: Repository, id: number): Comment {
  const comment = repository.comments.find((one) => one.id === id);
  if (comment === undefined) throw notFound();
  return comment;
}

export function addComment(
  hub: Hub,
  repository: Repository,
  wanted: { number: number; author: string; body: string },
): Comment {
  if (!repository.pulls.some((pull) => pull.number === wanted.number)) throw notFound();
  checkBody(wanted.body);
  const time = timestamp(hub);
  const author = ensureUser(hub, wanted.author).login;
  const byApp = author === botLogin(hub);
  const id = hub.store.takeId();
  const comment: Comment = { ...wanted, id, author, byApp, createdAt: time, updatedAt: time, reactions: [] };
  repository.comments.push(comment);
  hub.store.save(repository);
  emitComment(hub, repository, { comment, sender: author, action: 'created' });
  return comment;
}

export function editComment(
  hub: Hub,
  repository: Repository,
  wanted: { comment: Comment; sender: string; body: string },
): void {
  checkBody(wanted.body);
  const { comment, sender, body } = wanted;
  const from = comment.body;
  Object.assign(comment, { body, updatedAt: timestamp(hub) });
  hub.store.save(repository);
  if (from !== body) emitComment(hub, repository, { comment, sender, action: 'edited', from });
}

export function deleteComment(hub: Hub, repository: Repository, wanted: { comment: Comment; sender: string }): void {
  repository.comments = repository.comments.filter((one) => one !== wanted.comment);
  hub.store.save(repository);
  emitComment(hub, repository, { ...wanted, action: 'deleted' });
}

/** Adds a reaction; the same one by the same author is the one that is there already. */
export function addReaction(
  hub: Hub,
  repository: Repository,
  wanted: { comment: Comment; author: string; content: Reaction['content'] },
): { reaction: Reaction; isNew: boolean } {
  const { comment, author, content } = wanted;
  const known = comment.reactions.find((one) => one.author === author && one.content === content);
  if (known !== undefined) return { reaction: known, isNew: false };
  const reaction: Reaction = { id: hub.store.takeId(), author, content, createdAt: timestamp(hub) };
  comment.reactions.push(reaction);
  hub.store.save(repository);
  return { reaction, isNew: true };
}

/** People may change their own comments, and with write access those of others; the App only its own. */
export function refuseForeignEdit(comment: Comment, by: { login: string; mayWrite: boolean; isApp: boolean }): void {
  if (comment.author === by.login || (by.mayWrite && !by.isApp)) return;
  throw new ApiError(
    403,
    by.isApp ? 'Resource not accessible by integration' : 'Must have admin rights to Repository.',
  );
}
