import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { permanent } from '../../activities/failures.ts';
import { TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { commit, promised } from '../support/fakeActivities.ts';
import { runsOf, signalsIn } from '../support/histories.ts';
import { createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
afterAll(() => world?.stop());

const movesOf = (name: string) =>
  world.fakes.moves.filter((move) => move.changeset === name).map(({ kind, repository }) => `${kind} ${repository}`);

async function expectMerged(pullRequest: number, statuses: Record<string, string>): Promise<void> {
  expect(await world.pipelineEnd(pullRequest)).toMatchObject({ outcome: 'merged', again: false });
  expect(world.fakes.statuses.get(pullRequest)).toEqual(statuses);
}

/** A person pushes: the next look finds another head, with these changesets in it. */
function push(pullRequest: number, wanted: Parameters<WorkflowWorld['open']>[0]): void {
  const head = commit('pushed', pullRequest);
  const other = world.open(wanted, { head });
  world.fakes.plans.set(pullRequest, world.fakes.plans.get(other) ?? (() => ({ kind: 'invalid' })));
  world.fakes.on('readPullRequest', pullRequest, async ({ tip }) => ({
    state: 'open',
    moved: tip === head ? 'no' : 'person',
    head,
  }));
}

describe('changesets of one pipeline', () => {
  test('are tested at the same time, as many as parallelism allows', async () => {
    const [first, second] = [world.fakes.hold('runTests', 'p1'), world.fakes.hold('runTests', 'p2')];
    const wanted = ['p1', 'p2', 'p3'].map((name) => ({ name, on: [`p/${name}`] }));
    const number = await world.submit(wanted, { parallelism: 2 });
    await Promise.all([first.reached, second.reached]);
    expect(world.fakes.count('prepare', 'p3')).toBe(0);
    first.open();
    await world.changesetEnd(number, 'p3');
    expect(await world.isRunning(world.changesetId(number, 'p2'))).toBe(true);
    second.open();
    await expectMerged(number, { p1: 'success', p2: 'success', p3: 'success' });
  });

  test('that interfere go one after another, the higher priority first', async () => {
    const tests = world.fakes.hold('runTests', 'upper');
    const number = await world.submit([
      { name: 'lower', on: ['i/api', 'i/docs'] },
      { name: 'upper', on: ['i/api', 'i/web'], priority: 5 },
    ]);
    await tests.reached;
    expect(world.fakes.count('prepare', 'lower')).toBe(0);
    tests.open();
    await expectMerged(number, { upper: 'success', lower: 'success' });
    expect(world.fakes.moves.filter(({ repository }) => repository === 'i/api').map((move) => move.changeset)).toEqual([
      'upper',
      'lower',
    ]);
    expect(world.fakes.count('prepare', 'lower')).toBe(1);
  });

  test('go on when one of them fails', async () => {
    const log = { id: 'log', bytes: 3, truncated: false, tail: 'red' };
    world.fakes.on('runTests', 'red', async () => ({
      kind: 'failed',
      failure: { kind: 'exit', code: 1, durationMs: 5, log },
    }));
    const number = await world.submit([
      { name: 'red', on: ['x/api'] },
      { name: 'green', on: ['x/api'] },
    ]);
    await expectMerged(number, { red: 'failed', green: 'success' });
    expect(movesOf('red')).toEqual([]);
  });
});

describe('a push by a person', () => {
  test('before the decision lets the run go; the new head has its own', async () => {
    const tests = world.fakes.endlessTests('before');
    const number = await world.submit([{ name: 'before', on: ['b/api'] }]);
    await tests.started;
    push(number, [{ name: 'after', on: ['b/api'] }]);
    await world.tell(number);
    await tests.told;
    tests.die();
    expect(await world.changesetEnd(number, 'before')).toEqual({ kind: 'stopped', why: 'superseded' });
    await soon('the new head to be merged', () => world.fakes.merged.has(number));
    await expectMerged(number, { after: 'success' });
  });

  test('after the decision does not stop the landing; its status is written, and the new head goes on', async () => {
    const land = world.fakes.hold('land', 'landing');
    const number = await world.submit([
      { name: 'landing', on: ['a/api'] },
      { name: 'waiting', on: ['a/api', 'a/web'] },
    ]);
    await land.reached;
    push(number, [{ name: 'new', on: ['a/web'] }]);
    await world.tell(number);
    await soon('the look', () => world.fakes.count('readPullRequest', number) > 0);
    land.open();
    expect(await world.changesetEnd(number, 'landing')).toMatchObject({ kind: 'landed' });
    await soon('the new head to be merged', () => world.fakes.merged.has(number));
    await expectMerged(number, { landing: 'success', new: 'success' });
    expect(world.fakes.count('prepare', 'waiting')).toBe(0);
  });

  test('while it waits for the slot is read in its place', async () => {
    const tests = world.fakes.hold('runTests', 'ahead');
    await world.submit([{ name: 'ahead', on: ['w/api'] }]);
    await tests.reached;
    const number = await world.submit([{ name: 'old', on: ['w/web'] }]);
    await soon('it to wait', () => world.fakes.views.get(number)?.stage.at === 'waiting');
    push(number, [{ name: 'read-again', on: ['w/web'] }]);
    await world.tell(number);
    await soon('it to be read', () => world.fakes.count('readPlan', number) > 1);
    tests.open();
    await expectMerged(number, { 'read-again': 'success' });
  });
});

test('a long plan is read in parts, and from its beginning again when it is gone meanwhile', async () => {
  const names = Array.from({ length: 5 }, (_, i) => `part-${i}`);
  const number = world.open(names.map((name) => ({ name, on: [`pa/${name}`] })));
  const whole = world.fakes.plans.get(number)?.();
  if (whole?.kind !== 'ready') throw new Error('expected a plan');
  const { plan } = whole;
  const main = commit('main');
  const first = { ...plan, changesets: plan.changesets.slice(0, 2) };
  world.fakes.plans.set(number, () => ({ kind: 'ready', plan: first, rest: { count: 3, main } }));
  const asked: number[] = [];
  world.fakes.on('readPlanPart', number, async ({ at, from }) => {
    expect(at).toEqual({ head: plan.head, manifest: plan.manifest, dropped: [], main });
    asked.push(from);
    if (asked.length === 2) return 'gone';
    return { changesets: plan.changesets.slice(from, from + 2), rest: Math.max(0, 3 - from) };
  });
  await world.tell(number);
  await expectMerged(number, Object.fromEntries(names.map((name) => [name, 'success'])));
  expect(asked).toEqual([2, 4, 2, 4]);
});

describe('statuses', () => {
  test('written on what a person pushed are known to the next run, which writes back what a force-push dropped', async () => {
    const land = world.fakes.hold('land', 'kept');
    const number = await world.submit([{ name: 'kept', on: ['k/api'] }]);
    await land.reached;
    const status = commit('status on the push');
    world.fakes.on('writeStatus', 'kept', async () => ({ kind: 'moved', head: status, written: true }));
    const asked: unknown[] = [];
    const gone = { name: 'gone', status: 'skipped' as const };
    const next = world.open([{ name: 'next', on: ['k/web'] }], { dropped: [gone], final: [{ ...gone, line: 3 }] });
    world.fakes.on('readPlan', number, async (request, otherwise) => {
      asked.push(request);
      return otherwise({ ...request, pullRequest: next });
    });
    land.open();
    await soon('the new head to be merged', () => world.fakes.merged.has(number));
    await expectMerged(number, { gone: 'skipped', next: 'success' });
    expect(asked).toEqual([{ pullRequest: number, handedOn: { lastStatus: status } }]);
    expect(world.fakes.count('prepare', 'gone')).toBe(0);
  });

  test('written on what a person pushed do not make that push one that a changeset was begun for', async () => {
    const log = { id: 'log', bytes: 3, truncated: false, tail: 'red' };
    const failure = { kind: 'exit', code: 1, durationMs: 5, log } as const;
    const red = world.fakes.hold('runTests', 'red', async () => ({ kind: 'failed', failure }));
    const tests = world.fakes.endlessTests('longer');
    const read = commit('as it was read');
    const wanted = ['red', 'longer'].map((name) => ({ name, on: [`kb/${name}`] }));
    const number = await world.submit(wanted, { head: read });
    await Promise.all([red.reached, tests.started]);
    const head = commit('red, written on a push');
    world.fakes.on('writeStatus', 'red', async () => ({ kind: 'moved', head, written: true }));
    world.fakes.plans.set(number, () => ({ kind: 'ignored', why: 'closed' }));
    red.open();
    await tests.told;
    const look = world.fakes.hold('look', 'longer');
    const longer = world.client.workflow.getHandle(world.changesetId(number, 'longer'));
    await longer.terminate('by a test');
    tests.die();
    await look.reached;
    const [started] = (await longer.fetchHistory()).events ?? [];
    const input = started?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
    expect(JSON.parse(Buffer.from(input?.data ?? '').toString())).toMatchObject({ manifestHead: read });
    look.open();
    expect(await world.changesetEnd(number, 'longer')).toEqual({ kind: 'stopped', why: 'superseded' });
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'ignored' });
  });
});

