/**
 * Whether the worker in this container is polling its task queue, as Temporal sees it: `node worker-health.mjs <task queue>`.
 * A worker has no port of its own to ask.
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Temporal lists a poller for some minutes after its last call: only a recent one counts. */
const RECENT_MS = 120_000;
const WORKFLOW = 1;
const ACTIVITY = 2;

const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
try {
  const pollers = await Promise.all([WORKFLOW, ACTIVITY].map((type) => pollersOf(process.argv[2] ?? 'lockstep', type)));
  const own = pollers.flat().filter((poller) => poller.identity?.endsWith(`@${hostname()}`));
  const last = Math.max(0, ...own.map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000));
  if (Date.now() - last > RECENT_MS)
    throw new Error(`expected a poller of ${hostname()}, found ${own.length} that polled lately`);
} finally {
  await connection.close();
}

async function pollersOf(name, taskQueueType) {
  const request = { namespace: namespace ?? 'default', taskQueue: { name }, taskQueueType };
  return (await connection.workflowService.describeTaskQueue(request)).pollers ?? [];
}
