/** The `Forge` port on GitHub's REST API. */
import { RequestError } from '@octokit/request-error';
import type { RepositoryName } from '../../src/changeset.ts';
import type { Forge, Permission } from '../../src/ports.ts';
import { publishCheck, readCheck } from './checks.ts';
import { amendComment, commentOnBranch, ownComments, publishComment } from './comments.ts';
import { commentsSince, react, readComment } from './conversation.ts';
import { changedFiles, listOpenPullRequests, mergePullRequest, readPullRequest } from './pullRequests.ts';
import { blockingRules } from './rules.ts';
import { createSession, type ForgeOptions, type Session, unlessUnreadable } from './session.ts';

export function createForge(options: ForgeOptions): Forge {
  const session = createSession(options);
  return {
    readPullRequest: (number) => readPullRequest(session, number),
    listOpenPullRequests: () => listOpenPullRequests(session),
    changedFiles: (number) => changedFiles(session, number),
    permission: (repository, login) => permission(session, repository, login),
    blockingRules: (repository, branch) => blockingRules(session, repository, branch),
    publishComment: (number, comment) => publishComment(session, { repository: options.coordinator, number }, comment),
    ownComments: (number) => ownComments(session, { repository: options.coordinator, number }),
    amendComment: (number, comment) => amendComment(session, { repository: options.coordinator, number }, comment),
    readComment: (id) => readComment(session, id),
    commentsSince: (since) => commentsSince(session, since),
    react: (id, reaction) => react(session, id, reaction),
    publishCheck: (check) => publishCheck(session, check),
    readCheck: (head) => readCheck(session, head),
    mergePullRequest: (request) => mergePullRequest(session, request),
    commentOnBranch: (request) => commentOnBranch(session, request),
    redeliverFailed: (since) => redeliverFailed(session, since),
  };
}

async function permission(session: Session, repository: RepositoryName, login: string): Promise<Permission> {
  const found = await unlessUnreadable(
    session.in(repository, { metadata: 'read' }, (client, at) =>
      client.rest.repos.getCollaboratorPermissionLevel({ ...at, username: login }),
    ),
  );
  switch (found?.data.permission) {
    case 'admin':
    case 'write':
    case 'read':
      return found.data.permission;
    case 'maintain':
      return 'write';
    case 'triage':
      return 'read';
    default:
      return 'none';
  }
}

/** GitHub redelivers nothing by itself. A delivery counts as received when any of its attempts was. */
async function redeliverFailed(session: Session, since: Date): Promise<number> {
  return session.asApp(async (client) => {
    const attempts = new Map<string, { id: number; received: boolean }>();
    const pages = client.paginate.iterator(client.rest.apps.listWebhookDeliveries, { per_page: 100 });
    for await (const { data } of pages) {
      for (const { id, guid, delivered_at: at, status_code: code } of data) {
        if (Date.parse(at) < since.getTime()) continue;
        const known = attempts.get(guid);
        const received = code >= 200 && code < 300;
        attempts.set(guid, { id: known?.id ?? id, received: received || known?.received === true });
      }
      const last = data.at(-1);
      if (!last || Date.parse(last.delivered_at) < since.getTime()) break;
    }
    return again(
      session,
      [...attempts.values()].filter(({ received }) => !received).map(({ id }) => id),
    );
  });
}

async function again(session: Session, ids: number[]): Promise<number> {
  return session.asApp(async (client) => {
    let asked = 0;
    for (const delivery_id of ids) {
      try {
        await client.rest.apps.redeliverWebhookDelivery({ delivery_id });
        asked += 1;
      } catch (error) {
        // GitHub keeps deliveries for three days: one may go while we look.
        if (!(error instanceof RequestError && [404, 422].includes(error.status))) throw error;
      }
    }
    return asked;
  });
}
