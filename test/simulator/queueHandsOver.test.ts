/** The queue's hand-over to its next run, signal by signal: what comes in between is not lost. */
import { expect, test } from '@jest/globals';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { simulatedTemporal } from '../support/simulated.ts';

test('what people say while it waits to hand over is taken by the next run', async () => {
  const server = await simulatedTemporal({
    findRunning: async () => ({ pipelines: [], changesets: [], earlierQueue: false }),
  });
  const step = async (what: string) => {
    const found = server.steps().find(({ name }) => name === `${what}${QUEUE_WORKFLOW_ID}`);
    if (found === undefined) throw new Error(`expected ${what}, found ${server.steps().map(({ name }) => name)}`);
    await found.do();
    await new Promise(setImmediate);
  };
  const queues = () => server.runs.filter(({ type }) => type === 'queue').length;

  await server.start('queue', QUEUE_WORKFLOW_ID, [{ v: 1, coordinator: 'acme/coordinator', signalsPerRun: 1 }]);
  await step('task ');
  await step('start findRunning of ');
  await step('end findRunning of ');
  await step('task ');
  server.signal(QUEUE_WORKFLOW_ID, 'events', [{ pullRequest: 1 }]);
  // It begins a pipeline, and waits to hear that this has begun.
  await step('task ');
  expect(queues()).toBe(1);
  server.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'pat', reason: 'release' });
  await step('task ');
  expect(queues()).toBe(2);
  await step('task ');
  expect(await server.query(QUEUE_WORKFLOW_ID, 'status')).toMatchObject({
    entries: [{ pullRequest: 1 }],
    paused: { by: 'pat', reason: 'release' },
  });
});
