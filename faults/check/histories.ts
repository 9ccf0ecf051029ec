/** Temporal's own histories of a run, as plain values. */
import { brotliDecompressSync } from 'node:zlib';
import type { Client } from '@temporalio/client';

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

export interface Recorded {
  workflowId: string;
  runId: string;
  type: string;
  /** Milliseconds since the epoch. */
  began: number;
  input: unknown;
  activities: Activity[];
  signals: { at: number; name: string; input: unknown }[];
  /** Absent while it runs, or where it ended without a result. */
  completed?: { at: number; result: unknown };
  /** Every payload in it, as text. */
  text: string;
}

export interface Activity {
  type: string;
  scheduledAt: number;
  input: unknown;
  completed?: { startedAt: number; at: number; result: unknown };
}

/** All runs of all workflows of the namespace, the oldest first. */
export async function readHistories(client: Client): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    recorded.push({ workflowId, runId, type, ...readEvents(events ?? []) });
  }
  return recorded.sort((one, other) => one.began - other.began);
}

function readEvents(events: Event[]): Omit<Recorded, 'workflowId' | 'runId' | 'type'> {
  const first = events[0];
  const activities = new Map<string, Activity>();
  const started = new Map<string, number>();
  const signals: Recorded['signals'] = [];
  let completed: Recorded['completed'];
  for (const event of events) {
    const at = timeOf(event);
    const scheduled = event.activityTaskScheduledEventAttributes;
    const start = event.activityTaskStartedEventAttributes;
    const done = event.activityTaskCompletedEventAttributes;
    const signal = event.workflowExecutionSignaledEventAttributes;
    const over = event.workflowExecutionCompletedEventAttributes;
    if (scheduled) {
      const type = scheduled.activityType?.name ?? '';
      activities.set(String(event.eventId), { type, scheduledAt: at, input: firstOf(scheduled.input) });
    }
    if (start) started.set(String(start.scheduledEventId), at);
    if (done) {
      const id = String(done.scheduledEventId);
      const activity = activities.get(id);
      if (activity) activity.completed = { startedAt: started.get(id) ?? at, at, result: firstOf(done.result) };
    }
    if (signal) signals.push({ at, name: signal.signalName ?? '', input: firstOf(signal.input) });
    if (over) completed = { at, result: firstOf(over.result) };
  }
  return {
    began: first ? timeOf(first) : 0,
    input: firstOf(first?.workflowExecutionStartedEventAttributes?.input),
    activities: [...activities.values()],
    signals,
    text: textOf(events),
    ...(completed && { completed }),
  };
}

function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

type Payload = NonNullable<
  NonNullable<NonNullable<Event['workflowExecutionSignaledEventAttributes']>['input']>['payloads']
>[number];

/** Of the first argument. */
function firstOf(payloads: { payloads?: Payload[] | null } | null | undefined): unknown {
  const text = plain(payloads?.payloads?.[0] ?? {});
  return text === '' ? undefined : JSON.parse(text);
}

/** Large results are kept compressed. */
function plain({ metadata, data }: Payload): string {
  const bytes = Buffer.from(data ?? []);
  const encoding = Buffer.from(metadata?.encoding ?? []).toString();
  return (encoding === 'binary/brotli' ? brotliDecompressSync(bytes) : bytes).toString();
}

/** Payloads, headers, memos, summaries, failures: whatever holds bytes or text. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const own = 'metadata' in value && 'data' in value ? [plain(value as Payload)] : [];
  return [...own, ...Object.values(value).map(textOf)].filter((text) => text !== '').join('\n');
}
