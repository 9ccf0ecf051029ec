/** The server and the workers of a test, as processes of their own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalGitHub } from '../../../server/local/github/index.ts';
import { type Service, startService } from '../service.ts';
import { until } from '../until.ts';

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
}

export async function createProcesses(about: ProcessesOf) {
  const { folder, port } = about;
  const environments = await environmentsOf(about);
  const serverUrl = `http://127.0.0.1:${port}`;
  const services = new Set<Service>();
  const start = (file: 'server/main.ts' | 'server/worker.ts', env: Environment) => {
    const name = `${file.replace(/\W+/g, '-')}-${services.size + 1}`;
    const service = startService({ file, env, logs: folder, name });
    services.add(service);
    return service;
  };
  return {
    serverUrl,
    /** Of server and workers together, as `npm start` has it. */
    environment: { ...environments.server, ...environments.worker } satisfies Environment,
    /** `env`: where it differs from the first. */
    async startServer(env: { LOCKSTEP_LISTEN?: string } & Environment = {}): Promise<Service> {
      const service = start('server/main.ts', { ...environments.server, ...env });
      const url = env.LOCKSTEP_LISTEN === undefined ? serverUrl : `http://${env.LOCKSTEP_LISTEN}`;
      await until('the server to answer', async () => (await fetch(`${url}/healthz`)).ok);
      return service;
    },
    async startWorker(env: Environment = {}): Promise<Service> {
      const service = start('server/worker.ts', { ...environments.worker, ...env });
      await until('the worker to poll', async () => (await fetch(`${serverUrl}/readyz`)).ok);
      return service;
    },
    async killAll(): Promise<void> {
      await Promise.all([...services].map((service) => service.kill()));
    },
  };
}

async function environmentsOf({ folder, coordinator, port, secret, github, temporal, env }: ProcessesOf) {
  const [keyFile, secretFile, dataDir] = ['app.pem', 'webhook-secret', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(keyFile, github.app.privateKeyPem, { mode: 0o600 });
  await writeFile(secretFile, secret, { mode: 0o600 });
  await mkdir(dataDir);
  const bundle = process.env.LOCKSTEP_WORKFLOW_BUNDLE;
  const common = {
    LOCKSTEP_COORDINATOR: coordinator,
    LOCKSTEP_DATA_DIR: dataDir,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    LOCKSTEP_LOG_LEVEL: 'info',
    GITHUB_SERVER_URL: github.url,
    ...(bundle && { LOCKSTEP_WORKFLOW_BUNDLE: bundle }),
  };
  const server = {
    ...common,
    LOCKSTEP_LISTEN: `127.0.0.1:${port}`,
    GITHUB_WEBHOOK_SECRET_FILE: secretFile,
    GITHUB_APP_SLUG: github.app.slug,
    LOCKSTEP_RECONCILE_MS: '60000',
    LOCKSTEP_JANITOR_MS: '60000',
    ...env,
  };
  const worker = {
    ...common,
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: github.apiUrl,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOCKSTEP_SANDBOX: process.env.LOCKSTEP_TEST_SANDBOX ?? 'bubblewrap',
    LOCKSTEP_PUSH_LIFE_MS: '4500',
    LOCKSTEP_PUBLISH_MS: '500',
    LOCKSTEP_REFRESH_MS: '1000',
    ...env,
  };
  return { server, worker };
}
