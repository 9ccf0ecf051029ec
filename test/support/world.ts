/**
 * A whole Lockstep for one test file: a namespace on the tests' Temporal, a local GitHub with a protected coordinator and
 * members, the server and the workers as processes of their own.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { readPayloadKeys } from '../../server/environment/payloadKeys.ts';
import { type LocalGitHub, startLocalGitHub } from '../../server/local/github/index.ts';
import { createNamespace, stopSchedules } from '../../server/local/temporal/namespace.ts';
import { freePort } from '../../server/local/temporal/server.ts';
import { dataConverterOf } from '../../server/temporal/connect.ts';
import type { Service } from './service.ts';
import { createIdentities } from './world/identities.ts';
import { inGit } from './world/inGit.ts';
import { inTemporal } from './world/inTemporal.ts';
import { onGitHub } from './world/onGitHub.ts';
import { createProcesses } from './world/processes.ts';

export const COORDINATOR = 'acme/coordinator';

/** Fails when a member has a file `broken`; the log tells what was tested. Waits while a member has `slow` and no `go` came. */
export const SCRIPT = `#!/bin/bash
set -eu
echo "testing $LOCKSTEP_CHANGESET in $LOCKSTEP_REPOSITORIES"
for repository in */; do
  if [ -e "$repository/slow" ]; then echo "slow: $repository"; sleep "$(cat "$repository/slow")"; fi
  if [ -e "$repository/broken" ]; then echo "broken: $repository"; cat "$repository/broken" >&2; exit 3; fi
done
echo ok
`;

export interface WorldOptions {
  members: string[];
  /** Lines below `repositories:` of `lockstep.yaml`. */
  configuration?: string;
  script?: string;
  env?: Record<string, string>;
  /** A file that starts a worker otherwise composed. */
  workerFile?: string;
  /** Without workers: started by the test. */
  workers?: false;
  /** What Temporal keeps is encrypted with these (a line each, in base64). */
  payloadKeys?: string;
  /** Each process is another Unix user's. */
  asOthers?: true;
  temporal?: { address: string };
}

export type World = Awaited<ReturnType<typeof createWorld>>;

export interface Entry {
  name: string;
  priority?: number;
  approval?: 'none' | 'required';
  status?: string;
  /** Member → branch. */
  on: Record<string, string>;
}

export function manifest(...entries: Entry[]): string {
  const lines = entries.flatMap(({ name, priority, approval, status, on }) => [
    `  - name: ${name}`,
    ...(priority === undefined ? [] : [`    priority: ${priority}`]),
    ...(approval === undefined ? [] : [`    approval: ${approval}`]),
    '    repositories:',
    ...Object.entries(on).flatMap(([repository, branch]) => [
      `      - name: ${repository}`,
      `        branch: ${branch}`,
    ]),
    ...(status === undefined ? [] : [`    status: ${status}`]),
  ]);
  return ['# made by a test', 'changesets:', ...lines, ''].join('\n');
}

export async function createWorld(options: WorldOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-world-'));
  const address = options.temporal?.address ?? requiredEnv('LOCKSTEP_TEST_TEMPORAL_ADDRESS');
  const namespace = `e2e-${randomBytes(6).toString('hex')}`;
  const [port] = await Promise.all([freePort(), createNamespace(address, namespace)]);
  const secret = randomBytes(16).toString('hex');
  const github = await startLocalGitHub({
    dir: join(folder, 'github'),
    webhook: { url: `http://127.0.0.1:${port}/webhooks/github`, secret },
  });
  await fill(github, options);
  const { token } = github.admin.addPerson('ann');
  const temporal = { address, namespace };
  const identities = options.asOthers && (await createIdentities(folder));
  const encryption = encryptionOf(options.payloadKeys);
  const processes = await createProcesses({
    folder,
    ...(identities && { identities }),
    ...(options.workerFile !== undefined && { workerFile: options.workerFile }),
    coordinator: COORDINATOR,
    port,
    secret,
    github,
    temporal,
    env: { ...options.env, ...encryption.env },
  });
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: encryption.dataConverter });
  const server = await processes.startServer();
  const cli = requiredEnv('LOCKSTEP_TEST_TEMPORAL');
  return {
    folder,
    github,
    client,
    namespace,
    address,
    secret,
    identities,
    server,
    worker: options.workers === false ? (undefined as unknown as Service) : await processes.startWorker(),
    ...processes,
    ...onGitHub(github, { coordinator: COORDINATOR, token }),
    ...inGit(github, COORDINATOR),
    ...inTemporal(client, { coordinator: COORDINATOR, cli, ...temporal }),
    async stop(): Promise<void> {
      await processes.killAll();
      await stopSchedules(client);
      await connection.close();
      await github.stop();
      if (!process.env.LOCKSTEP_TEST_KEEP) await rm(folder, { recursive: true, force: true });
    },
  };
}

function encryptionOf(keys: string | undefined) {
  if (keys === undefined) return { env: {}, dataConverter: dataConverterOf({}) };
  // A bundle that was made before knows nothing of encryption.
  const env: Record<string, string> = { LOCKSTEP_PAYLOAD_KEYS: keys, LOCKSTEP_WORKFLOW_BUNDLE: '' };
  const payloadKeys = readPayloadKeys(env, []);
  return { env, dataConverter: dataConverterOf(payloadKeys === undefined ? {} : { payloadKeys }) };
}

async function fill(github: LocalGitHub, options: WorldOptions): Promise<void> {
  const { admin } = github;
  const configuration = ['repositories:', ...options.members.map((name) => `  - ${name}`), options.configuration ?? ''];
  await admin.createRepository(COORDINATOR, {
    files: {
      'lockstep.yaml': `${configuration.join('\n')}\n`,
      'scripts/run_integration_tests.sh': { text: options.script ?? SCRIPT, executable: true },
    },
  });
  for (const name of options.members) await admin.createRepository(name, { files: { 'README.md': `# ${name}\n` } });
  for (const login of ['ann', 'bob']) {
    admin.addPerson(login);
    for (const name of [COORDINATOR, ...options.members]) admin.setRole(login, name, 'write');
  }
  admin.protect(COORDINATOR, { coordinator: true, requiredChecks: ['lockstep'] });
  for (const name of options.members) admin.protect(name);
}

function requiredEnv(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run tests by npm test -- <path>`);
  return value;
}
