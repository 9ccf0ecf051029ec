/**
 * Events of history, counted on real runs: what docs/budgets.md says, as upper bounds. `LOCKSTEP_PRINT_BUDGETS=1` prints the
 * figures.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { commit } from '../support/fakeActivities.ts';
import { countKinds, type Events, runsOf } from '../support/histories.ts';
import { createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
afterAll(() => world?.stop());

const eventsOf = async (id: string): Promise<Events> => (await runsOf(world.client, id)).flatMap((run) => run.events);

/** One pipeline with changesets in these numbers of repositories; what it added to the queue's history. */
async function run(...sizes: number[]): Promise<{ number: number; queue: Events }> {
  const before = await eventsOf(QUEUE_WORKFLOW_ID);
  const wanted = sizes.map((size, i) => ({
    name: `c${i}-of-${size}`,
    on: Array.from({ length: size }, (_, j) => `b${i}/r${j}`),
  }));
  const number = await world.submit(wanted, { publishEveryMs: 15_000 });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  await settled();
  return { number, queue: (await eventsOf(QUEUE_WORKFLOW_ID)).slice(before.length) };
}

/** The queue has taken everything. */
async function settled(): Promise<void> {
  await soon('the queue to be settled', async () => {
    const last = (await eventsOf(QUEUE_WORKFLOW_ID)).at(-1);
    return (await world.queue()).entries.length === 0 && last?.workflowTaskCompletedEventAttributes != null;
  });
}

/** The size of each activity's result, as Temporal keeps it. */
async function resultsOf(workflowId: string): Promise<number[]> {
  return (await eventsOf(workflowId)).flatMap(({ activityTaskCompletedEventAttributes: completed }) =>
    (completed?.result?.payloads ?? []).map(({ data }) => data?.length ?? 0),
  );
}

function print(what: string, events: Events): void {
  if (process.env.LOCKSTEP_PRINT_BUDGETS) {
    process.stderr.write(`${what}: ${events.length} ${JSON.stringify(countKinds(events))}\n`);
  }
}

beforeAll(async () => {
  await world.startQueue();
  await settled();
});

test.each([
  [1, 106],
  [3, 118],
  [6, 145],
])('a changeset in %i repositories stays within %i events', async (size, most) => {
  const counts: number[] = [];
  // What a busy machine takes apart into more workflow tasks is not the workflow's own: the least of three counts.
  for (let i = 0; i < 3 && !counts.some((count) => count <= most); i++) {
    const { number } = await run(size);
    const events = await eventsOf(world.changesetId(number, `c0-of-${size}`));
    print(`changeset, ${size} repositories`, events);
    counts.push(events.length);
  }
  expect(Math.min(...counts)).toBeLessThanOrEqual(most);
});

const BYTES_OF_A_RESULT = 8 * 1024;
const BYTES_OF_A_HISTORY = 1_000_000;

/** As large as a manifest may be, with names and branches as people choose them. */
test('a changeset in 50 repositories beside 100 others, in bytes', async () => {
  const on = Array.from({ length: 50 }, (_, i) => `acme-corporation/service-number-${i}`);
  const others = Array.from({ length: 100 }, (_, i) => {
    const repository = `acme-corporation/library-number-${i}`;
    return { repository, commit: commit(repository) };
  });
  world.fakes.on('prepare', 'feature-with-a-long-name', async (request, otherwise) => {
    const ready = await otherwise(request);
    return 'vector' in ready ? { ...ready, vector: { ...ready.vector, others } } : ready;
  });
  const number = await world.submit([{ name: 'feature-with-a-long-name', on }], { publishEveryMs: 15_000 });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  const handle = world.client.workflow.getHandle(world.changesetId(number, 'feature-with-a-long-name'));
  const { historySize = 0, historyLength } = await handle.describe();
  if (process.env.LOCKSTEP_PRINT_BUDGETS) {
    process.stderr.write(`history: ${historySize} bytes, ${historyLength} events\n`);
  }
  const results = await resultsOf(world.changesetId(number, 'feature-with-a-long-name'));
  expect(results.length).toBeGreaterThan(50);
  expect(Math.max(...results)).toBeLessThanOrEqual(BYTES_OF_A_RESULT);
  expect(historySize).toBeLessThanOrEqual(BYTES_OF_A_HISTORY);
}, 120_000);

test('the queue, for each pipeline and each landing', async () => {
  const one = await run(1);
  const three = await run(1, 1, 1);
  print('queue, 1 pipeline with 1 landing', one.queue);
  print('queue, 1 pipeline with 3 landings', three.queue);
  print('pipeline with 1 changeset', await eventsOf(world.pipelineId(one.number)));
  print('pipeline with 3 changesets', await eventsOf(world.pipelineId(three.number)));
  expect(one.queue.length).toBeLessThanOrEqual(46);
  expect(three.queue.length).toBeLessThanOrEqual(85);
});

test('the queue, for a lone signal', async () => {
  const before = await eventsOf(QUEUE_WORKFLOW_ID);
  await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'bob' });
  await soon('the answer', async () => (await world.queue()).commands.length === 1);
  await settled();
  const after = await eventsOf(QUEUE_WORKFLOW_ID);
  expect(after.length - before.length).toBeLessThanOrEqual(4);
});

/** Last: the queue stays paused, for the plan alone is of interest. */
test('a pipeline with 100 changesets, in bytes', async () => {
  const wanted = Array.from({ length: 100 }, (_, i) => ({
    name: `feature-with-a-long-name-${i}`,
    on: [`acme-corporation/service-number-${i}`, `acme-corporation/client-number-${i}`],
  }));
  await world.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'bob', reason: 'freeze' });
  const number = await world.submit(wanted, { publishEveryMs: 15_000 });
  await soon('the plan to be read', async () => (await resultsOf(world.pipelineId(number))).length > 0);
  expect(Math.max(...(await resultsOf(world.pipelineId(number))))).toBeLessThanOrEqual(BYTES_OF_A_RESULT);
}, 120_000);
