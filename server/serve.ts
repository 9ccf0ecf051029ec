/** The HTTP server on its socket, wired to Temporal. */
import { join } from 'node:path';
import { type Client, type Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { Logger } from 'pino';
import { createFileLogStore } from '../activities/logs/file.ts';
import type { QueuePicture } from '../activities/workflows/port.ts';
import { signalQueue, startComment, TASK_QUEUE, TESTS_TASK_QUEUE } from '../activities/workflows/temporal.ts';
import { QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import { type AppDeps, buildApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { connectLazily, createClient, namespaceOf } from './temporal/connect.ts';
import { keyFault, keyGuard } from './temporal/keyCheck.ts';
import { keepSchedules } from './temporal/schedules.ts';
import { searchAttributeFaults } from './temporal/search-attributes.ts';

/** The webhook's 503 must come soon: GitHub waits 10 s, and people's pushes wait for nobody. */
const SIGNAL_DEADLINE_MS = 2_000;
const READY_DEADLINE_MS = 2_000;
const METRICS_DEADLINE_MS = 5_000;
const SCHEDULES_AGAIN_MS = 5_000;

export interface Served {
  url: string;
  stop(): Promise<void>;
}

interface About {
  logger: Logger;
  metrics: Metrics;
}

interface Reached extends About {
  connection: Connection;
  client: Client;
}

/** `wiring`: default what real use needs. */
export async function serve(config: ServerConfig, about: About, wiring = appDeps): Promise<Served> {
  const { logger } = about;
  const connection = connectLazily(config);
  const client = createClient(config, connection);
  const app = buildApp(wiring(config, { ...about, connection, client }));
  const url = await app.listen({ host: config.listen.host, port: config.listen.port });
  const stopSchedules = scheduleWhenReachable({ ...about, client, connection }, config);
  logger.info({ url, coordinator: config.coordinator }, 'server listens');
  return {
    url,
    async stop() {
      stopSchedules();
      await app.close();
      await connection.close().catch(() => undefined);
    },
  };
}

/** What the server needs from outside, on a real Temporal. */
export function appDeps(config: ServerConfig, { connection, client, logger, metrics }: Reached): AppDeps {
  const { coordinator, serverUrl } = config;
  const within = <T>(ms: number, work: () => Promise<T>) => connection.withDeadline(Date.now() + ms, work);
  const keysFit = guardOf(connection, config);
  const signal = <T>(work: () => Promise<T>) => within(SIGNAL_DEADLINE_MS, () => keysFit().then(work));
  return {
    coordinator,
    webhookSecret: config.webhookSecret,
    ...(config.appSlug !== undefined && { appSlug: config.appSlug }),
    signalQueue: (events) => signal(() => signalQueue({ client, coordinator, serverUrl }, events)),
    startComment: (comment) => signal(() => startComment({ client, coordinator }, comment)),
    notReady: () => within(READY_DEADLINE_MS, () => notReady(connection, config)),
    refreshMetrics: () => within(METRICS_DEADLINE_MS, () => refreshMetrics(client, metrics)),
    logs: createFileLogStore({ folder: join(config.dataDir, 'logs') }),
    metrics,
    logger,
  };
}

function guardOf(connection: Connection, config: ServerConfig): () => Promise<void> {
  return keyGuard(() => keyFault(connection, namespaceOf(config), config.payloadKeys));
}

/** Temporal may be away at start: the server answers meanwhile, and the schedules follow. */
function scheduleWhenReachable({ client, connection, logger }: Reached, config: ServerConfig): () => void {
  const keysFit = guardOf(connection, config);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const attempt = async () => {
    try {
      await keysFit();
      await keepSchedules(client, config.coordinator, config);
      logger.info('reconciliation and clean-up are scheduled');
    } catch (error) {
      logger.warn({ err: error }, 'the schedules could not be made yet');
      if (!stopped) timer = setTimeout(attempt, SCHEDULES_AGAIN_MS);
    }
  };
  void attempt();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function notReady(connection: Connection, config: ServerConfig): Promise<string[]> {
  const namespace = namespaceOf(config);
  try {
    const keys = await keyFault(connection, namespace, config.payloadKeys);
    const faults = await searchAttributeFaults(connection, namespace);
    const control = await pollers(connection, namespace, { name: TASK_QUEUE, type: 1 });
    const tests = await pollers(connection, namespace, { name: TESTS_TASK_QUEUE, type: 2 });
    return [
      ...(keys === undefined ? [] : [keys]),
      ...faults,
      ...(control === 0
        ? [`no control worker polls the task queue ${TASK_QUEUE}: start one (start:worker -- --role control)`]
        : []),
      ...(tests === 0
        ? [`no test worker polls the task queue ${TESTS_TASK_QUEUE}: start one (start:worker -- --role tests)`]
        : []),
    ];
  } catch (error) {
    return [`Temporal cannot be reached: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** A poll lasts a minute at most; Temporal goes on naming pollers that are gone for five. */
const POLLED_WITHIN_MS = 75_000;

/** `type`: temporal.api.enums.v1.TaskQueueType, 1 for workflows and 2 for activities. */
async function pollers(
  connection: Connection,
  namespace: string,
  queue: { name: string; type: 1 | 2 },
): Promise<number> {
  const { pollers: found } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue.name },
    taskQueueType: queue.type,
  });
  return (found ?? []).filter(
    (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < POLLED_WITHIN_MS,
  ).length;
}

const PIPELINE_STATUSES = ['waiting', 'running', 'merging', 'merged', 'stuck', 'cancelled'];
const CHANGESET_STATUSES = [
  'looking',
  'preparing',
  'testing',
  'approval',
  'staging',
  'granting',
  'landing',
  'rollingBack',
  'halted',
  'operator',
  'resolving',
  'landed',
  'failed',
  'rolledBack',
  'skipped',
  'stopped',
];

async function refreshMetrics(client: Client, metrics: Metrics): Promise<void> {
  const picture = await queuePicture(client);
  metrics.queueLength.set(picture.entries.length);
  metrics.paused.set(picture.paused === undefined ? 0 : 1);
  const count = async (type: string, status: string) =>
    (await client.workflow.count(`WorkflowType = '${type}' AND LockstepStatus = '${status}'`)).count;
  await Promise.all([
    ...PIPELINE_STATUSES.map(async (status) => metrics.pipelines.set({ status }, await count('pipeline', status))),
    ...CHANGESET_STATUSES.map(async (status) => metrics.changesets.set({ status }, await count('changeset', status))),
  ]);
}

/** Before the first webhook there is no queue yet: it is empty then. */
async function queuePicture(client: Client): Promise<QueuePicture> {
  try {
    return await client.workflow.getHandle(QUEUE_WORKFLOW_ID).query<QueuePicture>('status');
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { entries: [] };
    throw error;
  }
}
