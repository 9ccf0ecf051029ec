import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createWorkflowsPort, TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { runsOf, signalsIn } from '../support/histories.ts';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

const SENDERS = 8;

let world: WorkflowWorld;
beforeEach(async () => {
  world = await createWorkflowWorld();
});
afterEach(() => world?.stop());

const commands = async () => (await world.queue()).commands.map(({ by, answer = 'none yet' }) => `${by}: ${answer}`);

describe('continuing as new', () => {
  test('F48: loses no signal and no end of a pipeline, also while pipelines run', async () => {
    await world.startQueue({ signalsPerRun: 5 });
    const gates = [1, 2, 3].map((i) => world.fakes.hold('runTests', `held${i}`));
    const held = [];
    for (const i of [1, 2, 3]) held.push(await world.submit([{ name: `held${i}`, on: [`repository/${i}`] }]));
    await Promise.race(gates.map((gate) => gate.reached));
    const many = Array.from({ length: 30 }, (_, i) => world.open([{ name: `n${i}`, on: [`many/${i}`] }]));
    for (const pullRequest of many) world.fakes.plans.delete(pullRequest);
    for (let wave = 0; wave < many.length; wave += 6) {
      const numbers = many.slice(wave, wave + 6);
      await Promise.all(numbers.map((pullRequest) => world.tell(pullRequest)));
      await soon(`the pipelines of wave ${wave}`, () =>
        numbers.every((number) => world.fakes.count('readPlan', number) > 0),
      );
    }
    for (const gate of gates) gate.open();
    for (const number of held) expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
    await soon('the queue to know all ends', async () => (await world.queue()).entries.length === 0);
    const runs = await runsOf(world.client, QUEUE_WORKFLOW_ID);
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.some(({ events }) => JSON.stringify(events).includes('awaitPipelines'))).toBe(true);
    expect(many.map((number) => world.fakes.count('readPlan', number))).toEqual(many.map(() => 1));
  }, 120_000);

  test('F48, F49: a burst of 5,000 signals and a few groups is all taken', async () => {
    const gate = world.fakes.hold('runTests', 'busy');
    const busy = await world.submit([{ name: 'busy', on: ['b/api'] }]);
    await gate.reached;
    const strangers = Array.from({ length: 20 }, () => world.open([]));
    for (const number of strangers) world.fakes.plans.delete(number);
    await flood(5000, (i) => [
      { pullRequest: i % 250 === 125 ? (strangers[Math.floor(i / 250)] ?? busy) : busy, delivery: randomUUID() },
    ]);
    const group = Array.from({ length: 1000 }, () => ({ pullRequest: busy, delivery: randomUUID() }));
    await world.send(group);
    await soon('all to be taken', () => strangers.every((number) => world.fakes.count('readPlan', number) > 0));
    await until('the queue to be idle again', async () => (await world.queue()).entries.length === 1, 120_000);
    gate.open();
    expect(await world.pipelineEnd(busy)).toMatchObject({ outcome: 'merged' });
    const runs = await runsOf(world.client, QUEUE_WORKFLOW_ID);
    expect(runs.map(({ events }) => signalsIn(events, 'events')).reduce((a, b) => a + b)).toBe(5002);
    expect(runs.length).toBeGreaterThan(1);
    expect(Math.max(...runs.map(({ events }) => signalsIn(events)))).toBeLessThan(10_000);
    expect((await world.queue()).deliveries).toBe(1000);
  }, 300_000);
});

