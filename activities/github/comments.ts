/** One comment per marker: creating is not idempotent, so what is there is looked for first, and twins are removed. */
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import type { Client } from './client.ts';
import type { Place, Session } from './session.ts';

export interface Marked {
  marker: string;
  body: string;
}

export async function publishComment(session: Session, where: Where, comment: Marked): Promise<string> {
  const at = await putComment(session, where, comment, 'create');
  if (at === undefined) throw new Error(`expected a comment on #${where.number} to be written, found none`);
  return at;
}

/** As `publishComment`, where there is one. */
export async function amendComment(session: Session, where: Where, comment: Marked): Promise<void> {
  await putComment(session, where, comment, 'leave');
}

interface Where {
  repository: RepositoryName;
  number: number;
}

/** When it was last written. */
async function putComment(
  session: Session,
  where: Where,
  comment: Marked,
  ifMissing: 'create' | 'leave',
): Promise<string | undefined> {
  const { login } = await session.app();
  return session.in(where.repository, { pull_requests: 'write' }, async (client, at) => {
    const issue = { ...at, issue_number: where.number };
    const own = await listOwn(client, issue, login);
    const [kept, ...twins] = own.filter((one) => (one.body ?? '').startsWith(comment.marker));
    for (const twin of twins) await client.rest.issues.deleteComment({ ...at, comment_id: twin.id });
    const body = markedBody(comment);
    if (kept && sameText(kept.body ?? '', body)) return kept.updated_at;
    if (kept) return (await client.rest.issues.updateComment({ ...at, comment_id: kept.id, body })).data.updated_at;
    return ifMissing === 'leave'
      ? undefined
      : (await client.rest.issues.createComment({ ...issue, body })).data.updated_at;
  });
}

export async function ownComments(
  session: Session,
  where: { repository: RepositoryName; number: number },
): Promise<string[]> {
  const { login } = await session.app();
  return session.in(where.repository, { pull_requests: 'read' }, async (client, at) => {
    const own = await listOwn(client, { ...at, issue_number: where.number }, login);
    return own.map(({ body }) => body ?? '');
  });
}

/** Oldest first. */
async function listOwn(client: Client, at: Place & { issue_number: number }, login: string) {
  const all = await client.paginate(client.rest.issues.listComments, { ...at, per_page: 100 });
  return all.filter((one) => one.user?.login === login).sort((one, other) => one.id - other.id);
}

/** Comments on the branch's own pull request into the default branch, where there is one at that head. */
export async function commentOnBranch(
  session: Session,
  request: { repository: RepositoryName; branch: string; head: Commit } & Marked,
): Promise<void> {
  const { repository, branch, head, marker, body } = request;
  const number = await session.in(repository, { pull_requests: 'read' }, async (client, at) => {
    const { data } = await client.rest.pulls.list({
      ...at,
      state: 'all',
      sort: 'updated',
      direction: 'desc',
      head: `${at.owner}:${branch}`,
      per_page: 100,
    });
    return data.find((pull) => pull.head.sha === head && pull.base.ref === pull.base.repo.default_branch)?.number;
  });
  if (number !== undefined) await publishComment(session, { repository, number }, { marker, body });
}

/** The marker stands first, so that one quoted further down (in a log, say) is not taken for it. */
export function markedBody({ marker, body }: Marked): string {
  return body.startsWith(marker) ? body : `${marker}\n${body}`;
}

export function sameText(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(one) === plain(other);
}
