/** What a workflow's latest run was begun with and told, as far as its history can be read. */
import type { Client } from '@temporalio/client';
import type { LostRun } from '../types.ts';

export async function lastInput<T>(client: Client, workflowId: string): Promise<T | undefined> {
  const { input } = await lastRun(client, workflowId);
  return input as T | undefined;
}

export async function lostRun(client: Client, workflowId: string): Promise<LostRun> {
  const { input, skips } = await lastRun(client, workflowId);
  const skip = skips.at(-1) ?? (input as { skip?: unknown } | undefined)?.skip;
  return { kind: 'lost', ...(skip !== undefined && { skip }) };
}

async function lastRun(client: Client, workflowId: string): Promise<{ input?: unknown; skips: unknown[] }> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const events = history.events ?? [];
  const read = (payload: Parameters<typeof client.options.loadedDataConverter.payloadConverter.fromPayload>[0]) =>
    client.options.loadedDataConverter.payloadConverter.fromPayload<unknown>(payload);
  const [input] = events[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const skips = events.flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
    const [payload] = signal?.signalName === 'skip' ? (signal.input?.payloads ?? []) : [];
    return payload === undefined ? [] : [read(payload)];
  });
  return { ...(input && { input: read(input) }), skips };
}
