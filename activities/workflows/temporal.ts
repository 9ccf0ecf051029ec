/** The `WorkflowsPort` on a real Temporal client. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { commentWorkflowId, pipelineWorkflowId, QUEUE_WORKFLOW_ID, TESTS_MEMO } from '../../src/changeset.ts';
import type { HandedOn } from '../../src/queue/handedOn.ts';
import type { ClosedPipeline } from '../types.ts';
import { findRunning } from './findRunning.ts';
import { lostRun } from './lastRun.ts';
import type { QueuePicture, WorkflowsPort } from './port.ts';
import { statusOf } from './statusOf.ts';
import { createStrays } from './strays.ts';

export interface TemporalOptions {
  client: Client;
  coordinator: string;
  /** Base of links to pull requests. */
  serverUrl: string;
}

export const TASK_QUEUE = 'lockstep';
export const TESTS_TASK_QUEUE = 'lockstep-tests';

export function createWorkflowsPort(options: TemporalOptions): WorkflowsPort {
  const { client, coordinator } = options;
  const strays = createStrays({ client, taskQueue: TASK_QUEUE });
  return {
    async signalQueue(events) {
      await signalQueue(options, events);
    },
    startComment: (comment) => startComment(options, comment),
    async queuePicture() {
      const handle = client.workflow.getHandle(QUEUE_WORKFLOW_ID);
      try {
        // One that was ended by hand answers too: by its last words nothing would be missing, and nobody would start it again.
        if ((await statusOf(handle)) !== 'RUNNING') return { entries: [] };
        return await handle.query<QueuePicture>('status');
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { entries: [] };
        throw error;
      }
    },
    testDurations: () => testDurations(client, coordinator),
    async closedPipelines(pullRequests) {
      const all = await Promise.all(pullRequests.map((pullRequest) => closed(client, coordinator, pullRequest)));
      return all.filter((one) => one !== undefined);
    },
    running: () => findRunning(client, coordinator),
    async changesetEnd(workflowId) {
      const run = await strays.latestRun(workflowId);
      switch (run.kind) {
        case 'running':
          return undefined;
        case 'completed':
          return run;
        case 'lost':
          return lostRun(client, workflowId);
        case 'forgotten':
          return { kind: 'lost' };
      }
    },
    ...strays,
  };
}

/** One run for each comment, as long as Temporal remembers it; GitHub delivers again for three days. */
export async function startComment(
  { client, coordinator }: Pick<TemporalOptions, 'client' | 'coordinator'>,
  comment: number,
): Promise<void> {
  try {
    await client.workflow.start('comment', {
      workflowId: commentWorkflowId(coordinator, comment),
      taskQueue: TASK_QUEUE,
      args: [{ v: 1, coordinator, comment }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: `What a comment on ${coordinator} asks for`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** One signal carries all events that wait; the queue is started where none runs. */
export async function signalQueue(
  { client, coordinator, serverUrl }: TemporalOptions,
  events: { pullRequest: number; delivery?: string }[],
): Promise<void> {
  await client.workflow.signalWithStart('queue', {
    workflowId: QUEUE_WORKFLOW_ID,
    taskQueue: TASK_QUEUE,
    args: [{ v: 1, coordinator, serverUrl }],
    signal: 'events',
    signalArgs: [events],
    staticSummary: `Lockstep's queue for ${coordinator}`,
    staticDetails: `One pipeline at a time holds the slot; landings hold fences. [Pull requests](${serverUrl}/${coordinator}/pulls)`,
    memo: { coordinator },
  });
}

async function closed(client: Client, coordinator: string, pullRequest: number): Promise<ClosedPipeline | undefined> {
  const handle = client.workflow.getHandle(pipelineWorkflowId(coordinator, pullRequest));
  const status = await statusOf(handle);
  if (status === 'RUNNING' || status === 'CONTINUED_AS_NEW') return undefined;
  if (status !== 'COMPLETED') return { pullRequest, again: false };
  const { again, handedOn }: { again?: boolean; handedOn?: HandedOn } = await handle.result();
  return { pullRequest, again: again === true, ...(handedOn && { handedOn }) };
}

/** Changesets that are looked at for the durations of their tests. */
const SAMPLES = 50;

/** From the memos of changesets within retention: nothing of our own grows. */
async function testDurations(client: Client, coordinator: string): Promise<number[]> {
  const query = `WorkflowType = 'changeset' AND LockstepRepository = '${coordinator}'`;
  const found: number[] = [];
  let seen = 0;
  for await (const { memo } of client.workflow.list({ query, pageSize: SAMPLES })) {
    const durationMs = memo?.[TESTS_MEMO];
    if (typeof durationMs === 'number') found.push(durationMs);
    seen += 1;
    if (seen >= SAMPLES) break;
  }
  return found;
}
