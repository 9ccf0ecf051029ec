import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { permanent } from '../../activities/failures.ts';
import { TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { COORDINATOR, createWorkflowWorld, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
  world.fakes.on('reconcile', '', async () => ({ signalled: 1, redelivered: 2 }));
});
afterAll(() => world?.stop());

const run = (workflowId: string): Promise<string> =>
  world.client.workflow.execute('reconcile', {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ v: 1, coordinator: COORDINATOR }],
  });

const TOLD = 'Told the queue of 1 pull requests, asked for 2 deliveries again';

test('a run says what it found, and what it could not find out', async () => {
  world.fakes.on('findStrays', '', async () => ({ begun: 3, unanswered: 0 }));
  expect(await run('reconcile-1')).toBe(`${TOLD}, began 3 runs for strays.`);
  world.fakes.on('findStrays', '', async () => ({ begun: 3, unanswered: 4 }));
  expect(await run('reconcile-2')).toContain('began 3 runs for strays. Temporal gave no answer about 4 changesets');
});

test('a search for half landings that failed as a whole is said, and keeps no pull request from being found', async () => {
  world.fakes.on('findStrays', '', async () => {
    throw permanent('the mirror is gone');
  });
  expect(await run('reconcile-3')).toBe(
    `${TOLD}. The search for half landings did not come to its end (the mirror is gone); the next run searches again.`,
  );
});
