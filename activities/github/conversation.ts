/** What people write on the coordinator's pull requests, and the reactions by which they see that it was heard. */
import type { PersonsComment, Reaction } from '../../src/ports.ts';
import type { Client } from './client.ts';
import { type Place, type Session, unlessMissing } from './session.ts';

type Data = Awaited<ReturnType<Client['rest']['issues']['getComment']>>['data'];

export async function readComment(session: Session, id: number): Promise<PersonsComment | undefined> {
  const { coordinator } = session.options;
  const found = await unlessMissing(
    session.in(coordinator, { pull_requests: 'read' }, (client, at) =>
      client.rest.issues.getComment({ ...at, comment_id: id }),
    ),
  );
  return found && toComment(found.data);
}

/** Oldest first. GitHub lists by when they were last changed. */
export async function commentsSince(session: Session, since: Date): Promise<PersonsComment[]> {
  const { coordinator } = session.options;
  return session.in(coordinator, { pull_requests: 'read' }, async (client, at) => {
    const request = { ...at, since: since.toISOString(), sort: 'created', direction: 'asc', per_page: 100 } as const;
    const all = await client.paginate(client.rest.issues.listCommentsForRepo, request);
    return all.map(toComment);
  });
}

/** The same reaction a second time is the one that is there. A comment that is gone has nobody to show it to. */
export async function react(session: Session, id: number, reaction: Reaction): Promise<void> {
  const { coordinator } = session.options;
  const about = { comment_id: id, content: REACTIONS[reaction] };
  await unlessMissing(
    session.in(coordinator, { pull_requests: 'write' }, (client: Client, at: Place) =>
      client.rest.reactions.createForIssueComment({ ...at, ...about }),
    ),
  );
}

const REACTIONS = { seen: 'eyes', done: '+1', refused: 'confused' } as const satisfies Record<Reaction, string>;

function toComment(data: Data): PersonsComment {
  return {
    id: data.id,
    pullRequest: Number(data.issue_url.split('/').at(-1)),
    body: data.body ?? '',
    by: data.user?.login ?? '',
    // A GitHub App that acts for a person is no person either.
    isPerson: data.user?.type === 'User' && !data.performed_via_github_app,
    writtenAt: data.created_at,
    edited: data.updated_at !== data.created_at,
  };
}
