/** What runs leave behind for those that come later, and for whoever watches. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorkflowsPort } from '../../activities/workflows/temporal.ts';
import { COORDINATOR, createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
}, 60_000);
afterAll(() => world?.stop());

const RED = { id: 'log', bytes: 3, truncated: false, tail: 'red' };

test('the durations of green test runs are known to later ones, from Temporal alone; those of red ones are not', async () => {
  const took = (name: string, durationMs: number) =>
    world.fakes.on('runTests', name, async ({ run }) => ({ kind: 'passed', durationMs, logId: run }));
  took('quick', 1234);
  took('long', 99_000);
  world.fakes.on('runTests', 'red', async () => ({
    kind: 'failed',
    failure: { kind: 'exit', code: 1, durationMs: 7, log: RED },
  }));
  const number = await world.submit([
    { name: 'quick', on: ['m/api'] },
    { name: 'red', on: ['m/web'] },
    { name: 'long', on: ['m/docs'] },
  ]);
  await world.pipelineEnd(number);
  const about = { client: world.client, serverUrl: '' };
  const port = createWorkflowsPort({ ...about, coordinator: COORDINATOR });
  const known = await soon('Temporal to list them', async () => {
    const durations = await port.testDurations();
    return durations.length === 2 ? durations : undefined;
  });
  expect(known.toSorted((one, other) => one - other)).toEqual([1234, 99_000]);
  expect(await createWorkflowsPort({ ...about, coordinator: 'other/coordinator' }).testDurations()).toEqual([]);
});