test('a changeset behind a landing that waits for people is not tested before that is settled', async () => {
  world.fakes.on('land', 'halted', async () => ({ kind: 'unreadable', message: 'gone' }));
  const first = await world.submit([{ name: 'halted', on: ['n/api'] }]);
  await world.phase(first, 'halted', 'operator');
  const second = await world.submit([
    { name: 'behind', on: ['n/api'] },
    { name: 'beside', on: ['n/web'] },
  ]);
  expect(await world.changesetEnd(second, 'beside')).toMatchObject({ kind: 'landed' });
  await soon('the slot to be given back', async () => (await world.queue()).slot === undefined);
  expect(world.fakes.count('prepare', 'behind')).toBe(0);
  await world.signal(world.changesetId(first, 'halted'), 'resolve', { action: 'undo', by: 'ann' });
  await expectMerged(first, { halted: 'failed' });
  await expectMerged(second, { behind: 'success', beside: 'success' });
  expect([world.fakes.count('prepare', 'behind'), world.fakes.count('runTests', 'behind')]).toEqual([1, 1]);
});

describe('people', () => {
  test('closing the pull request stops what has not decided', async () => {
    const tests = world.fakes.endlessTests('closed');
    const number = await world.submit([{ name: 'closed', on: ['c/api'] }]);
    await tests.started;
    world.fakes.on('readPullRequest', number, async ({ tip }) => ({ state: 'closed', moved: 'no', head: tip }));
    await world.tell(number);
    await tests.told;
    tests.die();
    expect(await world.pipelineEnd(number)).toEqual({ outcome: 'closed', again: false, handedOn: {} });
    expect(await world.changesetEnd(number, 'closed')).toEqual({ kind: 'stopped', why: 'closed' });
    expect(world.fakes.statuses.get(number)).toBeUndefined();
    expect(world.fakes.views.get(number)?.stage).toEqual({ at: 'cancelled', why: 'closed' });
  });

  test.each([
    ['ordinary', { kind: 'ignored', why: 'ordinary' }, 'ignored'],
    ['invalid', { kind: 'invalid' }, 'invalid'],
  ] as const)(
    'a push that makes it %s while it waits: people see that it waits no more',
    async (why, read, outcome) => {
      const tests = world.fakes.hold('runTests', `before-${why}`);
      const before = await world.submit([{ name: `before-${why}`, on: ['o/api'] }]);
      await tests.reached;
      const waiting = await world.submit([{ name: `was-${why}`, on: ['o/api'] }]);
      await soon('it to wait', () => world.fakes.views.get(waiting)?.stage.at === 'waiting');
      world.fakes.plans.set(waiting, () => read);
      await world.tell(waiting);
      expect(await world.pipelineEnd(waiting)).toMatchObject({ outcome });
      expect(world.fakes.views.get(waiting)?.stage).toEqual({ at: 'cancelled', why });
      tests.open();
      await world.pipelineEnd(before);
    },
  );

  test('withdrawing it while it runs and while it waits leaves it open', async () => {
    const tests = world.fakes.endlessTests('withdrawn');
    const running = await world.submit([{ name: 'withdrawn', on: ['d/api'] }]);
    await tests.started;
    const waiting = await world.submit([{ name: 'never', on: ['d/api'] }]);
    await soon('it to wait', () => world.fakes.views.get(waiting)?.stage.at === 'waiting');
    await world.signal(QUEUE_WORKFLOW_ID, 'withdraw', { pr: waiting, by: 'bob' });
    const withdrawn = expect.stringMatching(/^[0-9a-f]{40}$/);
    const handedOn = { withdrawn: { heads: [withdrawn] } };
    const ended = { outcome: 'withdrawn', again: false, handedOn };
    expect(await world.pipelineEnd(waiting)).toEqual(ended);
    await world.signal(QUEUE_WORKFLOW_ID, 'withdraw', { pr: running, by: 'bob' });
    await tests.told;
    tests.die();
    expect(await world.pipelineEnd(running)).toEqual(ended);
    await soon('the queue to show both', async () => (await world.queue()).withdrawn.length === 2);
    // A webhook that was late: the next pipeline is told what was withdrawn.
    const asked: unknown[] = [];
    world.fakes.on('readPlan', running, async (request) => {
      asked.push(request);
      return { kind: 'ignored', why: 'withdrawn', head: request.handedOn?.withdrawn?.heads?.[0] ?? '' };
    });
    await world.tell(running);
    await soon('it to be read', () => asked.length > 0);
    expect(asked).toEqual([{ pullRequest: running, handedOn }]);
    expect(world.fakes.count('prepare', 'never')).toBe(0);
    expect([world.fakes.merged.has(running), world.fakes.merged.has(waiting)]).toEqual([false, false]);
  });

  test('withdrawing it after a push, while its last words are written, leaves the pushed head alone', async () => {
    const tests = world.fakes.endlessTests('outdated');
    const number = await world.submit([{ name: 'outdated', on: ['d/web'] }]);
    await tests.started;
    const [lastWords, withdrawn] = [promised(), promised()];
    world.fakes.on('publish', number, async (view, otherwise) => {
      if (view.stage.at === 'cancelled') {
        lastWords.resolve();
        await withdrawn.promise;
      }
      return otherwise(view);
    });
    const asked: unknown[] = [];
    push(number, [{ name: 'renewed', on: ['d/web'] }]);
    world.fakes.on('readPlan', number, async (request) => {
      asked.push(request.handedOn?.withdrawn?.heads);
      return { kind: 'ignored', why: 'withdrawn', head: commit('pushed', number) };
    });
    await world.tell(number);
    await tests.told;
    tests.die();
    await lastWords.promise;
    const orders = async () =>
      (await runsOf(world.client, world.pipelineId(number))).map(({ events }) => signalsIn(events, 'order'));
    const [before = 0] = await orders();
    await world.signal(QUEUE_WORKFLOW_ID, 'withdraw', { pr: number, by: 'bob' });
    await soon('the queue to tell the pipeline', async () => ((await orders())[0] ?? 0) > before);
    withdrawn.resolve();
    await soon('the pull request to be read again', () => asked.length > 0);
    expect(asked[0]).toContain(commit('pushed', number));
    expect(world.fakes.count('prepare', 'renewed')).toBe(0);
  });

  test('skipping a whole pull request skips what runs and what was not begun, once each', async () => {
    const tests = world.fakes.endlessTests('s1');
    const number = await world.submit([
      { name: 's1', on: ['s/api'] },
      { name: 's2', on: ['s/api'] },
    ]);
    await tests.started;
    for (const by of ['bob', 'ann']) await world.signal(QUEUE_WORKFLOW_ID, 'skip', { pr: number, by, reason: 'no' });
    await tests.told;
    tests.die();
    await expectMerged(number, { s1: 'skipped', s2: 'skipped' });
    expect([world.fakes.count('writeStatus', 's1'), world.fakes.count('writeStatus', 's2')]).toEqual([1, 1]);
  });
});

