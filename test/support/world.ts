/**
 * A whole Lockstep for one test file: a namespace on the tests' Temporal, a local GitHub with a protected coordinator and
 * members, the server and the workers as processes of their own.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { type LocalGitHub, startLocalGitHub } from '../../server/local/github/index.ts';
import { createNamespace } from '../../server/local/temporal/namespace.ts';
import { freePort } from '../../server/local/temporal/server.ts';
import { DATA_CONVERTER } from '../../server/temporal/connect.ts';
import { changesetWorkflowId, QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { type Service, startService } from './service.ts';
import { until } from './until.ts';

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
  /** Without workers: started by the test. */
  workers?: false;
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

interface Pull {
  merged: boolean;
  state: string;
  head: { sha: string };
}

interface CheckRun {
  name: string;
  status: string;
  conclusion: string | null;
  output: { title: string; summary: string; annotations_count: number };
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
  const keyFile = join(folder, 'app.pem');
  const secretFile = join(folder, 'webhook-secret');
  await writeFile(keyFile, github.app.privateKeyPem, { mode: 0o600 });
  await writeFile(secretFile, secret, { mode: 0o600 });
  const dataDir = join(folder, 'data');
  await mkdir(dataDir);
  const common = {
    LOCKSTEP_COORDINATOR: COORDINATOR,
    LOCKSTEP_DATA_DIR: dataDir,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    LOCKSTEP_LOG_LEVEL: 'info',
    ...(process.env.LOCKSTEP_WORKFLOW_BUNDLE && { LOCKSTEP_WORKFLOW_BUNDLE: process.env.LOCKSTEP_WORKFLOW_BUNDLE }),
  };
  const serverEnv = {
    ...common,
    LOCKSTEP_LISTEN: `127.0.0.1:${port}`,
    GITHUB_WEBHOOK_SECRET_FILE: secretFile,
    GITHUB_APP_SLUG: github.app.slug,
    GITHUB_SERVER_URL: github.url,
    LOCKSTEP_RECONCILE_MS: '60000',
    LOCKSTEP_JANITOR_MS: '60000',
    ...options.env,
  };
  const workerEnv = {
    ...common,
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_APP_PRIVATE_KEY_FILE: keyFile,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    LOCKSTEP_PUBLIC_URL: `http://127.0.0.1:${port}`,
    LOCKSTEP_SANDBOX: process.env.LOCKSTEP_TEST_SANDBOX ?? 'bubblewrap',
    LOCKSTEP_PUSH_LIFE_MS: '4500',
    LOCKSTEP_PUBLISH_MS: '500',
    LOCKSTEP_REFRESH_MS: '1000',
    ...options.env,
  };
  const services = new Set<Service>();
  let count = 0;
  const start = (file: 'server/main.ts' | 'server/worker.ts', env: Record<string, string>) => {
    count += 1;
    const service = startService({ file, env, logs: folder, name: `${file.replace(/\W+/g, '-')}-${count}` });
    services.add(service);
    return service;
  };
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, dataConverter: DATA_CONVERTER });
  const serverUrl = `http://127.0.0.1:${port}`;
  const world = {
    folder,
    github,
    client,
    namespace,
    address,
    serverUrl,
    secret,
    /** `env`: where it differs from the first. */
    async startServer(env: { LOCKSTEP_LISTEN?: string } & Record<string, string> = {}): Promise<Service> {
      const service = start('server/main.ts', { ...serverEnv, ...env });
      const url = `http://${env.LOCKSTEP_LISTEN ?? serverEnv.LOCKSTEP_LISTEN}`;
      await until('the server to answer', async () => (await fetch(`${url}/healthz`)).ok);
      return service;
    },
    async startWorker(env: Record<string, string> = {}): Promise<Service> {
      const service = start('server/worker.ts', { ...workerEnv, ...env });
      await until('the worker to poll', async () => {
        const answer = await fetch(`${serverUrl}/readyz`);
        return answer.ok;
      });
      return service;
    },
    server: undefined as unknown as Service,
    worker: undefined as unknown as Service,
    /** Opens a pull request with a manifest, as a person does. */
    async submit(
      text: string,
      about: { branch?: string; author?: string; files?: Record<string, string> } = {},
    ): Promise<number> {
      const branch = about.branch ?? `change-${randomBytes(4).toString('hex')}`;
      const files = { [`changesets/${branch}.yaml`]: text, ...about.files };
      await github.admin.commit(COORDINATOR, branch, {
        files,
        message: `Change ${branch}`,
        author: about.author ?? 'ann',
      });
      return github.admin.openPullRequest(COORDINATOR, {
        head: branch,
        title: `Change ${branch}`,
        author: about.author ?? 'ann',
      });
    },
    /** A branch of a member with these files, on the member's `main`. */
    branch(repository: string, name: string, files: Record<string, string | null>): Promise<string> {
      return github.admin.commit(repository, name, { files, message: `${name} in ${repository}`, author: 'ann' });
    },
    async merged(pullRequest: number): Promise<boolean> {
      return (await world.pull(pullRequest)).merged;
    },
    /** GitHub's API as ann sees it. */
    async api<T>(path: string, repository = COORDINATOR): Promise<T> {
      const answer = await fetch(`${github.apiUrl}/repos/${repository}${path}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    pull: (pullRequest: number, repository = COORDINATOR) => world.api<Pull>(`/pulls/${pullRequest}`, repository),
    async comments(pullRequest: number, repository = COORDINATOR): Promise<string[]> {
      const all = await world.api<{ body: string }[]>(`/issues/${pullRequest}/comments?per_page=100`, repository);
      return all.map(({ body }) => body);
    },
    /** The one comment that is kept current. */
    async sticky(pullRequest: number): Promise<string> {
      const found = (await world.comments(pullRequest)).filter((body) => body.includes('"version":'));
      if (found.length > 1) throw new Error(`expected one sticky comment, found ${found.length}`);
      return found[0] ?? '';
    },
    async failureComments(pullRequest: number): Promise<string[]> {
      return (await world.comments(pullRequest)).filter((body) => body.includes(':failure -->'));
    },
    /** The check run `lockstep` on the pull request's head. */
    async check(pullRequest: number): Promise<CheckRun | undefined> {
      const { head } = await world.pull(pullRequest);
      const { check_runs } = await world.api<{ check_runs: CheckRun[] }>(`/commits/${head.sha}/check-runs`);
      return check_runs.find((run) => run.name === 'lockstep');
    },
    /** The check runs `lockstep` on all of the pull request's commits. */
    async checksOfAllHeads(pullRequest: number): Promise<{ head: string; status: string }[]> {
      const { head } = await world.pull(pullRequest);
      const { stdout } = await execa('git', ['rev-list', '--max-count=100', head.sha], {
        cwd: github.admin.gitDirectory(COORDINATOR),
      });
      return github.admin
        .checkRuns(COORDINATOR)
        .filter((run) => run.name === 'lockstep' && stdout.includes(run.headSha))
        .map(({ headSha, status }) => ({ head: headSha, status }));
    },
    /** The manifest's text on the branch of the pull request. */
    async manifestOf(pullRequest: number): Promise<string> {
      const { head } = await world.pull(pullRequest);
      const [file] = await world.api<{ filename: string }[]>(`/pulls/${pullRequest}/files`);
      const { stdout } = await execa('git', ['show', `${head.sha}:${file?.filename}`], {
        cwd: github.admin.gitDirectory(COORDINATOR),
        stripFinalNewline: false,
      });
      return stdout;
    },
    async main(repository: string): Promise<string> {
      return (await github.admin.readRef(repository, 'main')) ?? '';
    },
    /** Commit messages of `main`'s first-parent history, newest first. */
    async history(repository: string): Promise<string[]> {
      const { stdout } = await execa('git', ['log', '--first-parent', '--format=%B%x00', 'refs/heads/main'], {
        cwd: github.admin.gitDirectory(repository),
      });
      return stdout
        .split('\0')
        .map((message) => message.trim())
        .filter(Boolean);
    },
    /** A file on `main` of a member. */
    async show(repository: string, path: string): Promise<string | undefined> {
      const git = await execa('git', ['show', `refs/heads/main:${path}`], {
        cwd: github.admin.gitDirectory(repository),
        reject: false,
        stripFinalNewline: false,
      });
      return git.exitCode === 0 ? git.stdout : undefined;
    },
    async refs(repository: string, under: string): Promise<string[]> {
      const { stdout } = await execa('git', ['for-each-ref', '--format=%(refname)', under], {
        cwd: github.admin.gitDirectory(repository),
      });
      return stdout.split('\n').filter(Boolean);
    },
    /** Updates of `main` by the bot, in order: `acme/api`, … */
    landings: () =>
      github.admin
        .record()
        .filter(
          (update) =>
            update.ref === 'refs/heads/main' && update.by === 'lockstep[bot]' && update.repository !== COORDINATOR,
        )
        .map((update) => update.repository),
    /** Waits until a changeset is in this phase. */
    phase: (pullRequest: number, name: string, at: string, withinMs = 150_000) =>
      until(
        `${name} to be at ${at}`,
        async () => {
          const status = await world.status<{ phase: { at: string } }>(world.changesetId(pullRequest, name));
          return status.phase.at === at ? status : undefined;
        },
        withinMs,
      ),
    whenMerged: (pullRequest: number, withinMs = 150_000) =>
      until(`pull request #${pullRequest} to be merged`, () => world.merged(pullRequest), withinMs),
    /** Whether `main` of a member contains a commit. */
    async landed(repository: string, commit: string): Promise<boolean> {
      const git = await execa('git', ['merge-base', '--is-ancestor', commit, 'refs/heads/main'], {
        cwd: github.admin.gitDirectory(repository),
        reject: false,
      });
      return git.exitCode === 0;
    },
    async signal(name: string, signal: string, input: unknown): Promise<void> {
      await client.workflow.getHandle(name).signal(signal, input);
    },
    /** A command of Temporal's own command line, as people paste it into their shell. */
    async paste(command: string): Promise<void> {
      const env = {
        TEMPORAL: requiredEnv('LOCKSTEP_TEST_TEMPORAL'),
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
      };
      await execa('bash', ['-c', `temporal() { "$TEMPORAL" "$@"; }; ${command}`], { env });
    },
    changesetId: (pullRequest: number, name: string) =>
      changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name }),
    async status<T>(workflowId: string = QUEUE_WORKFLOW_ID): Promise<T> {
      return client.workflow.getHandle(workflowId).query<T>('status');
    },
    async stop(): Promise<void> {
      await Promise.all([...services].map((service) => service.kill()));
      await connection.close();
      await github.stop();
      if (!process.env.LOCKSTEP_TEST_KEEP) await rm(folder, { recursive: true, force: true });
    },
  };
  world.server = await world.startServer();
  if (options.workers !== false) world.worker = await world.startWorker();
  return world;
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
