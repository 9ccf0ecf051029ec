import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import { permanent } from '../../activities/failures.ts';
import { TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { ranBefore } from '../../server/temporal/activityInterceptor.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import type { Phase } from '../../src/plan/progress.ts';
import type { ChangesetInput } from '../../workflows/messages.ts';
import { commit, planOf } from '../support/fakeActivities.ts';
import { countKinds, runsOf } from '../support/histories.ts';
import { createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

const REJECTED = { kind: 'rejected', found: commit('foreign') } as const;

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

const asked = (number: number, name: string) =>
  soon('approvals to count', async () => (await world.changeset(number, name)).approvalAsked);

const refusals = async (number: number, name: string) => (await world.changeset(number, name)).refused.join('\n');

test('F51: tests wait for a worker without end, and a try knows how long those before it ran', async () => {
  const ran: number[] = [];
  const first = world.fakes.hold('runTests', 'tried', async ({ run }) => {
    const { attempt, heartbeatDetails } = Context.current().info;
    ran.push(ranBefore({ heartbeatDetails }));
    if (attempt === 1) throw new Error('the sandbox broke');
    return { kind: 'passed', durationMs: 1, logId: run };
  });
  const number = await world.submit([{ name: 'tried', on: ['t/api'] }]);
  await first.reached;
  const pending = async () => {
    const { raw } = await world.client.workflow.getHandle(world.changesetId(number, 'tried')).describe();
    return raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'runTests');
  };
  await soon('a heartbeat', async () => (await pending())?.heartbeatDetails?.payloads?.length);
  expect((await pending())?.expirationTime ?? null).toBeNull();
  first.open();
  await expectMerged(number, { tried: 'success' });
  expect(ran).toEqual([0, expect.any(Number)]);
  expect(ran[1]).toBeGreaterThan(0);
});

test('a log is named by what nobody can guess: not by when its run began', async () => {
  const named: { run: string; runId: string }[] = [];
  for (const name of ['log-one', 'log-two']) {
    world.fakes.on('runTests', name, async ({ run }) => {
      named.push({ run, runId: Context.current().info.workflowExecution?.runId ?? '' });
      return { kind: 'passed', durationMs: 1, logId: run };
    });
    await expectMerged(await world.submit([{ name, on: ['l/api'] }]), { [name]: 'success' });
  }
  const endings = named.map(({ run }) => /-log-\w+-(\w+)-1$/.exec(run)?.[1]);
  // The beginning of a run's id is the clock, in steps of 65 s.
  expect(endings).toEqual(named.map(({ runId }) => runId.slice(-12)));
  expect(new Set(endings).size).toBe(2);
});

describe('an approval', () => {
  test('that is given lets the changeset land; the slot is given back meanwhile, and asked for again', async () => {
    const gated = await world.submit([{ name: 'gated', on: ['g/api', 'g/web'], approval: 'required' }]);
    await asked(gated, 'gated');
    await soon('the slot to be free', async () => (await world.queue()).slot === undefined);
    await expectMerged(await world.submit([{ name: 'quick', on: ['q/api'] }]), { quick: 'success' });
    expect(movesOf('gated')).toEqual([]);
    const land = world.fakes.hold('recheck', 'gated');
    await world.signal(world.changesetId(gated, 'gated'), 'approve', { by: 'bob' });
    await land.reached;
    expect((await world.queue()).slot).toBe(gated);
    land.open();
    await expectMerged(gated, { gated: 'success' });
    expect(movesOf('gated')).toEqual(['land g/api', 'land g/web']);
  });

  test('for other commits is refused visibly, and so is one that is not waited for', async () => {
    const tests = world.fakes.hold('runTests', 'named');
    const number = await world.submit([{ name: 'named', on: ['n/api'], approval: 'required' }]);
    await tests.reached;
    const id = world.changesetId(number, 'named');
    await world.signal(id, 'approve', { by: 'early' });
    await soon('the first refusal', async () => (await refusals(number, 'named')).includes('early'));
    tests.open();
    await asked(number, 'named');
    await world.signal(id, 'approve', { by: 'bob', commit: '0123456789' });
    await soon('the second refusal', async () => (await refusals(number, 'named')).includes('0123456789'));
    await soon('people to see it', () => world.fakes.views.get(number)?.refusals.some((why) => why.includes('0123')));
    expect(movesOf('named')).toEqual([]);
    await world.signal(id, 'approve', { by: 'bob', commit: commit('head', 'n/api', 'named').slice(0, 12) });
    await expectMerged(number, { named: 'success' });
  });

  test('that nobody gives in time ends as skipped', async () => {
    const number = await world.submit([{ name: 'late', on: ['l/api'], approval: 'required' }], {
      approvalTimeoutMs: 300,
    });
    expect(await world.changesetEnd(number, 'late')).toMatchObject({ kind: 'skipped', by: 'lockstep' });
    await expectMerged(number, { late: 'skipped' });
    expect(movesOf('late')).toEqual([]);
  });

  test('F9: binds heads: one that moved at the last look asks again, for what would land now', async () => {
    const number = await world.submit([{ name: 'moving', on: ['m/api'], approval: 'required' }]);
    await asked(number, 'moving');
    const moved = commit('another head');
    world.fakes.heads.set('m/api moving', moved);
    await world.signal(world.changesetId(number, 'moving'), 'approve', { by: 'bob' });
    await soon('the second round to ask', async () => (await world.changeset(number, 'moving')).round === 2);
    await asked(number, 'moving');
    expect((await world.changeset(number, 'moving')).heads).toEqual([{ repository: 'm/api', commit: moved }]);
    expect(movesOf('moving')).toEqual([]);
    await world.signal(world.changesetId(number, 'moving'), 'approve', { by: 'bob' });
    await expectMerged(number, { moving: 'success' });
  });
});

describe('a skip', () => {
  test('during the tests stops them, and waits for their end', async () => {
    const tests = world.fakes.endlessTests('stopped');
    const number = await world.submit([{ name: 'stopped', on: ['s/api'] }]);
    await tests.started;
    await world.signal(world.changesetId(number, 'stopped'), 'skip', { by: 'bob', reason: 'not today' });
    await tests.told;
    expect(await world.changeset(number, 'stopped')).toMatchObject({ phase: { at: 'testing' } });
    expect(world.fakes.count('cleanUp', 'stopped')).toBe(0);
    tests.die();
    expect(await world.changesetEnd(number, 'stopped')).toEqual({ kind: 'skipped', by: 'bob', reason: 'not today' });
    await expectMerged(number, { stopped: 'skipped' });
  });

  test('F43: of the wrong shape is refused; one after the decision too, and the landing goes to its end', async () => {
    const land = world.fakes.hold('land', 'decided');
    const number = await world.submit([{ name: 'decided', on: ['d/api'] }]);
    await land.reached;
    const id = world.changesetId(number, 'decided');
    await world.signal(id, 'skip', 'nonsense');
    await world.signal(id, 'skip', { by: 'bob' });
    await soon('both refusals', async () => /not understood[\s\S]*too late/.test(await refusals(number, 'decided')));
    land.open();
    await expectMerged(number, { decided: 'success' });
  });

  test('that came after a decision which is then void is looked at again', async () => {
    const land = world.fakes.hold('land', 'voided', async () => REJECTED);
    const number = await world.submit([{ name: 'voided', on: ['v/api'] }]);
    await land.reached;
    await world.signal(world.changesetId(number, 'voided'), 'skip', { by: 'bob', reason: 'late' });
    await soon('the answer', async () => (await refusals(number, 'voided')).includes('too late'));
    land.open();
    expect(await world.changesetEnd(number, 'voided')).toEqual({ kind: 'skipped', by: 'bob', reason: 'late' });
    await expectMerged(number, { voided: 'skipped' });
  });

  test('a bare cancellation in Temporal is one before the decision, and nothing after it', async () => {
    const tests = world.fakes.endlessTests('cancelled');
    const land = world.fakes.hold('land', 'landing');
    const number = await world.submit([
      { name: 'cancelled', on: ['c/api'] },
      { name: 'landing', on: ['c/web'] },
    ]);
    await Promise.all([tests.started, land.reached]);
    for (const name of ['cancelled', 'landing'])
      await world.client.workflow.getHandle(world.changesetId(number, name)).cancel();
    await tests.told;
    tests.die();
    expect(await world.changesetEnd(number, 'cancelled')).toMatchObject({ kind: 'skipped' });
    await soon('the answer', async () => (await refusals(number, 'landing')).includes('too late'));
    land.open();
    await expectMerged(number, { cancelled: 'skipped', landing: 'success' });
  });
});

describe('a test host that lost what it is to test', () => {
  test('has it made again, and the changeset lands', async () => {
    let first = true;
    world.fakes.on('runTests', 'remade', async (request, otherwise) => {
      if (!first) return otherwise(request);
      first = false;
      return { kind: 'missing', what: 'm/api has no such commit' };
    });
    const number = await world.submit([{ name: 'remade', on: ['m/api'] }]);
    await expectMerged(number, { remade: 'success' });
    expect(world.fakes.count('prepare', 'remade')).toBe(2);
  });

  test('again and again fails the changeset, with what is wrong', async () => {
    world.fakes.on('runTests', 'lost', async () => ({ kind: 'missing', what: 'm/api has no such commit' }));
    const number = await world.submit([{ name: 'lost', on: ['m/api'] }]);
    expect(await world.changesetEnd(number, 'lost')).toEqual({
      kind: 'failed',
      reason: { kind: 'lost', times: 4, last: 'm/api has no such commit' },
    });
    await expectMerged(number, { lost: 'failed' });
  });
});

describe('a landing', () => {
  test('that GitHub refuses twice in the same words fails with them', async () => {
    world.fakes.on('land', 'forbidden', async () => ({ kind: 'refused', message: 'GH013: no' }));
    const number = await world.submit([{ name: 'forbidden', on: ['r/api'] }]);
    expect(await world.changesetEnd(number, 'forbidden')).toEqual({
      kind: 'failed',
      reason: { kind: 'landingRefused', repository: 'r/api', message: 'GH013: no' },
    });
    expect(world.fakes.count('land', 'forbidden')).toBe(2);
    await expectMerged(number, { forbidden: 'failed' });
  });

  /** Begun by hand with short times: its pipeline follows it. */
  async function beginImpatient(name: string, on: string[], about: Partial<ChangesetInput> = {}): Promise<number> {
    const members = on.map((repository) => ({ repository, branch: name }));
    const changeset = { name, priority: 0, approval: 'none' as const, line: 2, after: [], members };
    const { head, author, timeoutMs, approvalTimeoutMs, interference } = planOf([changeset]);
    const number = world.open([{ name, on }]);
    const id = { coordinator: world.coordinator, pullRequest: number, name };
    const common = { v: 1 as const, id, changeset, manifestHead: head, author, interference };
    const input: ChangesetInput = { ...common, timeoutMs, approvalTimeoutMs, tellAfterMs: 200, ...about };
    const workflowId = world.changesetId(number, name);
    await world.client.workflow.start('changeset', { workflowId, taskQueue: TASK_QUEUE, args: [input] });
    await world.tell(number);
    return number;
  }

  const expectTold = async (number: number, name: string, phase: Phase['at']) => {
    await soon('people to be told', async () =>
      (await world.changeset(number, name)).sentence.includes('waiting for GitHub since'),
    );
    expect((await world.changeset(number, name)).phase).toMatchObject({ at: phase, since: expect.any(String) });
    await soon('the slot to be free', async () => (await world.queue()).slot === undefined);
  };

  test.each([
    ['land', 'landing', 'success'],
    ['survey', 'landing', 'success'],
    ['survey', 'rollingBack', 'failed'],
    ['revert', 'rollingBack', 'failed'],
  ] as const)(
    'F28: whose %s waits for GitHub (%s) is told, lets the slot go, and goes on',
    async (activity, phase, status) => {
      const name = `${activity}-${phase}`.toLowerCase();
      const away = world.fakes.hold(activity, name);
      if (phase === 'rollingBack') {
        world.fakes.on('land', name, async (request, otherwise) =>
          request.repository.endsWith('/web') ? REJECTED : otherwise(request),
        );
      }
      const number = await beginImpatient(name, [`${name}/api`, `${name}/web`]);
      await expectTold(number, name, phase);
      const other = await world.submit([{ name: `beside-${name}`, on: [`${name}/docs`] }]);
      await expectMerged(other, { [`beside-${name}`]: 'success' });
      away.open();
      await expectMerged(number, { [name]: status });
    },
  );

  test.each([
    ['prepare', 'preparing'],
    ['stage', 'staging'],
    ['recheck', 'staging'],
  ] as const)('F28: a finish whose %s waits for GitHub is told, and lets the slot go', async (activity, phase) => {
    const name = `finish-${activity}`;
    let halted = false;
    world.fakes.on('land', name, async (request, otherwise) => {
      if (request.repository.endsWith('/api') || halted) return otherwise(request);
      halted = true;
      return { kind: 'unreadable', message: 'it was renamed' };
    });
    const number = await beginImpatient(name, [`${name}/api`, `${name}/web`]);
    await world.phase(number, name, 'operator');
    const away = world.fakes.hold(activity, name);
    await world.signal(world.changesetId(number, name), 'resolve', { action: 'finish', by: 'bob' });
    await expectTold(number, name, phase);
    away.open();
    await expectMerged(number, { [name]: 'success' });
  });

  test('F28: nothing is told of waits before the decision: only the push and the last look are timed', async () => {
    const number = await beginImpatient('timed', ['timed/api']);
    await expectMerged(number, { timed: 'success' });
    const [run] = await runsOf(world.client, world.changesetId(number, 'timed'));
    expect(countKinds(run?.events ?? []).timerStarted).toBe(2);
  });

  test('F28: the look at what stands of one that had ended is told when GitHub is away', async () => {
    const away = world.fakes.hold('look', 'again');
    const members = [{ repository: 'again/api', branch: 'again' }];
    const number = await beginImpatient('again', ['again/api'], { stray: { members, wanted: true } });
    await expectTold(number, 'again', 'looking');
    away.open();
    await expectMerged(number, { again: 'success' });
  });

  test('F28: the team is told once of a wait that lasts, which nothing waits for', async () => {
    const told: unknown[] = [];
    world.fakes.on('notify', 'long', async ({ what }) => {
      told.push(what);
      throw new Error('Slack is away');
    });
    const away = world.fakes.hold('land', 'long');
    const number = await beginImpatient('long', ['long/api'], { alertAfterMs: 400 });
    await soon('the team to be told', () => told.length > 0);
    const sentence = expect.stringMatching(/^0 of 1 landed, waiting for GitHub since \d\d:\d\d UTC\.$/);
    expect(told[0]).toEqual({ kind: 'waiting', sentence });
    away.open();
    await expectMerged(number, { long: 'success' });
  });

  test('that is rejected after another member landed is taken back', async () => {
    world.fakes.on('land', 'rejected', async (request, otherwise) =>
      request.repository === 'r/web' ? REJECTED : otherwise(request),
    );
    const number = await world.submit([{ name: 'rejected', on: ['r/api', 'r/web'] }]);
    expect(await world.changesetEnd(number, 'rejected')).toMatchObject({
      kind: 'rolledBack',
      reverted: [{ repository: 'r/api' }],
    });
    expect(movesOf('rejected')).toEqual(['land r/api', 'revert r/api']);
    await expectMerged(number, { rejected: 'failed' });
    expect(world.fakes.count('commentFailure', 'rejected')).toBe(1);
  });

  test('F53: whose failure nobody can be told of ends all the same, and holds up nobody', async () => {
    let away = true;
    const tell = async () => {
      if (away) throw new Error('it is away: 503');
    };
    for (const telling of ['notify', 'commentFailure', 'foldEarlier'] as const) world.fakes.on(telling, 'untold', tell);
    world.fakes.on('stage', 'untold', async () => {
      throw permanent('staging is forbidden');
    });
    const number = await world.submit([{ name: 'untold', on: ['f/untold'] }]);
    await soon('the team not to be told', () => world.fakes.count('notify', 'untold') > 1);
    await expectMerged(await world.submit([{ name: 'unrelated', on: ['f/unrelated'] }]), { unrelated: 'success' });
    await expectMerged(number, { untold: 'failed' });
    const tried = world.fakes.count('notify', 'untold');
    away = false;
    await soon('them to be told when it is there again', () => world.fakes.count('notify', 'untold') > tried);
  });

  test('a failure for good before the decision is a failure, said with its sentence', async () => {
    world.fakes.on('stage', 'refused', async () => {
      throw permanent('staging is forbidden');
    });
    const number = await world.submit([{ name: 'refused', on: ['f/api'] }]);
    expect(await world.changesetEnd(number, 'refused')).toEqual({
      kind: 'failed',
      reason: { kind: 'refused', sentences: ['stage failed: staging is forbidden'] },
    });
    await expectMerged(number, { refused: 'failed' });
  });
});

describe('a changeset that is on every main already', () => {
  const queue = (message: object) => world.signal(QUEUE_WORKFLOW_ID, 'toQueue', message);

  test('is not said to have landed while another landing, which may be taken back, is half way there', async () => {
    const fence = { changeset: 'changeset/other/1/x', pullRequest: 1, repositories: ['n/api'], exclusive: false };
    const prepare = world.fakes.hold('prepare', 'there', async (request, otherwise) => {
      const prepared = await otherwise(request);
      if (prepared.kind !== 'ready') return prepared;
      const { vector } = prepared;
      const members = vector.members.map((one) => ({ ...one, candidate: one.base, alreadyMerged: true }));
      return { kind: 'nothing', vector: { ...vector, members } };
    });
    const number = await world.submit([{ name: 'there', on: ['n/api'] }]);
    await prepare.reached;
    await queue({ kind: 'seize', ...fence });
    await soon('the fence', async () => (await world.queue()).grants.length > 0);
    prepare.open();
    const why = 'Everything in it is on main already; waits until the landing of #1/x in n/api is settled.';
    await soon('why it waits', async () => (await world.changeset(number, 'there')).sentence === why);
    // It is taken back: now there is something to land.
    world.fakes.on('prepare', 'there', async (request, otherwise) => otherwise(request));
    await queue({ kind: 'releaseGrant', changeset: fence.changeset });
    expect(await world.changesetEnd(number, 'there')).toMatchObject({ kind: 'landed' });
    expect(movesOf('there')).toEqual(['land n/api']);
    await expectMerged(number, { there: 'success' });
  });
});
