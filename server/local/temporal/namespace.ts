/** Namespaces on a running Temporal server, with the search attributes, ready for use. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { addSearchAttributes, SEARCH_ATTRIBUTES, searchAttributeFaults } from '../../temporal/search-attributes.ts';

const ALREADY_EXISTS = 6;
const READY_WITHIN_MS = 30_000;
const POLL_MS = 20;

/** Makes a namespace (an existing one is kept) and waits until workflows can be started and found in it. */
export async function createNamespace(address: string, namespace: string, retentionDays = 30): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(`${retentionDays} days`) })
      .catch((error: unknown) => {
        if (!isGrpcServiceError(error) || Number(error.code) !== ALREADY_EXISTS) throw error;
      });
    await untilReady(`namespace ${namespace}`, async () => {
      await addSearchAttributes(connection, namespace);
      await probe(connection, namespace);
    });
  } finally {
    await connection.close();
  }
}

/**
 * Nobody works in it any more: what is scheduled there would go on for as long as the server runs. A server that is gone has nothing
 * scheduled.
 */
export async function stopSchedules(client: Client): Promise<void> {
  try {
    for await (const { scheduleId } of client.schedule.list()) await client.schedule.getHandle(scheduleId).delete();
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
  }
}

/** Sets how long ended workflows are kept: the dev server's 24 hours would let links die. */
export async function setRetention(connection: Connection, namespace: string, days: number): Promise<void> {
  const config = { workflowExecutionRetentionTtl: msToTs(`${days} days`) };
  await connection.workflowService.updateNamespace({ namespace, config });
}

/** Every part of the server keeps its own copy of the namespaces: ask those that starting and finding workflows go through. */
async function probe(connection: Connection, namespace: string): Promise<void> {
  const [fault] = await searchAttributeFaults(connection, namespace);
  if (fault !== undefined) throw new Error(fault);
  const query = Object.keys(SEARCH_ATTRIBUTES).map((name) => `${name} IS NULL`);
  await connection.workflowService.listWorkflowExecutions({ namespace, query: query.join(' AND '), pageSize: 1 });
  await connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: 'lockstep' }, taskQueueType: 1 });
}

/** Tries until it succeeds; throws the last error when it does not within half a minute, or when it is given up. */
export async function untilReady(what: string, attempt: () => Promise<void>, givenUp?: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline || givenUp?.aborted) {
        throw new Error(`expected ${what} to be ready within ${READY_WITHIN_MS / 1000} s`, { cause: error });
      }
      await delay(POLL_MS);
    }
  }
}