test('F50: what cannot be decoded, or is no message of ours, is refused visibly by name, and work goes on (I46)', async () => {
  const number = await world.submit([{ name: 'gated', on: ['u/api'], approval: 'required' }]);
  await world.phase(number, 'gated', 'approval');
  const changeset = world.changesetId(number, 'gated');
  for (const signal of ['events', 'toQueue', 'pause', 'resume', 'skip', 'withdraw', 'unheard-of']) {
    await undecodable(QUEUE_WORKFLOW_ID, signal);
  }
  for (const signal of ['order', 'progress']) await undecodable(world.pipelineId(number), signal);
  for (const signal of ['approve', 'skip', 'resolve', 'grant', 'orders']) await undecodable(changeset, signal);
  await undecodable(QUEUE_WORKFLOW_ID, 'pause', 'binary/brotli');
  await world.signal(QUEUE_WORKFLOW_ID, 'toQueue', { kind: 'wantGrant', changeset: 'x' });
  await world.signal(QUEUE_WORKFLOW_ID, 'toQueue');
  await world.signal(changeset, 'orders', null);
  for (const heads of [undefined, null, 5, [5], {}]) await world.signal(changeset, 'orders', { kind: 'shown', heads });
  await world.signal(changeset, 'grant', { kind: 'waits', why: 5 });
  // Half a character is no text: what it names can be told nothing.
  const strange = { pullRequest: 99, repositories: ['u/other'], exclusive: false, changeset: 'changeset/u/\ud800' };
  await world.signal(QUEUE_WORKFLOW_ID, 'toQueue', { kind: 'presume', ...strange });
  await world.signal(QUEUE_WORKFLOW_ID, 'toQueue', { kind: 'releaseGrant', ...strange });
  await soon('the refusals of the queue', async () => (await world.queue()).commands.length === 9);
  expect((await commands()).join('\n')).toMatch(/events:[\s\S]*toQueue:[\s\S]*pause:[\s\S]*skip:[\s\S]*withdraw:/);
  expect((await world.changeset(number, 'gated')).refused).toHaveLength(3);
  await soon('the comment that asks', async () => (await world.changeset(number, 'gated')).approvalAsked);
  await world.signal(changeset, 'approve', { by: 'bob' });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
});

test('a cancellation of the queue is refused and said', async () => {
  await world.startQueue();
  await world.client.workflow.getHandle(QUEUE_WORKFLOW_ID).cancel();
  await soon('the answer', async () => (await commands()).join().includes('cannot be cancelled'));
  const number = await world.submit([{ name: 'after', on: ['c/api'] }]);
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
});

describe('a queue that was terminated', () => {
  test('starts again paused, with the pipelines and landings that run', async () => {
    const land = world.fakes.hold('land', 'landing');
    const number = await world.submit([
      { name: 'landing', on: ['t/api'] },
      { name: 'gated', on: ['t/web'], approval: 'required' },
    ]);
    await land.reached;
    await world.phase(number, 'gated', 'approval');
    const other = await world.submit([{ name: 'waiting', on: ['t/docs'], priority: 5 }]);
    await soon('the other to wait', () => world.fakes.views.get(other)?.stage.at === 'waiting');
    await terminateQueue();
    const port = createWorkflowsPort({ client: world.client, coordinator: COORDINATOR, serverUrl: '' });
    expect(await port.queuePicture()).toEqual({ entries: [] });
    await world.tell(number);
    const restarted = await soon('the new queue', async () => {
      const queue = await world.queue();
      return queue.entries.length === 2 && queue.grants.length === 1 ? queue : undefined;
    });
    expect(restarted.paused?.reason).toContain('closed by hand');
    expect(restarted.grants).toMatchObject([{ state: 'decided', repositories: ['t/api'] }]);
    expect(restarted.entries).toMatchObject([
      { pullRequest: number, priority: 0 },
      { pullRequest: other, priority: 5 },
    ]);
    land.open();
    expect(await world.changesetEnd(number, 'landing')).toMatchObject({ kind: 'landed' });
    await soon('the comment that asks', async () => (await world.changeset(number, 'gated')).approvalAsked);
    await world.signal(world.changesetId(number, 'gated'), 'approve', { by: 'bob' });
    await soon('why it waits', async () => (await world.changeset(number, 'gated')).sentence.includes('paused'));
    expect(world.fakes.count('recheck', 'gated')).toBe(0);
    await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'bob' });
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
    expect(await world.pipelineEnd(other)).toMatchObject({ outcome: 'merged' });
    await soon('the queue to be empty', async () => (await world.queue()).entries.length === 0);
  });

  test('starts again although a changeset that runs cannot be asked, whose repositories stay fenced', async () => {
    const broken = world.changesetId(99, 'broken');
    const changeset = { members: [{ repository: 'u/api', branch: 'b' }] };
    await world.client.workflow.start('changeset', {
      workflowId: broken,
      taskQueue: TASK_QUEUE,
      args: [{ changeset, interference: 'repositories' }],
    });
    await soon('its task to fail', async () => {
      const [run] = await runsOf(world.client, broken);
      return run?.events.some((one) => one.workflowTaskFailedEventAttributes);
    });
    await soon('visibility to follow', async () => {
      const { count } = await world.client.workflow.count(`WorkflowType = 'changeset' AND ExecutionStatus = 'Running'`);
      return count === 1;
    });
    const free = await world.submit([{ name: 'free', on: ['u/docs'] }]);
    expect(await world.pipelineEnd(free)).toMatchObject({ outcome: 'merged' });
    expect((await world.queue()).grants).toEqual([
      { changeset: broken, pullRequest: 99, repositories: ['u/api'], exclusive: false, state: 'decided' },
    ]);
    await world.client.workflow.getHandle(broken).terminate('by a test');
  });

  test('takes back a grant that had not decided, before it says that it is paused', async () => {
    const recheck = world.fakes.hold('recheck', 'granted');
    const number = await world.submit([{ name: 'granted', on: ['r/api'] }]);
    await recheck.reached;
    await terminateQueue();
    await world.tell(number);
    const queue = await soon('the new queue', async () => {
      const now = await world.queue();
      return now.grants.length === 1 ? now : undefined;
    });
    expect(queue).toMatchObject({ grants: [{ state: 'granted' }], commands: [{ verb: 'pause' }] });
    expect(queue.commands[0]?.answer).toBeUndefined();
    await recalled(number, 'granted');
    recheck.open();
    await soon('the pause to be answered', async () => (await commands()).includes('lockstep: done'));
    expect(world.fakes.moves).toEqual([]);
    await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'bob' });
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  });
});