describe('a history that grows long', () => {
  // Started without its queue, which takes it over when it asks for the slot.
  const start = async (pullRequest: number, eventsPerRun: number) => {
    await world.send([]);
    return world.client.workflow.start('pipeline', {
      workflowId: world.pipelineId(pullRequest),
      taskQueue: TASK_QUEUE,
      args: [{ v: 1, coordinator: world.coordinator, pullRequest, eventsPerRun }],
    });
  };

  test('is left behind while changesets run: they are followed by the next run, and nothing is done twice', async () => {
    const [slow, landing] = [world.fakes.hold('runTests', 'long-slow'), world.fakes.hold('land', 'long-landing')];
    const many = Array.from({ length: 3 }, (_, i) => ({ name: `long-${i}`, on: ['long/many'] }));
    const number = world.open([
      { name: 'long-slow', on: ['long/slow'] },
      { name: 'long-landing', on: ['long/landing'] },
      { name: 'long-gated', on: ['long/gated'], approval: 'required' },
      ...many,
    ]);
    await start(number, 60);
    await Promise.all([slow.reached, landing.reached]);
    await soon('the rest to have ended', () => world.fakes.count('writeStatus', 'long-2') > 0);
    slow.open();
    landing.open();
    await soon('an approval to count', async () => (await world.changeset(number, 'long-gated')).approvalAsked);
    await world.signal(world.changesetId(number, 'long-gated'), 'approve', { by: 'ann' });
    const names = ['long-slow', 'long-landing', 'long-gated', ...many.map(({ name }) => name)];
    await expectMerged(number, Object.fromEntries(names.map((name) => [name, 'success'])));
    for (const name of names) {
      expect([world.fakes.count('prepare', name), world.fakes.count('writeStatus', name)]).toEqual([1, 1]);
    }
    expect((await runsOf(world.client, world.pipelineId(number))).length).toBeGreaterThan(1);
  });

  test('is left behind while it waits for the slot, and keeps its place', async () => {
    const tests = world.fakes.hold('runTests', 'long-ahead');
    await world.submit([{ name: 'long-ahead', on: ['long/ahead'] }]);
    await tests.reached;
    const number = world.open([{ name: 'long-waits', on: ['long/waits'] }]);
    await start(number, 30);
    const runs = () => runsOf(world.client, world.pipelineId(number));
    await soon('it to ask for the slot', async () =>
      (await world.queue()).entries.some((one) => one.pullRequest === number),
    );
    await soon('a new run', async () => {
      await world.tell(number);
      return (await runs()).length > 1;
    });
    tests.open();
    await expectMerged(number, { 'long-waits': 'success' });
  });
});

