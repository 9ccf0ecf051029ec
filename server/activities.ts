/**
 * The ports of real use, wired into activities. Whoever composes Lockstep otherwise (the fault runs wrap the ports) takes
 * these parts. A tests worker is made without any secret.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Logger } from 'pino';
import type { ControlDeps, TestDeps } from '../activities/deps.ts';
import { createGit } from '../activities/git/createGit.ts';
import { GitError } from '../activities/git/errors.ts';
import { createForge } from '../activities/github/createForge.ts';
import { createTokens } from '../activities/github/tokens.ts';
import { createActivities, createTestActivities } from '../activities/index.ts';
import { createFileLogStore } from '../activities/logs/file.ts';
import { redaction } from '../activities/logs/redaction.ts';
import { createParser } from '../activities/manifest/parser/createParser.ts';
import { createOnce } from '../activities/notify/once.ts';
import { createSlackNotifier } from '../activities/notify/slack.ts';
import type { Box } from '../activities/tests/box.ts';
import { createTestRunner } from '../activities/tests/runner.ts';
import { openSandbox } from '../activities/tests/sandbox/openSandbox.ts';
import { createUnsandboxedBox } from '../activities/tests/unsandboxed.ts';
import { createWorkflowsPort } from '../activities/workflows/temporal.ts';
import { pushLimitMs } from '../src/landing/push.ts';
import type { LogStore } from '../src/ports.ts';
import { commandsIn } from '../src/report/links.ts';
import { ConfigurationError, type ControlConfig, type TestsConfig } from './config.ts';
import { isLoopbackUrl } from './environment/values.ts';
import type { Metrics } from './metrics.ts';
import { createOutages } from './outages.ts';
import { ranBefore } from './temporal/activityInterceptor.ts';
import { connectLazily, createClient, namespaceOf } from './temporal/connect.ts';

/** How each role's activities are made from its configuration. */
export interface Wiring {
  control(config: ControlConfig, about: AboutWorker): ReturnType<typeof createActivities>;
  tests(config: TestsConfig): Promise<ReturnType<typeof createTestActivities>>;
}

export interface AboutWorker {
  logger: Logger;
  metrics: Metrics;
}

export const WIRING: Wiring = {
  control: (config, about) => createActivities(controlDeps(config, about)),
  tests: async (config) => createTestActivities(await testDeps(config)),
};

const NO_CREDENTIALS = 'this worker holds no token: the commits come from the mirrors that the control worker fills';

export function controlDeps(config: ControlConfig, about: AboutWorker): ControlDeps {
  const { app, github, coordinator, timings } = config;
  const client = createClient(config, connectLazily(config));
  const local = isLoopbackUrl(github.serverUrl);
  const slack = config.slackWebhookUrl
    ? createSlackNotifier({ url: config.slackWebhookUrl, allowLoopback: local })
    : undefined;
  const tokens = createTokens({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl: github.apiUrl,
    answered: createOutages({ ...about, folder: join(config.dataDir, 'outages'), notifier: slack }),
  });
  return {
    coordinator,
    git: createGit({
      dataDir: config.dataDir,
      remoteUrl: (repository) => `${github.serverUrl}/${repository}.git`,
      credentials: tokens.forGit,
      protocols: local ? ['http', 'https'] : ['https'],
      pushTimeoutMs: pushLimitMs(timings.pushLifeMs),
      environment: config.environment,
    }),
    parser: createParser(),
    forge: createForge({ coordinator, ...github, tokens, pacing: local ? 'none' : 'github' }),
    ...(slack && {
      notifier: createOnce(slack, { folder: join(config.dataDir, 'notified'), current: currentActivity }),
    }),
    logs: createFileLogStore({ folder: join(config.dataDir, 'logs') }),
    workflows: createWorkflowsPort({ client, coordinator, serverUrl: github.serverUrl }),
    settings: {
      ...timings,
      serverUrl: github.serverUrl,
      ...(config.publicUrl && { publicUrl: config.publicUrl }),
      ...commandsIn(namespaceOf(config)),
      ...(config.temporalUiUrl && { temporalUi: { url: config.temporalUiUrl, namespace: namespaceOf(config) } }),
    },
    ages: config.ages,
    now: Date.now,
    wait: (ms, signal) => delay(ms, undefined, { signal }),
    live,
    attempt: () => Context.current().info.attempt,
  };
}

/** Where the output of tests is kept, redacted. */
export function testLogs({ dataDir }: TestsConfig): LogStore {
  return createFileLogStore({ folder: join(dataDir, 'logs'), filter: redaction });
}

/** Throws a `ConfigurationError` where the sandbox does not work. */
export async function testDeps(config: TestsConfig, logs: LogStore = testLogs(config)): Promise<TestDeps> {
  const { coordinator, dataDir } = config;
  const box = await boxOf(config);
  return {
    coordinator,
    git: createGit({
      dataDir,
      scratch: join(dataDir, 'exports'),
      remoteUrl: () => 'file:///nonexistent',
      credentials: () => Promise.reject(new GitError('missingCommit', NO_CREDENTIALS)),
      environment: config.environment,
    }),
    runner: createTestRunner({ box, logs }),
    bounds: config.bounds,
    workspaces: join(dataDir, 'workspaces'),
    now: Date.now,
    live,
    attempt: () => Context.current().info.attempt,
    ranMs: () => ranBefore(Context.current().info),
  };
}

async function boxOf({ sandbox, host }: TestsConfig): Promise<Box> {
  if (sandbox === 'none') return createUnsandboxedBox();
  const opened = await openSandbox(host);
  if ('box' in opened) return opened.box;
  throw new ConfigurationError(
    `the sandbox does not work: ${opened.fault}. Install or mend it; LOCKSTEP_SANDBOX=none runs tests without one, with this process's own rights.`,
  );
}

/** The same in every attempt at it. */
function currentActivity(): string {
  const { workflowExecution, activityId } = Context.current().info;
  return `${workflowExecution?.runId}-${activityId}`;
}

function live() {
  return { signal: Context.current().cancellationSignal };
}
