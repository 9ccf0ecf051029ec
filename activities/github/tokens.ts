/**
 * Installation tokens, each for one repository and the permissions of one call. They are held in memory while they
 * have five minutes to live, and nowhere else.
 */
import { createPrivateKey } from 'node:crypto';
import { createAppAuth } from '@octokit/auth-app';
import { RequestError } from '@octokit/request-error';
import { SignJWT } from 'jose';
import type { RepositoryName } from '../../src/changeset.ts';
import { shortName } from '../../src/changeset.ts';
import { GitError } from '../git/errors.ts';
import type { Access } from '../git/options.ts';
import { type ClientOptions, createClient } from './client.ts';
import { type AppRefusal, appRefusal } from './refusals.ts';

export type Permissions = Partial<
  Record<'metadata' | 'contents' | 'pull_requests' | 'checks' | 'workflows', 'read' | 'write'>
>;

export interface TokenOptions extends ClientOptions {
  appId: number | string;
  /** PEM, as GitHub gives it. */
  privateKey: string;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  now?: () => number;
  /** Hears whether GitHub gave a token when it was asked for one. */
  answered?: (answer: TokenAnswer) => void;
}

export interface TokenAnswer {
  /** Of the repositories that it was asked for. */
  owner: string;
  /** Absent: it gave one. */
  refusal?: AppRefusal;
}

export interface Tokens {
  /** Throws a `RequestError`; 404 or 422 when the App is not installed on the repository. */
  forApi(repository: RepositoryName, permissions: Permissions): Promise<string>;
  /** For `createGit`. `refused`: the token that the remote just refused. Throws a `GitError`. */
  forGit(repository: RepositoryName, access: Access, refused?: string): Promise<string>;
  /** The App's own JWT, for what concerns the App and no repository. */
  forApp(): Promise<string>;
  /** Drops a token that was refused. */
  forget(token: string): void;
}

const SPARE_MS = 5 * 60_000;

interface Held {
  token: string;
  expiresAt: number;
}

export function createTokens(options: TokenOptions): Tokens {
  const now = options.now ?? Date.now;
  const key = createPrivateKey(options.privateKey);
  const held = new Map<string, Held>();
  const minting = new Map<string, Promise<Held>>();
  const installations = new Map<string, number>();
  /** How far GitHub's clock is ahead of ours, in ms; learnt from a refusal. */
  let skewMs = 0;

  async function createJwt() {
    const seconds = Math.floor((now() + skewMs) / 1000);
    const jwt = new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setIssuer(String(options.appId));
    const signed = await jwt
      .setIssuedAt(seconds - 60)
      .setExpirationTime(seconds + 9 * 60)
      .sign(key);
    return { jwt: signed, expiresAt: new Date((seconds + 9 * 60) * 1000).toISOString() };
  }

  const auth = createAppAuth({ appId: options.appId, createJwt, request: createClient(options, undefined).request });

  /** Runs `work` with a JWT; once more with GitHub's clock when it says that ours is wrong. */
  async function asApp<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const date = error instanceof RequestError && error.status === 401 ? error.response?.headers.date : undefined;
      const difference = date === undefined ? 0 : Date.parse(date) - (now() + skewMs);
      if (Math.abs(difference) < 30_000) throw error;
      skewMs += difference;
      return work();
    }
  }

  async function installationOf(repository: RepositoryName): Promise<number> {
    const [owner = ''] = repository.split('/');
    const known = installations.get(owner);
    if (known !== undefined) return known;
    const client = createClient(options, (await createJwt()).jwt);
    const { data } = await client.rest.apps.getRepoInstallation({ owner, repo: shortName(repository) });
    installations.set(owner, data.id);
    return data.id;
  }

  async function mint(repository: RepositoryName, permissions: Permissions): Promise<Held> {
    const [owner = ''] = repository.split('/');
    const minted = await asApp(async () => {
      const installationId = await installationOf(repository);
      const repositoryNames = [shortName(repository)];
      return auth({ type: 'installation', installationId, repositoryNames, permissions, refresh: true });
    }).catch((error) => {
      installations.delete(owner);
      const refusal = appRefusal(error);
      if (refusal !== undefined) options.answered?.({ owner, refusal });
      throw error;
    });
    options.answered?.({ owner });
    return { token: minted.token, expiresAt: Date.parse(minted.expiresAt) - skewMs };
  }

  async function forApi(repository: RepositoryName, permissions: Permissions): Promise<string> {
    const narrowing = `${repository} ${JSON.stringify(Object.entries(permissions).sort())}`;
    const before = held.get(narrowing);
    if (before && before.expiresAt - now() >= SPARE_MS) return before.token;
    const already = minting.get(narrowing);
    if (already) return (await already).token;
    const fresh = mint(repository, permissions).finally(() => minting.delete(narrowing));
    minting.set(narrowing, fresh);
    const minted = await fresh;
    held.set(narrowing, minted);
    return minted.token;
  }

  function forget(token: string): void {
    for (const [narrowing, one] of held) if (one.token === token) held.delete(narrowing);
  }

  return {
    forApi,
    forget,
    forApp: async () => (await createJwt()).jwt,
    async forGit(repository, access, refused) {
      if (refused !== undefined) forget(refused);
      try {
        return await forApi(repository, { contents: access });
      } catch (error) {
        throw gitErrorOf(repository, error);
      }
    },
  };
}

function gitErrorOf(repository: RepositoryName, error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  if (error.status === 404 || error.status === 422) {
    return new GitError('unreadable', `the App is not installed on ${repository}`, { cause: error });
  }
  switch (appRefusal(error)) {
    case 'key':
      return new GitError('unauthorized', `GitHub refuses the App's key`, { cause: error });
    case 'suspended':
      return new GitError('unauthorized', `the App is suspended on ${repository}`, { cause: error });
  }
  return new GitError('network', `no token for ${repository}: status ${error.status}`, { cause: error });
}
