/** The server and the workers of a test, as processes of their own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalGitHub } from '../../../server/local/github/index.ts';
import { type Service, startService } from '../service.ts';
import { until } from '../until.ts';
import type { Identities, Role } from './identities.ts';

type Environment = Record<string, string>;

export interface ProcessesOf {
  folder: string;
  coordinator: string;
  /** Of the first server. */
  port: number;
  secret: string;
  github: LocalGitHub;
  temporal: { address: string; namespace: string };
  /** For all of them. */
  env: Environment | undefined;
  /** Starts a worker otherwise composed, for both roles. */
  workerFile?: string;
  /** Each process is another user's, with its own secrets alone. */
  identities?: Identities;
}

export async function createProcesses(about: ProcessesOf) {
  const { folder, port, identities } = about;
  const environments = await environmentsOf(about);
  const worker = { ...environments.control, ...environments.tests };
  const serverUrl = `http://127.0.0.1:${port}`;
  const services = new Set<Service>();
  const start = ({ file, args }: { file: string; args?: string[] }, env: Environment, role: Role) => {
    const name = `${file.replace(/\W+/g, '-')}-${services.size + 1}`;
    const as = identities && { as: (command: string[]) => identities.as(role, command) };
    const service = startService({ file, env, logs: folder, name, ...(args && { args }), ...as });
    services.add(service);
    return service;
  };
  const workerPolls = () => until('the worker to poll', async () => (await fetch(`${serverUrl}/readyz`)).ok);
  return {
    serverUrl,
    /** Of server and workers together, as `npm start` has it. */
    environment: { ...environments.server, ...worker } satisfies Environment,
    /** `env`: where it differs from the first. */
    async startServer(env: { LOCKSTEP_LISTEN?: string } & Environment = {}): Promise<Service> {
      const service = start({ file: 'server/main.ts' }, { ...environments.server, ...env }, 'server');
      const url = env.LOCKSTEP_LISTEN === undefined ? serverUrl : `http://${env.LOCKSTEP_LISTEN}`;
      await until('the server to answer', async () => (await fetch(`${url}/healthz`)).ok);
      return service;
    },
    /** Both roles in one process. */
    async startWorker(env: Environment = {}): Promise<Service> {
      const file = about.workerFile ?? 'server/worker.ts';
      const service = start({ file }, { ...worker, ...env }, 'control');
      await workerPolls();
      return service;
    },
    /** Each role in a process of its own, with its own environment. */
    async startWorkers(): Promise<{ control: Service; tests: Service }> {
      const one = (role: 'control' | 'tests') =>
        start({ file: 'server/worker.ts', args: ['--role', role] }, environments[role], role);
      const both = { control: one('control'), tests: one('tests') };
      await workerPolls();
      return both;
    },
    async killAll(): Promise<void> {
      await Promise.all([...services].map((service) => service.kill()));
    },
  };
}

type Environments = Record<Role, Environment>;

async function environmentsOf(about: ProcessesOf): Promise<Environments> {
  const { coordinator, port, github, temporal, env } = about;
  const { keyFile, secretFile, dataDir, bundle } = await filesOf(about);
  const common = {
    LOCKSTEP_COORDINATOR: coordinator,
    LOCKSTEP_DATA_DIR: dataDir,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    LOCKSTEP_LOG_LEVEL: 'info',
    ...(about.identities && { HOME: about.identities.home }),
    GITHUB_SERVER_URL: github.url,
    ...(bundle && { LOCKSTEP_WORKFLOW_BUNDLE: bundle }),
  };
  const server = {
    LOCKSTEP_LISTEN: `127.0.0.1:${port}`,
    GITHUB_WEBHOOK_SECRET_FILE: secretFile,
    GITHUB_APP_SLUG: github.app.slug,
    LOCKSTEP_RECONCILE_MS: '60000',
    LOCKSTEP_JANITOR_MS: '60000',
  };
  const control = {
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: github.apiUrl,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOCKSTEP_PUSH_LIFE_MS: '4500',
    LOCKSTEP_PUBLISH_MS: '500',
    LOCKSTEP_REFRESH_MS: '1000',
  };
  const tests = { LOCKSTEP_SANDBOX: process.env.LOCKSTEP_TEST_SANDBOX ?? 'bubblewrap' };
  return {
    server: { ...common, ...server, ...env },
    control: { ...common, ...control, ...env },
    tests: { ...common, ...tests, ...env },
  };
}

async function filesOf({ folder, secret, github, identities }: ProcessesOf) {
  const dataDir = join(folder, 'data');
  const bundle = process.env.LOCKSTEP_WORKFLOW_BUNDLE;
  const key = github.app.privateKeyPem;
  await mkdir(dataDir);
  if (identities === undefined) {
    const [keyFile, secretFile] = [join(folder, 'app.pem'), join(folder, 'webhook-secret')];
    await writeFile(keyFile, key, { mode: 0o600 });
    await writeFile(secretFile, secret, { mode: 0o600 });
    return { dataDir, keyFile, secretFile, bundle };
  }
  await identities.prepareData(dataDir);
  return {
    dataDir,
    keyFile: await identities.give('control', 'app.pem', key),
    secretFile: await identities.give('server', 'webhook-secret', secret),
    bundle: bundle && (await identities.share(bundle, 'workflows.js')),
  };
}
