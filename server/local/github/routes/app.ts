/** The App: itself, its installations and tokens, users, the rate limit. */
import { z } from 'zod';
import { mintToken, refuseSuspended } from '../credentials.ts';
import { ApiError, notFound } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { type Answer, appRoute, bodyAs, type Call, page, type Route } from '../rest.ts';
import type { Permissions } from '../types.ts';
import { findUser } from '../users.ts';
import { repositoryView } from '../views/repository.ts';
import { appView, grantedTo, installationView, publicUserView } from '../views/user.ts';

const LEVEL = z.enum(['read', 'write']);
const PERMISSIONS = z.object({
  metadata: LEVEL.optional(),
  contents: LEVEL.optional(),
  pull_requests: LEVEL.optional(),
  issues: LEVEL.optional(),
  checks: LEVEL.optional(),
  workflows: LEVEL.optional(),
  administration: LEVEL.optional(),
});
const TOKEN = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: PERMISSIONS.strict().optional(),
});

function installedAccount(hub: Hub, id: string | undefined): string {
  const account = hub.store.global.accounts[Number(id) - 1];
  if (account === undefined) throw notFound();
  return account;
}

function installedRepositories(hub: Hub, account: string) {
  return hub.store.all().filter((repository) => repository.installed && repository.owner === account);
}

function createToken({ hub, params, body }: Call): Answer {
  const account = installedAccount(hub, params.installation_id);
  refuseSuspended(hub, account);
  const asked = bodyAs(TOKEN, body);
  const installed = installedRepositories(hub, account);
  const wanted = [...(asked.repositories ?? []), ...(asked.repository_ids ?? [])];
  const chosen = wanted.map((key) => installed.find((one) => one.name === key || one.id === key));
  if (chosen.includes(undefined)) {
    throw new ApiError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  const permissions = narrowed(grantedTo(hub.store.global.app).permissions, asked.permissions);
  const repositories = wanted.length === 0 ? null : chosen.flatMap((one) => one?.fullName ?? []);
  const installationId = Number(params.installation_id);
  const { token, expiresAt } = mintToken(hub, { kind: 'installation', installationId, repositories, permissions });
  return {
    status: 201,
    body: {
      token,
      // To the second, as GitHub writes it; the token itself may live a part of a second longer.
      expires_at: expiresAt?.replace(/\.\d{3}Z$/, 'Z'),
      permissions,
      repository_selection: 'selected',
      ...(repositories === null
        ? {}
        : { repositories: chosen.flatMap((one) => (one ? [repositoryView(hub, one)] : [])) }),
    },
  };
}

/** A token never has more than the App was granted; metadata can always be read. */
function narrowed(granted: Permissions, asked: z.infer<typeof PERMISSIONS> | undefined): Permissions {
  if (asked === undefined) return granted;
  const permissions: Permissions = { metadata: 'read' };
  for (const name of Object.keys(asked) as (keyof Permissions)[]) {
    const level = asked[name];
    if (level === undefined) continue;
    if (granted[name] === undefined || (granted[name] === 'read' && level === 'write')) {
      throw new ApiError(422, 'The permissions requested are not granted to this installation.');
    }
    permissions[name] = level;
  }
  return permissions;
}

function installationRepositories(call: Call): Answer {
  const { hub, actor } = call;
  if (actor.kind !== 'installation') throw new ApiError(403, 'Resource not accessible by integration');
  const all = installedRepositories(hub, installedAccount(hub, String(actor.installationId))).filter(
    (one) => actor.repositories === null || actor.repositories.includes(one.fullName),
  );
  const view = (one: (typeof all)[number]) => repositoryView(hub, one);
  return page(call, all, view, (repositories) => ({
    total_count: all.length,
    repository_selection: 'selected',
    repositories,
  }));
}

function rateLimit({ hub }: Call): Answer {
  const resource = { limit: 5000, used: 0, remaining: 5000, reset: Math.floor(hub.now() / 1000) + 3600 };
  return { status: 200, body: { resources: { core: resource, search: resource }, rate: resource } };
}

export const appRoutes: Route[] = [
  appRoute({ method: 'GET', path: '/app' }, ({ hub }) => ({ status: 200, body: appView(hub) })),
  appRoute({ method: 'GET', path: '/app/installations' }, (call) =>
    page(call, call.hub.store.global.accounts, (account) => installationView(call.hub, account)),
  ),
  appRoute({ method: 'GET', path: '/app/installations/{installation_id}' }, ({ hub, params }) => ({
    status: 200,
    body: installationView(hub, installedAccount(hub, params.installation_id)),
  })),
  appRoute({ method: 'POST', path: '/app/installations/{installation_id}/access_tokens' }, createToken),
  appRoute({ method: 'GET', path: '/repos/{owner}/{repo}/installation' }, ({ hub, params }) => {
    const repository = hub.store.find(`${params.owner}/${params.repo}`);
    if (repository?.installed !== true) throw notFound();
    return { status: 200, body: installationView(hub, repository.owner) };
  }),
  { method: 'GET', path: '/installation/repositories', handle: installationRepositories },
  {
    method: 'GET',
    path: '/users/{username}',
    handle({ hub, params }) {
      const user = findUser(hub, params.username ?? '');
      if (user === undefined) throw notFound();
      return { status: 200, body: publicUserView(hub, user) };
    },
  },
  { method: 'GET', path: '/rate_limit', handle: rateLimit },
];
