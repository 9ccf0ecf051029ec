import type { Client } from '@temporalio/client';

/** The input of a workflow's latest run, as far as its history can be read. */
export async function lastInput<T>(client: Client, workflowId: string): Promise<T | undefined> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (payload === undefined) return undefined;
  return client.workflow.options.loadedDataConverter.payloadConverter.fromPayload<T>(payload);
}
