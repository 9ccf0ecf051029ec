/**
 * A whole Lockstep for one run: a namespace on a real Temporal, a local GitHub over bare repositories with a proxy before it,
 * the server and the worker as processes that are kept alive.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { type LocalGitHub, startLocalGitHub } from '../server/local/github/index.ts';
import { createNamespace, stopSchedules } from '../server/local/temporal/namespace.ts';
import { freePort } from '../server/local/temporal/server.ts';
import type { Fault, Plan } from './plan.ts';
import { type GitHubProxy, startProxy } from './proxy.ts';
import { type Slack, startSlack } from './slack.ts';
import { createSupervisor, type Supervisor, type Wanted } from './supervisor.ts';
import { COORDINATOR, configuration } from './template.ts';
import { openTemporal, type Temporal } from './temporal.ts';

/** What all runs share. */
export interface Stage {
  temporal: { address: string; path: string };
  /** A filled local GitHub, to be copied. */
  template: string;
  workflowBundle: string;
  /** The repository as plain JavaScript. */
  compiled: string;
  sandbox: string;
  /** A work tree of the version that the stored histories were last made with. */
  older?: string;
}

export interface WorldOptions {
  faults: Fault[];
  /** Life of tokens; default an hour. */
  tokenLifeSeconds?: number;
  /** The longest life of a push, in ms. */
  pushLifeMs?: number;
  /** What else the coordinator's configuration says, line by line. */
  configuration?: string[];
  /** Others' runs must not see it die. */
  ownTemporal?: boolean;
  /** How often GitHub is compared with the queue. */
  reconcileMs?: number;
}

export interface World {
  stage: Stage;
  temporal: Temporal;
  folder: string;
  dataDir: string;
  namespace: string;
  client: Client;
  github: LocalGitHub;
  proxy: GitHubProxy;
  slack: Slack;
  supervisor: Supervisor;
  serverUrl: string;
  /** Strings that must be seen nowhere. */
  secrets(): string[];
  /** How a process of each kind is started, for more of them. */
  wanted: { server: Wanted; worker: Wanted };
  /** Another server, on a port of its own. */
  secondServer(): Promise<Wanted>;
  /** Ends everything; the files stay for whoever wants to see what happened, or go. */
  stop(files: 'keep' | 'remove'): Promise<void>;
}

const PUSH_LIFE_MS = 4_500;
const RECONCILE_MS = 60_000;

export async function createWorld(stage: Stage, options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-faults-'));
  const undo: (() => Promise<unknown>)[] = [];
  const stop: World['stop'] = async (files) => {
    for (const step of undo.reverse()) await step();
    if (files === 'remove') await rm(folder, { recursive: true, force: true });
  };
  try {
    return await build(stage, options, { folder, undo, stop });
  } catch (error) {
    await stop('remove');
    throw error;
  }
}

interface Base {
  folder: string;
  undo: (() => Promise<unknown>)[];
  stop: World['stop'];
}

