/** Workers: wiring of ports into activities. A tests worker is made without any secret. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { NativeConnection } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createGit } from '../activities/git/createGit.ts';
import { GitError } from '../activities/git/errors.ts';
import { createForge } from '../activities/github/createForge.ts';
import { createTokens } from '../activities/github/tokens.ts';
import { createActivities, createTestActivities } from '../activities/index.ts';
import { createFileLogStore } from '../activities/logs/file.ts';
import { redaction } from '../activities/logs/redaction.ts';
import { createSlackNotifier } from '../activities/notify/slack.ts';
import { bubblewrapFault, createBubblewrapBox } from '../activities/tests/bubblewrap.ts';
import { createTestRunner } from '../activities/tests/runner.ts';
import { createUnsandboxedBox } from '../activities/tests/unsandboxed.ts';
import { createWorkflowsPort, TASK_QUEUE, TESTS_TASK_QUEUE } from '../activities/workflows/temporal.ts';
import { pushLimitMs } from '../src/landing/push.ts';
import { type CommonConfig, ConfigurationError, type ControlConfig, type TestsConfig } from './config.ts';
import { isLoopbackUrl } from './environment/values.ts';
import type { Metrics } from './metrics.ts';
import { aroundActivities } from './temporal/activityInterceptor.ts';
import { connectLazily, createClient, DATA_CONVERTER, namespaceOf, WORKFLOWS_PATH } from './temporal/connect.ts';
import { measureSinks } from './temporal/measures.ts';

export interface About {
  connection: NativeConnection;
  logger: Logger;
  metrics: Metrics;
}

const NO_CREDENTIALS = 'this worker holds no token: the commits come from the mirrors that the control worker fills';

export async function createControlWorker(config: ControlConfig, about: About): Promise<Worker> {
  const { app, github, coordinator, timings } = config;
  const tokens = createTokens({ appId: app.id, privateKey: app.privateKey, apiUrl: github.apiUrl });
  const client = createClient(config, connectLazily(config));
  const local = isLoopbackUrl(github.serverUrl);
  const activities = createActivities({
    coordinator,
    git: createGit({
      dataDir: config.dataDir,
      remoteUrl: (repository) => `${github.serverUrl}/${repository}.git`,
      credentials: tokens.forGit,
      protocols: local ? ['http', 'https'] : ['https'],
      pushTimeoutMs: pushLimitMs(timings.pushLifeMs),
      environment: config.environment,
    }),
    forge: createForge({ coordinator, ...github, tokens, pacing: local ? 'none' : 'github' }),
    ...(config.slackWebhookUrl && {
      notifier: createSlackNotifier({ url: config.slackWebhookUrl, allowLoopback: local }),
    }),
    logs: createFileLogStore({ folder: join(config.dataDir, 'logs') }),
    workflows: createWorkflowsPort({ client, coordinator, serverUrl: github.serverUrl }),
    settings: {
      ...timings,
      serverUrl: github.serverUrl,
      ...(config.publicUrl && { publicUrl: config.publicUrl }),
      ...(config.temporalUiUrl && { temporalUi: { url: config.temporalUiUrl, namespace: namespaceOf(config) } }),
    },
    ages: config.ages,
    now: Date.now,
    wait: (ms, signal) => delay(ms, undefined, { signal }),
    live,
    attempt: () => Context.current().info.attempt,
  });
  return Worker.create({
    ...commonOptions(config, about),
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(config.workflowBundle),
    sinks: measureSinks(about.metrics),
    activities,
    // After a worker died its workflows wait for its sticky queue: 10 s by default, measured (TEMPORAL.md, Recovery time).
    stickyQueueScheduleToStartTimeout: '1s',
    maxConcurrentActivityTaskExecutions: 50,
  });
}

export async function createTestsWorker(config: TestsConfig, about: About): Promise<Worker> {
  const { coordinator, dataDir } = config;
  const fault = config.sandbox === 'bubblewrap' ? await bubblewrapFault() : undefined;
  if (fault !== undefined) {
    throw new ConfigurationError(
      `the sandbox does not work: ${fault}. Install or mend it; LOCKSTEP_SANDBOX=none runs tests without one, with this process's own rights.`,
    );
  }
  const logs = createFileLogStore({ folder: join(dataDir, 'logs'), filter: redaction });
  const activities = createTestActivities({
    coordinator,
    git: createGit({
      dataDir,
      remoteUrl: () => 'file:///nonexistent',
      credentials: () => Promise.reject(new GitError('missingCommit', NO_CREDENTIALS)),
      environment: config.environment,
    }),
    runner: createTestRunner({ box: config.sandbox === 'none' ? createUnsandboxedBox() : createBubblewrapBox(), logs }),
    workspaces: join(dataDir, 'workspaces'),
    now: Date.now,
    live,
    attempt: () => Context.current().info.attempt,
  });
  return Worker.create({
    ...commonOptions(config, about),
    taskQueue: TESTS_TASK_QUEUE,
    activities,
    maxConcurrentActivityTaskExecutions: 8,
  });
}

function commonOptions(
  config: CommonConfig,
  { connection, logger, metrics }: About,
): Pick<
  WorkerOptions,
  | 'connection'
  | 'namespace'
  | 'dataConverter'
  | 'shutdownGraceTime'
  | 'shutdownForceTime'
  | 'maxHeartbeatThrottleInterval'
  | 'interceptors'
> {
  return {
    connection,
    namespace: namespaceOf(config),
    dataConverter: DATA_CONVERTER,
    // Activities are told at once; what does not end by itself is left after a while, and tried again elsewhere.
    shutdownGraceTime: '1s',
    shutdownForceTime: '20s',
    maxHeartbeatThrottleInterval: '1s',
    interceptors: { activity: [aroundActivities({ logger, metrics })] },
  };
}

function live() {
  const context = Context.current();
  return { signal: context.cancellationSignal, heartbeat: () => context.heartbeat() };
}

/** Webpack's own report is no line of a log. */
const QUIET = new DefaultLogger('WARN');

let bundle: Promise<WorkflowBundle> | undefined;

/** Webpack takes seconds: once a process, or by a file made before (`LOCKSTEP_WORKFLOW_BUNDLE`, for tests and images). */
async function workflowBundle(codePath: string | undefined): Promise<WorkflowBundle | { codePath: string }> {
  if (codePath !== undefined) return { codePath };
  bundle ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...DATA_CONVERTER, logger: QUIET });
  return bundle;
}
