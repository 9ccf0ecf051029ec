/** Everything that the demo runs on: Temporal, a local GitHub, the server and a worker; and its orderly end. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { SandboxChoice } from '../../environment/sandbox.ts';
import { DATA_CONVERTER } from '../../temporal/connect.ts';
import { type LocalGitHub, startLocalGitHub } from '../github/index.ts';
import { createNamespace } from '../temporal/namespace.ts';
import { freePort, startTemporal } from '../temporal/server.ts';
import { type Running, startProcess } from './processes.ts';
import { COORDINATOR } from './shop.ts';

export interface Stand {
  folder: string;
  github: LocalGitHub;
  client: Client;
  temporal: { address: string; namespace: string; uiUrl?: string };
  serverUrl: string;
  /** Of the worker that runs, also of one that took the place of another. */
  workerMetricsUrl: string;
  worker: Running;
  startWorker(): Promise<Running>;
  stop(): Promise<void>;
}

export interface StandOptions {
  /** The `temporal` command: also its dev server, unless an address is given. */
  temporalPath: string;
  /** A Temporal that runs already (`TEMPORAL_ADDRESS`). */
  temporalAddress?: string;
  /** Where Temporal comes from, for people. */
  temporalSource: string;
  sandbox: SandboxChoice;
  say(line: string): void;
  environment: Record<string, string | undefined>;
}

const READY_WITHIN_MS = 60_000;

export async function buildStand(options: StandOptions): Promise<Stand> {
  const { say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-demo-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.reverse()) await step().catch((error: unknown) => say(`while stopping: ${String(error)}`));
  };
  try {
    return await build(options, { folder, undo, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(
  options: StandOptions,
  base: { folder: string; undo: (() => Promise<unknown>)[]; stop(): Promise<void> },
): Promise<Stand> {
  const { say } = options;
  const { folder, undo, stop } = base;
  const temporal = await temporalOf(options, base);
  const webUi = temporal.uiUrl ? `, Web UI ${temporal.uiUrl}` : '';
  say(`Temporal     ${temporal.address} (${options.temporalSource})${webUi}`);
  const [port, metricsPort] = await Promise.all([freePort(), freePort()]);
  const serverUrl = `http://127.0.0.1:${port}`;
  const secret = randomBytes(24).toString('hex');
  const webhook = { url: `${serverUrl}/webhooks/github`, secret };
  const github = await startLocalGitHub({ dir: join(folder, 'github'), webhook });
  undo.push(() => github.stop());
  say(`GitHub       ${github.url} (local, real git repositories)`);

  const env = await environmentOf(options, { folder, github, temporal, port, metricsPort, secret });
  const server = startProcess({ file: 'server/main.ts', env: env.server, folder, name: 'server' });
  undo.push(() => server.stop());
  const connection = await Connection.connect({ address: temporal.address });
  undo.push(() => connection.close());
  const client = new Client({ connection, namespace: temporal.namespace, dataConverter: DATA_CONVERTER });
  let workers = 0;
  const startWorker = async () => {
    workers += 1;
    const worker = startProcess({ file: 'server/worker.ts', env: env.worker, folder, name: `worker-${workers}` });
    undo.push(() => worker.stop());
    await Promise.race([
      worker.serving.then(() => untilReady(serverUrl)),
      endedEarly(worker, join(folder, `worker-${workers}.log`)),
    ]);
    return worker;
  };
  const worker = await startWorker();
  say(`Lockstep     server ${serverUrl}, worker ${worker.pid}`);
  const workerMetricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  return { folder, github, client, temporal, serverUrl, workerMetricsUrl, worker, startWorker, stop };
}

async function temporalOf(
  options: StandOptions,
  base: { folder: string; undo: (() => Promise<unknown>)[] },
): Promise<Stand['temporal']> {
  const { temporalAddress, temporalPath } = options;
  if (temporalAddress !== undefined) {
    // A namespace of its own: the queue's id is fixed, and somebody may use this server.
    const namespace = `lockstep-demo-${randomBytes(4).toString('hex')}`;
    await createNamespace(temporalAddress, namespace).catch((error: unknown) => {
      throw new Error(`expected a Temporal at ${temporalAddress} (TEMPORAL_ADDRESS), found none that answers`, {
        cause: error,
      });
    });
    const uiUrl = options.environment.TEMPORAL_UI_URL;
    return { address: temporalAddress, namespace, ...(uiUrl && { uiUrl }) };
  }
  const namespace = 'lockstep';
  const server = await startTemporal({
    path: temporalPath,
    dbFile: join(base.folder, 'temporal.db'),
    uiPort: 0,
    namespaces: [namespace],
  });
  base.undo.push(() => server.stop());
  return { address: server.address, namespace, ...(server.uiUrl && { uiUrl: server.uiUrl }) };
}

async function environmentOf(
  options: StandOptions,
  about: {
    folder: string;
    github: LocalGitHub;
    temporal: Stand['temporal'];
    port: number;
    metricsPort: number;
    secret: string;
  },
) {
  const { folder, github, temporal, port, metricsPort, secret } = about;
  const keyFile = join(folder, 'app.pem');
  const secretFile = join(folder, 'webhook-secret');
  await writeFile(keyFile, github.app.privateKeyPem, { mode: 0o600 });
  await writeFile(secretFile, secret, { mode: 0o600 });
  const common = {
    PATH: options.environment.PATH,
    HOME: options.environment.HOME,
    LOCKSTEP_COORDINATOR: COORDINATOR,
    LOCKSTEP_DATA_DIR: join(folder, 'data'),
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const server = {
    ...common,
    LOCKSTEP_LISTEN: `127.0.0.1:${port}`,
    GITHUB_WEBHOOK_SECRET_FILE: secretFile,
    GITHUB_APP_SLUG: github.app.slug,
    GITHUB_SERVER_URL: github.url,
  };
  const worker = {
    ...common,
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOCKSTEP_SANDBOX: options.sandbox,
    LOCKSTEP_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
    LOCKSTEP_PUBLISH_MS: '1000',
    LOCKSTEP_PUSH_LIFE_MS: '4500',
    ...(temporal.uiUrl && { TEMPORAL_UI_URL: temporal.uiUrl }),
  };
  return { server, worker };
}

async function untilReady(serverUrl: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let last = 'no answer';
  while (Date.now() < deadline) {
    const answer = await fetch(`${serverUrl}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (answer) last = await answer.text();
    await delay(200);
  }
  throw new Error(`expected Lockstep to be ready within ${READY_WITHIN_MS / 1000} s, found: ${last}`);
}

async function endedEarly(worker: Running, logFile: string): Promise<never> {
  const code = await worker.ended;
  const log = await readFile(logFile, 'utf8').catch(() => '');
  throw new Error(`expected the worker to run, found that it ended with ${code}:\n${log.trim().slice(-2000)}`);
}
