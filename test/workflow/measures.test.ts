/** What runs leave behind for those that come later, and for whoever watches. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorkflowsPort } from '../../activities/workflows/temporal.ts';
import { COORDINATOR, createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
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

/** A counter, or how many a histogram has seen, with these labels. */
async function counted(metric: 'changesetsEnded' | 'pipelinesEnded' | 'landings' | 'tests', label: string) {
  const { values } = await world.metrics[metric].get();
  const found = values.filter(({ labels, ...one }) => {
    const name = 'metricName' in one ? String(one.metricName) : '';
    return Object.values(labels).includes(label) && (name === '' || name.endsWith('_count'));
  });
  return found.reduce((sum, { value }) => sum + value, 0);
}

test('what ended is counted by outcome, once; a landing is timed from its decision, also one that was taken back', async () => {
  const before = {
    landed: await counted('changesetsEnded', 'landed'),
    failed: await counted('changesetsEnded', 'failed'),
    merged: await counted('pipelinesEnded', 'merged'),
    landings: await counted('landings', 'landed'),
    passed: await counted('tests', 'passed'),
    red: await counted('tests', 'failed'),
  };
  const failure = { kind: 'exit', code: 1, durationMs: 7, log: RED } as const;
  world.fakes.on('runTests', 'not-green', async () => ({ kind: 'failed', failure }));
  world.fakes.on('land', 'undone', async (request, otherwise) =>
    request.repository.endsWith('/web') ? { kind: 'rejected', found: '1'.repeat(40) } : otherwise(request),
  );
  const number = await world.submit([
    { name: 'fine', on: ['n/api'] },
    { name: 'not-green', on: ['n/docs'] },
    { name: 'undone', on: ['o/api', 'o/web'] },
  ]);
  await world.pipelineEnd(number);
  await soon('the pipeline to be counted', async () => (await counted('pipelinesEnded', 'merged')) > before.merged);
  expect(await counted('pipelinesEnded', 'merged')).toBe(before.merged + 1);
  expect(await counted('changesetsEnded', 'landed')).toBe(before.landed + 1);
  expect(await counted('changesetsEnded', 'failed')).toBe(before.failed + 1);
  expect(await counted('changesetsEnded', 'rolledBack')).toBe(1);
  expect(await counted('landings', 'landed')).toBe(before.landings + 1);
  expect(await counted('landings', 'rolledBack')).toBe(1);
  expect(await counted('tests', 'passed')).toBe(before.passed + 2);
  expect(await counted('tests', 'failed')).toBe(before.red + 1);
});

test('what ends while signals keep coming is counted once all the same', async () => {
  // A workflow may not end while something new is there for it: it is asked to end again, and again.
  const before = {
    merged: await counted('pipelinesEnded', 'merged'),
    landed: await counted('changesetsEnded', 'landed'),
  };
  for (let round = 1; round <= 3; round += 1) {
    const name = `flooded-${round}`;
    const last = world.fakes.hold('cleanUp', name);
    const number = await world.submit([{ name, on: [`f/r${round}`] }]);
    await last.reached;
    last.open();
    // So many that some come in its last task, and not so many that it never ends.
    const floods = [world.pipelineId(number), world.changesetId(number, name)].map(async (id) => {
      for (let sent = 0; sent < 100; sent += 1) await world.signal(id, 'nothing', {}).catch(() => undefined);
    });
    await Promise.all(floods);
    await world.pipelineEnd(number);
  }
  await soon('all to be counted', async () => (await counted('pipelinesEnded', 'merged')) >= before.merged + 3);
  expect(await counted('pipelinesEnded', 'merged')).toBe(before.merged + 3);
  expect(await counted('changesetsEnded', 'landed')).toBe(before.landed + 3);
}, 120_000);

test('a worker that replays a workflow does not count again what ended before', async () => {
  const number = await world.submit([{ name: 'replayed', on: ['p/api'] }]);
  await world.pipelineEnd(number);
  await soon('the end to be counted', async () => (await counted('pipelinesEnded', 'merged')) > 0);
  const before = await counted('tests', 'passed');
  // Nothing is cached of a closed workflow: a query has its whole history run again.
  expect((await world.changeset(number, 'replayed')).outcome).toMatchObject({ kind: 'landed' });
  expect(await counted('tests', 'passed')).toBe(before);
});
