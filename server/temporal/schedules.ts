/** The schedules of reconciliation and clean-up: made or brought up to date at every start, and triggered at once. */
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { TASK_QUEUE } from '../../activities/workflows/temporal.ts';

export interface Every {
  reconcileEveryMs: number;
  janitorEveryMs: number;
}

export async function keepSchedules(client: Client, coordinator: string, every: Every): Promise<void> {
  await keep(client, { id: 'lockstep-reconcile', type: 'reconcile', coordinator, everyMs: every.reconcileEveryMs });
  await keep(client, { id: 'lockstep-janitor', type: 'janitor', coordinator, everyMs: every.janitorEveryMs });
}

const SUMMARIES = {
  reconcile: 'Finds pull requests that webhooks did not tell of',
  janitor: 'Removes staging refs and workspaces that crashes left',
};

async function keep(
  client: Client,
  wanted: { id: string; type: 'reconcile' | 'janitor'; coordinator: string; everyMs: number },
): Promise<void> {
  const { id, type, coordinator, everyMs } = wanted;
  const schedule: Pick<
    ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>,
    'spec' | 'policies' | 'action'
  > = {
    spec: { intervals: [{ every: everyMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    action: {
      type: 'startWorkflow',
      workflowType: type,
      workflowId: `${type}/${coordinator}`,
      taskQueue: TASK_QUEUE,
      args: [{ v: 1, coordinator }],
      workflowRunTimeout: '1 hour',
      staticSummary: SUMMARIES[type],
    },
  };
  try {
    await client.schedule.create({ scheduleId: id, ...schedule, state: { triggerImmediately: true } });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    const handle = client.schedule.getHandle(id);
    await handle.update((previous) => ({ ...schedule, state: previous.state }));
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
  }
}