describe('a pause', () => {
  test('is answered only when the grant has come back; nothing lands until it is resumed', async () => {
    const recheck = world.fakes.hold('recheck', 'granted');
    const number = await world.submit([{ name: 'granted', on: ['p/api'] }]);
    await recheck.reached;
    await world.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'bob', reason: 'freeze' });
    await soon('the pause', async () => (await world.queue()).paused !== undefined);
    expect(await commands()).toEqual(['bob: none yet']);
    await recalled(number, 'granted');
    recheck.open();
    await soon('the answer', async () => (await commands()).includes('bob: done'));
    await soon('why it waits', async () => (await world.changeset(number, 'granted')).sentence.includes('freeze'));
    expect(world.fakes.moves).toEqual([]);
    await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'ann' });
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  });

  test('names what is landing already', async () => {
    const land = world.fakes.hold('land', 'decided');
    const number = await world.submit([{ name: 'decided', on: ['d/api'] }]);
    await land.reached;
    await world.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'bob', reason: 'freeze' });
    await soon('the answer', async () => (await commands()).includes(`bob: done; already landing: #${number}/decided`));
    land.open();
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  });
});

/** The grant and its recall have both arrived. */
async function recalled(pullRequest: number, name: string): Promise<void> {
  await soon('the recall to arrive', async () => {
    const [run] = await runsOf(world.client, world.changesetId(pullRequest, name));
    return run !== undefined && signalsIn(run.events, 'grant') === 2;
  });
}

async function terminateQueue(): Promise<void> {
  await world.client.workflow.getHandle(QUEUE_WORKFLOW_ID).terminate('by a test');
  // Visibility lags; a queue that starts anew asks it.
  await soon('visibility to follow', async () => {
    const { count } = await world.client.workflow.count(`WorkflowType = 'queue' AND ExecutionStatus != 'Running'`);
    const running = await world.client.workflow.count(`ExecutionStatus = 'Running'`);
    return count > 0 && running.count > 0;
  });
}

/** As `temporal workflow signal --input-meta encoding=…` sends it: an encoding that we do not know, or use ourselves. */
async function undecodable(workflowId: string, signalName: string, encoding = 'foo/bar'): Promise<void> {
  await world.connection.workflowService.signalWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from('?') }] },
    requestId: randomUUID(),
  });
}

/** A few senders at once, as several servers would be. */
async function flood(count: number, events: (i: number) => Parameters<typeof world.send>[0]) {
  let next = 0;
  const send = async () => {
    for (let i = next++; i < count; i = next++) await world.send(events(i));
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
}