async function build(stage: Stage, options: WorldOptions, { folder, undo, stop }: Base): Promise<World> {
  const namespace = `faults-${randomBytes(6).toString('hex')}`;
  const temporal = await openTemporal(stage.temporal, { folder, own: options.ownTemporal === true });
  undo.push(() => temporal.stop());
  const { address } = temporal;
  const [port] = await Promise.all([freePort(), createNamespace(address, namespace)]);
  const serverUrl = `http://127.0.0.1:${port}`;
  const secret = randomBytes(24).toString('hex');
  const dir = join(folder, 'github');
  await cp(stage.template, dir, { recursive: true });
  const github = await startLocalGitHub({
    dir,
    webhook: { url: `${serverUrl}/webhooks/github`, secret },
    ...(options.tokenLifeSeconds !== undefined && { tokenLifeSeconds: options.tokenLifeSeconds }),
  });
  undo.push(() => github.stop());
  if (options.configuration !== undefined) {
    const files = configuration(options.configuration);
    await github.admin.commit(COORDINATOR, 'main', { files, message: 'Another configuration' });
  }
  const pushLifeMs = options.pushLifeMs ?? PUSH_LIFE_MS;
  // After the client was killed (two thirds), before its life has passed.
  const proxy = await startProxy({ target: github.url, lateMs: pushLifeMs * 0.7 });
  undo.push(() => proxy.stop());
  const slack = await startSlack();
  undo.push(() => slack.stop());
  const connection = await Connection.connect({ address });
  undo.push(() => connection.close());
  const client = new Client({ connection, namespace });
  undo.push(() => stopSchedules(client));
  const dataDir = join(folder, 'data');
  const plan = await writePlan(folder, { faults: options.faults, arm: proxy.armUrl });
  const about = {
    stage,
    address,
    namespace,
    folder,
    dataDir,
    plan,
    port,
    secret,
    github,
    proxy,
    slack,
    pushLifeMs,
    reconcileMs: options.reconcileMs ?? RECONCILE_MS,
  };
  const wanted = await processes(about);
  const supervisor = createSupervisor(folder);
  undo.push(() => supervisor.stop());
  const known = [github.app.privateKeyPem, secret, slack.url];
  return {
    ...{
      stage,
      temporal,
      folder,
      dataDir,
      namespace,
      client,
      github,
      proxy,
      slack,
      supervisor,
      serverUrl,
      wanted,
      stop,
    },
    async secondServer() {
      const { env } = wanted.server;
      return { ...wanted.server, name: 'server-2', env: { ...env, LOCKSTEP_LISTEN: `127.0.0.1:${await freePort()}` } };
    },
    secrets: () => [...known.flatMap(canaries), ...proxy.credentials],
  };
}

/** Of a key each long line, for a log that wraps it. */
function canaries(secret: string): string[] {
  return secret.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'));
}

async function writePlan(folder: string, { faults, arm }: { faults: Fault[]; arm: string }): Promise<string> {
  const happened = join(folder, 'happened');
  await mkdir(happened);
  const file = join(folder, 'plan.json');
  const plan: Plan = { faults, happened, arm };
  await writeFile(file, JSON.stringify(plan));
  return file;
}

interface About {
  stage: Stage;
  address: string;
  namespace: string;
  folder: string;
  dataDir: string;
  plan: string;
  port: number;
  secret: string;
  github: LocalGitHub;
  proxy: GitHubProxy;
  slack: Slack;
  pushLifeMs: number;
  reconcileMs: number;
}

async function processes(about: About): Promise<World['wanted']> {
  const { stage, folder, github, proxy, port } = about;
  const keyFile = join(folder, 'app.pem');
  const secretFile = join(folder, 'webhook-secret');
  await writeFile(keyFile, github.app.privateKeyPem, { mode: 0o600 });
  await writeFile(secretFile, about.secret, { mode: 0o600 });
  await mkdir(about.dataDir);
  const common = {
    LOCKSTEP_FAULT_PLAN: about.plan,
    LOCKSTEP_COORDINATOR: COORDINATOR,
    LOCKSTEP_DATA_DIR: about.dataDir,
    LOCKSTEP_WORKFLOW_BUNDLE: stage.workflowBundle,
    TEMPORAL_ADDRESS: about.address,
    TEMPORAL_NAMESPACE: about.namespace,
    GITHUB_SERVER_URL: proxy.url,
  };
  const server = {
    ...common,
    LOCKSTEP_LISTEN: `127.0.0.1:${port}`,
    GITHUB_WEBHOOK_SECRET_FILE: secretFile,
    GITHUB_APP_SLUG: github.app.slug,
    LOCKSTEP_RECONCILE_MS: String(about.reconcileMs),
    // Asked for when all is at rest: one period, without waiting for it.
    LOCKSTEP_JANITOR_MS: '3600000',
  };
  const worker = {
    ...common,
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: `${proxy.url}/api/v3`,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOCKSTEP_SANDBOX: stage.sandbox,
    LOCKSTEP_PUSH_LIFE_MS: String(about.pushLifeMs),
    LOCKSTEP_PUBLISH_MS: '3000',
    LOCKSTEP_REFRESH_MS: '30000',
    SLACK_WEBHOOK_URL: about.slack.url,
  };
  const start = (name: string, env: Record<string, string>): Wanted => ({
    name,
    args: [join(stage.compiled, 'faults', 'processes', `${name}.js`)],
    cwd: stage.compiled,
    env,
  });
  return { server: start('server', server), worker: start('worker', worker) };
}
