/** One call to GitHub: a token narrowed to its repository and permissions, minted again once when it is refused. */
import { RequestError } from '@octokit/request-error';
import { type RepositoryName, shortName } from '../../src/changeset.ts';
import { type Client, type ClientOptions, createClient } from './client.ts';
import { appRefusal } from './refusals.ts';
import type { Permissions, Tokens } from './tokens.ts';

export interface ForgeOptions extends ClientOptions {
  coordinator: RepositoryName;
  /** `https://github.com`: base of links. */
  serverUrl: string;
  tokens: Tokens;
}

export interface Session {
  options: ForgeOptions;
  /** Runs `work` with a client that may do this in that repository, and nothing else. */
  in<T>(
    repository: RepositoryName,
    permissions: Permissions,
    work: (client: Client, at: Place) => Promise<T>,
  ): Promise<T>;
  /** Runs `work` as the App itself. */
  asApp<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Id, slug, and the login that our comments carry. */
  app(): Promise<AppIdentity>;
}

// A type, not an interface: Octokit wants an index signature.
export type Place = {
  owner: string;
  repo: string;
};

export interface AppIdentity {
  id: number;
  slug: string;
  login: string;
}

export function createSession(options: ForgeOptions): Session {
  const { tokens } = options;
  let identity: AppIdentity | undefined;

  async function asApp<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return work(createClient(options, await tokens.forApp()));
  }

  return {
    options,
    asApp,
    async in(repository, permissions, work) {
      const [owner = ''] = repository.split('/');
      const at = { owner, repo: shortName(repository) };
      const token = await tokens.forApi(repository, permissions);
      try {
        return await work(createClient(options, token), at);
      } catch (error) {
        if (appRefusal(error) === undefined) throw error;
        tokens.forget(token);
        return work(createClient(options, await tokens.forApi(repository, permissions)), at);
      }
    },
    async app() {
      identity ??= await asApp(async (client) => {
        const { data } = await client.rest.apps.getAuthenticated();
        const slug = data?.slug ?? '';
        return { id: data?.id ?? 0, slug, login: `${slug}[bot]` };
      });
      return identity;
    },
  };
}

/** `undefined` where GitHub says that there is no such thing, or none for us. */
export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RequestError && [404, 410, 451].includes(error.status)) return undefined;
    throw error;
  }
}

/** As `unlessMissing`, also where no token is given for a repository because the App is not installed on it. */
export async function unlessUnreadable<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await unlessMissing(work);
  } catch (error) {
    if (error instanceof RequestError && error.status === 422 && error.request.url.endsWith('/access_tokens'))
      return undefined;
    throw error;
  }
}
