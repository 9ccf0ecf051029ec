import type { Client } from '@temporalio/client';

/** One whose tasks fail is heard of no sooner than the server's own time-out: too long where many are asked. */
const ANSWER_WITHIN_MS = 5000;

/** Throws when there is no answer in time. */
export function askStatus<T>(client: Client, workflowId: string): Promise<T> {
  const ask = () => client.workflow.getHandle(workflowId).query<T>('status');
  return client.withDeadline(Date.now() + ANSWER_WITHIN_MS, ask);
}
