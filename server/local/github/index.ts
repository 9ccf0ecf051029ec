/**
 * A local GitHub: real bare repositories over smart HTTP, and the part of GitHub's REST API and webhooks that Lockstep
 * uses. It answers as GitHub does, or 404. The demo runs on it, and the tests hold the product against it.
 */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { createAdmin, type LocalGitHubAdmin } from './admin.ts';
import { appKey } from './credentials.ts';
import { emitPing } from './events.ts';
import { serveGit } from './git-http.ts';
import { chains, type Hub } from './hub.ts';
import { MergeStates } from './mergeable.ts';
import { catchUp } from './moves.ts';
import { Outstanding } from './outstanding.ts';
import { servePages } from './pages/index.ts';
import { Past } from './past.ts';
import { installHook } from './receive-hook.ts';
import { serveRest } from './rest.ts';
import { routes } from './routes/index.ts';
import { Store } from './store.ts';
import type { AppState } from './types.ts';
import { botLogin, ensureUser } from './users.ts';
import { Webhooks } from './webhooks.ts';

export type { LocalGitHubAdmin, NewCommit } from './admin.ts';
export type { NewRepository } from './repositories.ts';
export type { Protection } from './rulesets.ts';
export type { CheckRun, MergeMethod, RefUpdate, Role, Rule } from './types.ts';
export type { DeliveryPolicy, WebhookDelivery } from './webhooks.ts';

export interface LocalGitHubOptions {
  /** Repositories, state and record live below it; starting again on it goes on where it was. */
  dir: string;
  /** Default 0: any free one. */
  port?: number;
  app?: { id: number; slug: string; privateKeyPem?: string };
  webhook?: { url: string; secret: string };
  /** Life of installation tokens; default an hour, as on GitHub. */
  tokenLifeSeconds?: number;
  /** How long REST's answers about refs and pull requests stay behind git; default 0. */
  restLagMs?: number;
  /** The clock, in milliseconds; default the machine's. */
  now?: () => number;
}

export interface LocalGitHub {
  /** Web pages and git: `${url}/acme/api`, `${url}/acme/api.git`. */
  url: string;
  /** REST: `${url}/api/v3`, as on GitHub Enterprise. */
  apiUrl: string;
  app: { id: number; slug: string; privateKeyPem: string; installationId: number };
  admin: LocalGitHubAdmin;
  stop(): Promise<void>;
}

function newApp(options: LocalGitHubOptions, now: () => number): AppState {
  return {
    id: options.app?.id ?? 1,
    slug: options.app?.slug ?? 'lockstep',
    permissions: { metadata: 'read', contents: 'write', issues: 'read', pull_requests: 'write', checks: 'write' },
    events: ['check_run', 'issue_comment', 'pull_request', 'push'],
    createdAt: new Date(now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
}

function createHub(options: LocalGitHubOptions, url: () => string): Hub {
  const now = options.now ?? (() => Date.now());
  const store = new Store(options.dir, newApp(options, now));
  const inChain = chains();
  return {
    store,
    url,
    now,
    apiUrl: () => `${url()}/api/v3`,
    webhooks: new Webhooks(store, now),
    past: new Past(options.restLagMs ?? 0, now),
    mergeStates: new MergeStates(),
    outstanding: new Outstanding(),
    tokenLifeSeconds: options.tokenLifeSeconds ?? 3600,
    inOrder: <T>(repository: { fullName: string }, work: () => Promise<T>) =>
      inChain(repository.fullName, work) as Promise<T>,
  };
}

/** Starts a GitHub on this machine. The first account that gets a repository is installation 1. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  mkdirSync(options.dir, { recursive: true });
  let port = 0;
  const hub = createHub(options, () => `http://127.0.0.1:${port}`);
  const { privateKeyPem, publicKey } = appKey(options.dir, options.app?.privateKeyPem);
  ensureUser(hub, botLogin(hub), 'Bot');
  const app = Fastify({
    routerOptions: { maxParamLength: 2000, ignoreTrailingSlash: true },
    bodyLimit: 10_000_000,
    forceCloseConnections: true,
  });
  const pushes = new Set<Promise<void>>();
  const busy = (work: Promise<void>) => {
    pushes.add(work);
    void work.finally(() => pushes.delete(work));
  };
  // Addresses hold the port, so catching up comes after listening; requests wait for it.
  let open = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    open = resolve;
  });
  app.addHook('onRequest', () => ready);
  await serveGit(app, hub, { hooks: installHook(options.dir), busy });
  await serveRest(app, hub, { routes, publicKey });
  await servePages(app, hub);
  await app.listen({ host: '127.0.0.1', port: options.port ?? 0 });
  port = (app.server.address() as AddressInfo).port;
  await catchUp(hub);
  open();
  if (options.webhook !== undefined) setWebhook(hub, options.webhook);
  hub.webhooks.resume();
  const { id, slug } = hub.store.global.app;
  return {
    url: hub.url(),
    apiUrl: hub.apiUrl(),
    app: { id, slug, privateKeyPem, installationId: 1 },
    admin: createAdmin(hub),
    async stop() {
      await app.close();
      await Promise.allSettled(pushes);
      await hub.webhooks.stop();
    },
  };
}

/** GitHub pings an address when it is set, not each time it starts. */
function setWebhook(hub: Hub, webhook: { url: string; secret: string }): void {
  const { global } = hub.store;
  const known = global.webhook?.url === webhook.url;
  global.webhook = webhook;
  hub.store.saveGlobal();
  if (!known) emitPing(hub);
}
