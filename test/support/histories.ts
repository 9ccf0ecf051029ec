/** Histories of real runs, and what can be counted in them. */
import type { Client } from '@temporalio/client';

export type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
export type Events = NonNullable<History['events']>;

export interface Run {
  runId: string;
  history: History;
  events: Events;
}

/** All runs of one id that continued one another, oldest first. */
export async function runsOf(client: Client, workflowId: string): Promise<Run[]> {
  const { runId: last } = await client.workflow.getHandle(workflowId).describe();
  const runs: Run[] = [];
  for (let runId: string | undefined | null = last; runId; ) {
    const history: History = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const events: Events = history.events ?? [];
    runs.unshift({ runId, history, events });
    runId = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }
  return runs;
}

export function signalsIn(events: Events, name?: string): number {
  return events.filter(({ workflowExecutionSignaledEventAttributes: signal }) =>
    name === undefined ? signal : signal?.signalName === name,
  ).length;
}

/** How many events of each kind: `workflowTaskScheduled`, … */
export function countKinds(events: Events): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    const kind =
      Object.keys(event)
        .find((key) => key.endsWith('EventAttributes'))
        ?.replace('EventAttributes', '') ?? '?';
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
