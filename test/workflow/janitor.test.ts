import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { permanent } from '../../activities/failures.ts';
import { TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { COORDINATOR, createWorkflowWorld, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
afterAll(() => world?.stop());

test('a run removes what is left over and what is old, on both kinds of worker, and says what that was', async () => {
  world.fakes.on('sweepWorkspaces', '', async () => ({ removed: 1 }));
  world.fakes.on('sweep', '', async () => ({ removed: 2 }));
  world.fakes.on('prune', '', async () => ({ logs: 3, mirrors: 4 }));
  const options = { taskQueue: TASK_QUEUE, args: [{ v: 1, coordinator: COORDINATOR }] };
  const removed = await world.client.workflow.execute('janitor', { ...options, workflowId: 'janitor-1' });
  expect(removed).toBe('Removed 2 staging refs, 1 workspaces, 3 logs and 4 mirrors.');
  // A test worker that cannot look keeps nothing from the rest.
  world.fakes.on('sweepWorkspaces', '', async () => {
    throw permanent('the disk is gone');
  });
  const rest = await world.client.workflow.execute('janitor', { ...options, workflowId: 'janitor-2' });
  expect(rest).toBe('Removed 2 staging refs, 0 workspaces, 3 logs and 4 mirrors.');
});