describe('what goes wrong', () => {
  test('closed and reopened while its tests are being stopped, it runs again', async () => {
    const tests = world.fakes.endlessTests('reopened');
    const number = await world.submit([{ name: 'reopened', on: ['ro/api'] }]);
    await tests.started;
    world.fakes.on('readPullRequest', number, async ({ tip }) => ({ state: 'closed', moved: 'no', head: tip }));
    await world.tell(number);
    await tests.told;
    world.fakes.on('readPullRequest', number, async ({ tip }) => ({ state: 'open', moved: 'no', head: tip }));
    const looks = world.fakes.count('readPullRequest', number);
    await world.tell(number);
    await soon('the look', () => world.fakes.count('readPullRequest', number) > looks);
    world.fakes.on('runTests', 'reopened', async ({ run }) => ({ kind: 'passed', durationMs: 1, logId: run }));
    tests.die();
    await soon('it to be merged', () => world.fakes.merged.has(number));
  });

  test('a terminated pipeline whose changeset waits for an approval: the next holds up nobody, and the approval counts', async () => {
    const number = await world.submit([{ name: 'gate', on: ['ga/api'], approval: 'required' }]);
    await soon('it to ask', async () => (await world.changeset(number, 'gate')).approvalAsked);
    await world.client.workflow.getHandle(world.pipelineId(number)).terminate('by a test');
    await soon('the queue to know', async () => (await world.queue()).entries.length === 0);
    await world.tell(number);
    await soon('the new run to follow', () => world.fakes.count('awaitChangeset', 'gate') > 0);
    const other = await world.submit([{ name: 'bystander', on: ['ga/other'] }]);
    await expectMerged(other, { bystander: 'success' });
    await world.signal(world.changesetId(number, 'gate'), 'approve', { by: 'ann' });
    await expectMerged(number, { gate: 'success' });
  });

  test('a changeset that is ended by hand looks at what stands, and runs again where that is nothing', async () => {
    const tests = world.fakes.hold('runTests', 'ended');
    const number = await world.submit([{ name: 'ended', on: ['gc/api'] }]);
    await tests.reached;
    const look = world.fakes.hold('look', 'ended');
    world.fakes.on('runTests', 'ended', async ({ run }) => ({ kind: 'passed', durationMs: 1, logId: run }));
    await world.client.workflow.getHandle(world.changesetId(number, 'ended')).terminate('by a test');
    tests.open();
    await look.reached;
    expect(world.fakes.count('prepare', 'ended')).toBe(1);
    look.open();
    await expectMerged(number, { ended: 'success' });
    expect([world.fakes.count('prepare', 'ended'), world.fakes.count('look', 'ended')]).toEqual([2, 1]);
  });

  test.each(['the changeset', 'the pull request'])(
    'a skip of %s that was told just before it was ended by hand is not forgotten, through two ends',
    async (of) => {
      const name = of === 'the changeset' ? 'skipped-alone' : 'skipped-all';
      const tests = world.fakes.endlessTests(name);
      const number = await world.submit([{ name, on: [`gd/${name}`] }]);
      await tests.started;
      const skip = { by: 'sue', reason: 'not today' };
      if (of === 'the changeset') await world.signal(world.changesetId(number, name), 'skip', skip);
      else await world.signal(QUEUE_WORKFLOW_ID, 'skip', { pr: number, ...skip });
      await tests.told;
      const look = world.fakes.hold('look', name);
      const end = () => world.client.workflow.getHandle(world.changesetId(number, name)).terminate('by a test');
      await end();
      tests.die();
      await look.reached;
      await end();
      await soon('the third run', () => world.fakes.count('look', name) === 2);
      look.open();
      expect(await world.changesetEnd(number, name)).toEqual({ kind: 'skipped', ...skip });
      await expectMerged(number, { [name]: 'skipped' });
      expect(world.fakes.count('runTests', name)).toBe(1);
    },
  );

  test('a pipeline that was ended by hand comes back by itself when its changeset asks to land', async () => {
    const number = await world.submit([{ name: 'left', on: ['gb/api'], approval: 'required' }]);
    await soon('it to ask', async () => (await world.changeset(number, 'left')).approvalAsked);
    await world.client.workflow.getHandle(world.pipelineId(number)).terminate('by a test');
    await soon('the queue to know', async () => (await world.queue()).entries.length === 0);
    await world.signal(world.changesetId(number, 'left'), 'approve', { by: 'ann' });
    await soon('it to come back', () => world.fakes.count('readPlan', number) === 2);
    await expectMerged(number, { left: 'success' });
    expect(movesOf('left')).toEqual(['land gb/api']);
  });

  test('a terminated pipeline leaves its landing to go on; the next run follows it and merges', async () => {
    const land = world.fakes.hold('land', 'orphan');
    const number = await world.submit([{ name: 'orphan', on: ['o/api', 'o/web'] }]);
    await land.reached;
    await world.client.workflow.getHandle(world.pipelineId(number)).terminate('by a test');
    await soon('the queue to know', async () => (await world.queue()).entries.length === 0);
    expect(await world.isRunning(world.changesetId(number, 'orphan'))).toBe(true);
    await world.tell(number);
    await soon('the new run to follow', () => world.fakes.count('awaitChangeset', 'orphan') > 0);
    land.open();
    await expectMerged(number, { orphan: 'success' });
    expect(movesOf('orphan')).toEqual(['land o/api', 'land o/web']);
  });

  test('a cancellation of the pipeline in Temporal changes nothing: orders still reach its changesets', async () => {
    const tests = world.fakes.endlessTests('told');
    const number = await world.submit([
      { name: 'told', on: ['t/api'] },
      { name: 'gated', on: ['t/web'], approval: 'required' },
    ]);
    await tests.started;
    await world.phase(number, 'gated', 'approval');
    await world.client.workflow.getHandle(world.pipelineId(number)).cancel();
    await soon('the cancellation to be answered', () =>
      world.fakes.views.get(number)?.refusals.some((why) => why.includes('cancellation')),
    );
    await world.signal(QUEUE_WORKFLOW_ID, 'skip', { pr: number, by: 'bob', reason: 'no' });
    await tests.told;
    tests.die();
    await expectMerged(number, { told: 'skipped', gated: 'skipped' });
  });

  test('a status that is refused for good is said, and what runs goes to its end', async () => {
    const slow = world.fakes.hold('runTests', 'other');
    world.fakes.on('writeStatus', 'unwritten', async () => {
      throw permanent('the branch is locked');
    });
    const number = await world.submit([
      { name: 'unwritten', on: ['u/api'] },
      { name: 'other', on: ['u/web'] },
    ]);
    await world.changesetEnd(number, 'unwritten');
    await soon('the attempt', () => world.fakes.count('writeStatus', 'unwritten') > 0);
    slow.open();
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'stuck' });
    expect(world.fakes.statuses.get(number)).toEqual({ other: 'success' });
    expect(world.fakes.views.get(number)?.stage).toMatchObject({ at: 'stuck', why: expect.stringContaining('locked') });
  });

  test('a look at the pull request that fails for good does not end the pipeline', async () => {
    const tests = world.fakes.hold('runTests', 'unseen');
    const number = await world.submit([{ name: 'unseen', on: ['e/api'] }]);
    await tests.reached;
    world.fakes.on('readPullRequest', number, async () => {
      throw permanent('not found');
    });
    await world.tell(number);
    await soon('the look', () => world.fakes.count('readPullRequest', number) > 0);
    tests.open();
    await expectMerged(number, { unseen: 'success' });
  });

  test('a merge that is refused for good leaves the pull request open and says why', async () => {
    const number = await world.submit([{ name: 'unmerged', on: ['f/api'] }]);
    world.fakes.on('mergeManifest', number, async () => {
      throw permanent('merging is forbidden');
    });
    expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'stuck' });
    expect(world.fakes.views.get(number)?.stage).toMatchObject({ why: expect.stringContaining('forbidden') });
  });
});
