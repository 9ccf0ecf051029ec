/** What the doctor asks GitHub: about the App, its webhook, and the rules of a repository. Nothing is changed. */

import { type RepositoryName, shortName, stagingRef } from '../../src/changeset.ts';
import type {
  AppFacts,
  HookFacts,
  InstallationFacts,
  RepositoryFacts,
  RulesetOnBranch,
} from '../../src/doctor/facts.ts';
import { type Client, createClient } from './client.ts';
import { blockingRules } from './rules.ts';
import { rulesetsOn } from './rulesets.ts';
import { type Session, unlessMissing, unlessUnreadable } from './session.ts';

export async function inspectApp(session: Session): Promise<AppFacts> {
  return session.asApp(async (client) => {
    const { data: app } = await client.rest.apps.getAuthenticated();
    if (app === null) throw new Error('GitHub named no App for this key');
    const owner = app.owner && 'login' in app.owner ? app.owner : undefined;
    const accounts = await client.paginate(client.rest.apps.listInstallations, { per_page: 100 });
    return {
      id: app.id,
      slug: app.slug ?? app.name,
      settingsUrl: settingsOf(session.options.serverUrl, app.slug ?? '', owner),
      permissions: granted(app.permissions),
      events: app.events,
      installations: accounts.map(installationFacts),
    };
  });
}

function settingsOf(serverUrl: string, slug: string, owner: { login: string; type?: string } | undefined): string {
  const folder = owner?.type === 'Organization' ? `organizations/${owner.login}/settings` : 'settings';
  return `${serverUrl}/${folder}/apps/${slug}`;
}

type Installation = Awaited<ReturnType<Client['rest']['apps']['listInstallations']>>['data'][number];

function installationFacts(one: Installation): InstallationFacts {
  const { account } = one;
  return {
    account: account && 'login' in account ? account.login : String(one.id),
    url: one.html_url,
    permissions: granted(one.permissions),
    events: one.events,
    suspended: one.suspended_at !== null,
  };
}

function granted(permissions: object): Record<string, string> {
  const entries = Object.entries(permissions).filter(([, level]) => level !== undefined && level !== null);
  return Object.fromEntries(entries.map(([name, level]) => [name, String(level)]));
}

export async function inspectHook(session: Session): Promise<HookFacts> {
  return session.asApp(async (client) => {
    const { data } = await client.rest.apps.getWebhookConfigForApp();
    return {
      ...(data.url && { url: data.url }),
      ...(data.content_type && { contentType: data.content_type }),
      hasSecret: Boolean(data.secret),
      verifiesTls: String(data.insecure_ssl ?? '0') === '0',
    };
  });
}

/** The text of a file on the default branch; `undefined` when it, or the repository, cannot be seen. */
export async function readTextFile(
  session: Session,
  repository: RepositoryName,
  path: string,
): Promise<Uint8Array | undefined> {
  return unlessUnreadable(
    session.in(repository, { contents: 'read' }, async (client, at) => {
      const { data } = await client.rest.repos.getContent({ ...at, path });
      return 'content' in data && data.type === 'file' ? Buffer.from(data.content, 'base64') : undefined;
    }),
  );
}

export interface Inspected {
  repository: RepositoryName;
  coordinator: RepositoryName;
  /** Who is shown bypass lists. */
  adminToken?: string;
}

/** `undefined`: the App is not installed on it, or there is none. */
export async function inspectRepository(session: Session, asked: Inspected): Promise<RepositoryFacts | undefined> {
  const { repository, coordinator, adminToken } = asked;
  const permissions = { metadata: 'read', contents: 'read' } as const;
  const found = await unlessUnreadable(
    session.in(repository, permissions, async (client, at) => {
      const { default_branch: defaultBranch } = (await client.rest.repos.get(at)).data;
      return { defaultBranch, ...(await rulesOf(client, at, defaultBranch)) };
    }),
  );
  if (found === undefined) return undefined;
  const { defaultBranch } = found;
  const shown =
    adminToken === undefined ? undefined : await asAdmin(session, { repository, defaultBranch, adminToken });
  return {
    repository,
    isCoordinator: repository.toLowerCase() === coordinator.toLowerCase(),
    askedAsAdmin: adminToken !== undefined,
    url: `${session.options.serverUrl}/${repository}`,
    defaultBranch,
    onMain: withActors(found.onMain, shown?.onMain),
    onStaging: withActors(found.onStaging, shown?.onStaging),
    blocking: (await blockingRules(session, repository, defaultBranch)) ?? [],
  };
}

/** As landings name them. */
const STAGING_BRANCH = stagingRef({ coordinator: 'a/b', pullRequest: 1, name: 'doctor' }).slice('refs/heads/'.length);

async function rulesOf(client: Client, at: { owner: string; repo: string }, defaultBranch: string) {
  const onMain = await rulesetsOn(client, at, { branch: defaultBranch });
  return { onMain, onStaging: await rulesetsOn(client, at, { branch: STAGING_BRANCH }) };
}

async function asAdmin(
  session: Session,
  of: { repository: RepositoryName; defaultBranch: string; adminToken: string },
): Promise<{ onMain: RulesetOnBranch[]; onStaging: RulesetOnBranch[] } | undefined> {
  const [owner = ''] = of.repository.split('/');
  const at = { owner, repo: shortName(of.repository) };
  return unlessMissing(rulesOf(createClient(session.options, of.adminToken), at, of.defaultBranch));
}

function withActors(rulesets: RulesetOnBranch[], shown: RulesetOnBranch[] | undefined): RulesetOnBranch[] {
  return rulesets.map((ruleset) => {
    const actors = shown?.find(({ id }) => id === ruleset.id)?.actors;
    return actors === undefined ? ruleset : { ...ruleset, actors };
  });
}
