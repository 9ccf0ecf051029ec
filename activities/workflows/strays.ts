/** What the look for strays asks of Temporal. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import {
  type ChangesetId,
  changesetWorkflowId,
  type Member,
  type Outcome,
  pipelineWorkflowId,
} from '../../src/changeset.ts';
import { type Stray, strayOf } from '../../src/landing/stray.ts';
import type { Progress } from '../../src/plan/progress.ts';
import { askStatus } from './askStatus.ts';
import { lastInput } from './lastRun.ts';
import type { WorkflowsPort } from './port.ts';
import { statusOf } from './statusOf.ts';

type Strays = Pick<WorkflowsPort, 'latestRun' | 'phaseInPipeline' | 'beginStray'>;

/** What is needed of a changeset's input to begin it again. */
interface LastInput {
  changeset: { members: Member[] };
}

export interface StrayOptions {
  client: Client;
  /** Where changesets run. */
  taskQueue: string;
}

export function createStrays({ client, taskQueue }: StrayOptions): Strays {
  const handleOf = (workflowId: string) => client.workflow.getHandle(workflowId);

  async function latestRun(workflowId: string): ReturnType<Strays['latestRun']> {
    const status = await statusOf(handleOf(workflowId));
    if (status === 'RUNNING' || status === 'CONTINUED_AS_NEW') return { kind: 'running' };
    if (status === 'UNKNOWN') return { kind: 'forgotten' };
    if (status !== 'COMPLETED') return { kind: 'lost' };
    const outcome: Outcome = await handleOf(workflowId).result();
    return { kind: 'completed', outcome };
  }

  return {
    latestRun,
    async phaseInPipeline({ coordinator, pullRequest, name }) {
      const workflowId = pipelineWorkflowId(coordinator, pullRequest);
      if ((await statusOf(handleOf(workflowId))) !== 'RUNNING') return undefined;
      const { progress } = await askStatus<{ progress: Progress }>(client, workflowId);
      return progress[name]?.at;
    },
    async beginStray(id, seen) {
      const workflowId = changesetWorkflowId(id);
      const latest = await latestRun(workflowId);
      if (latest.kind === 'running' || latest.kind === 'forgotten') return false;
      const input = await lastInput<LastInput>(client, workflowId);
      if (input === undefined) return false;
      const stray = strayOf(input.changeset.members, seen, latest);
      return begin(client, { workflowId, taskQueue, summary: summaryOf(id), input: { ...input, stray } });
    },
  };
}

function summaryOf({ name }: ChangesetId): string {
  return `${name}: what stands of it after its end`;
}

async function begin(
  client: Client,
  run: { workflowId: string; taskQueue: string; summary: string; input: LastInput & { stray: Stray } },
): Promise<boolean> {
  const { workflowId, taskQueue, summary, input } = run;
  const { typedSearchAttributes } = await client.workflow.getHandle(workflowId).describe();
  try {
    await client.workflow.start('changeset', {
      workflowId,
      taskQueue,
      args: [input],
      typedSearchAttributes,
      staticSummary: summary,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
