/** Runs that are begun for what stands, or is fenced, of changesets that have ended. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowsPort } from '../../activities/workflows/port.ts';
import { createWorkflowsPort } from '../../activities/workflows/temporal.ts';
import { commit } from '../support/fakeActivities.ts';
import { createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
let port: WorkflowsPort;
beforeAll(async () => {
  world = await createWorkflowWorld();
  const { client, coordinator } = world;
  port = createWorkflowsPort({ client, coordinator, serverUrl: 'https://github.test' });
});
afterAll(() => world?.stop());

const log = { id: 'log', bytes: 3, truncated: false, tail: 'red' };
const RED = { kind: 'failed', failure: { kind: 'exit', code: 1, durationMs: 5, log } } as const;

/** A changeset whose tests were red, in a pull request that was merged. */
async function ended(name: string) {
  world.fakes.on('runTests', name, async () => RED);
  const pullRequest = await world.submit([{ name, on: [`${name}/api`] }]);
  expect(await world.pipelineEnd(pullRequest)).toMatchObject({ outcome: 'merged' });
  return { coordinator: world.coordinator, pullRequest, name };
}

const fencesOf = async (name: string) =>
  (await world.queue()).grants.filter((grant) => grant.changeset.endsWith(`/${name}`));

test('one takes the fences before it looks, and where nothing stands it ends as before and frees them', async () => {
  const id = await ended('clear');
  const look = world.fakes.hold('look', 'clear');
  expect(await port.beginStray(id, [{ repository: 'else/where', branch: 'b' }])).toBe(true);
  await look.reached;
  const held = { repositories: ['clear/api', 'else/where'], state: 'halted' };
  await soon('its fences', async () => (await fencesOf('clear')).length === 1);
  expect(await fencesOf('clear')).toMatchObject([held]);
  expect(await world.changeset(id.pullRequest, 'clear')).toMatchObject({ landing: { holds: 'halted' } });
  expect(await port.beginStray(id, [])).toBe(false);
  look.open();
  expect(await world.changesetEnd(id.pullRequest, 'clear')).toMatchObject({
    kind: 'failed',
    reason: { kind: 'tests' },
  });
  await soon('its fences to be free', async () => (await fencesOf('clear')).length === 0);
  expect(world.fakes.count('runTests', 'clear')).toBe(1);
});

test('one that finds something asks an operator, who undoes it', async () => {
  const id = await ended('stands');
  const candidate = commit('candidate');
  world.fakes.standing.set(candidate, 'stands');
  const member = { repository: 'stands/api', branch: 'stands', head: commit('h'), base: commit('b') };
  const api = { ...member, candidate, alreadyMerged: false };
  const web = { ...api, repository: 'stands/web', candidate: commit('other') };
  const vector = { members: [api, web], others: [], coordinator: commit('c') };
  world.fakes.on('look', 'stands', async () => ({ kind: 'stands', vector, findings: [] }));
  expect(await port.beginStray(id, [])).toBe(true);
  await world.phase(id.pullRequest, 'stands', 'operator');
  const repositories = ['stands/api', 'stands/web'];
  await soon('the fences of all that it was to land', async () =>
    (await fencesOf('stands')).some((grant) => String(grant.repositories) === String(repositories)),
  );
  expect((await world.changeset(id.pullRequest, 'stands')).sentence).toContain('it had ended as failed');
  await world.signal(world.changesetId(id.pullRequest, 'stands'), 'resolve', { action: 'undo', by: 'bob' });
  expect(await world.changesetEnd(id.pullRequest, 'stands')).toMatchObject({ kind: 'rolledBack' });
  await soon('its fences to be free', async () => (await fencesOf('stands')).length === 0);
});

test('one that is undone waits for the landing that is on its way there, and reads the mains after it', async () => {
  const id = await ended('late');
  const land = world.fakes.hold('land', 'first');
  const first = await world.submit([{ name: 'first', on: ['late/api', 'late/web'] }]);
  await land.reached;
  const candidate = commit('candidate', 'late');
  world.fakes.standing.set(candidate, 'stands');
  const member = { repository: 'late/api', branch: 'late', head: commit('h'), base: commit('b') };
  const vector = { members: [{ ...member, candidate, alreadyMerged: false }], others: [], coordinator: commit('c') };
  world.fakes.on('look', 'late', async () => ({ kind: 'stands', vector, findings: [] }));
  expect(await port.beginStray(id, [])).toBe(true);
  await world.phase(id.pullRequest, 'late', 'operator');
  await world.signal(world.changesetId(id.pullRequest, 'late'), 'resolve', { action: 'undo', by: 'bob' });
  const why = `until the landing of #${first}/first in late/api is settled`;
  const sentence = async () => (await world.changeset(id.pullRequest, 'late')).sentence;
  await soon('why it waits', async () => (await sentence()) === `bob chose to undo it; it waits ${why}.`);
  expect(await fencesOf('late')).toMatchObject([{ state: 'resolving' }]);
  await world.signal(world.changesetId(id.pullRequest, 'late'), 'resolve', { action: 'check', by: 'ann' });
  await soon('the refusal', async () => (await world.changeset(id.pullRequest, 'late')).refused.length === 1);
  expect(world.fakes.count('survey', 'late')).toBe(0);
  land.open();
  expect(await world.changesetEnd(first, 'first')).toMatchObject({ kind: 'landed' });
  expect(await world.changesetEnd(id.pullRequest, 'late')).toMatchObject({ kind: 'rolledBack' });
  const moves = world.fakes.moves.filter(({ repository }) => repository.startsWith('late/'));
  expect(moves.map(({ changeset, kind }) => `${kind} ${changeset}`)).toEqual([
    'land first',
    'land first',
    'revert late',
  ]);
});

/** One that ended red, in a pull request that another changeset keeps open; the stray's look finds it on its `main`. */
async function strayBeforeTheMerge(name: string, { standing }: { standing: 'stands' | 'reverted' }) {
  world.fakes.on('runTests', name, async () => RED);
  const tests = world.fakes.hold('runTests', `${name}-beside`);
  const pullRequest = await world.submit([
    { name, on: [`${name}/api`] },
    { name: `${name}-beside`, on: [`${name}/web`] },
  ]);
  await soon('its status', () => world.fakes.statuses.get(pullRequest)?.[name] === 'failed');
  const candidate = commit('candidate', name);
  world.fakes.standing.set(candidate, standing);
  const member = { repository: `${name}/api`, branch: name, head: commit('h'), base: commit('b') };
  const vector = { members: [{ ...member, candidate, alreadyMerged: false }], others: [], coordinator: commit('c') };
  world.fakes.on('look', name, async () => ({ kind: 'stands', vector, findings: [] }));
  expect(await port.beginStray({ coordinator: world.coordinator, pullRequest, name }, [])).toBe(true);
  await world.phase(pullRequest, name, 'operator');
  const shown = () => world.fakes.views.get(pullRequest)?.changesets.find((one) => one.name === name)?.phase.at;
  await soon('people to be shown it', () => shown() === 'operator');
  return { pullRequest, tests, shown };
}

test('one that an operator settles before the merge has its new status in the manifest that is merged', async () => {
  const { pullRequest, tests } = await strayBeforeTheMerge('turned', { standing: 'stands' });
  tests.open();
  await world.changesetEnd(pullRequest, 'turned-beside');
  expect(world.fakes.merged.has(pullRequest)).toBe(false);
  await world.signal(world.changesetId(pullRequest, 'turned'), 'resolve', { action: 'check', by: 'bob' });
  expect(await world.pipelineEnd(pullRequest)).toMatchObject({ outcome: 'merged' });
  expect(world.fakes.statuses.get(pullRequest)).toEqual({ turned: 'success', 'turned-beside': 'success' });
});

test('one that comes to the same writes nothing; one that is ended by hand leaves what was', async () => {
  const { pullRequest, tests, shown } = await strayBeforeTheMerge('same', { standing: 'reverted' });
  const id = { coordinator: world.coordinator, pullRequest, name: 'same' };
  await world.client.workflow.getHandle(world.changesetId(pullRequest, 'same')).terminate();
  await soon('what was before', () => shown() === 'ended');
  expect(await port.beginStray(id, [])).toBe(true);
  await soon('people to be shown it again', () => shown() === 'operator');
  await world.signal(world.changesetId(pullRequest, 'same'), 'resolve', { action: 'check', by: 'bob' });
  await soon('its end', () => shown() === 'ended');
  tests.open();
  expect(await world.pipelineEnd(pullRequest)).toMatchObject({ outcome: 'merged' });
  expect(world.fakes.statuses.get(pullRequest)).toEqual({ same: 'failed', 'same-beside': 'success' });
  expect([world.fakes.count('writeStatus', 'same'), world.fakes.count('runTests', 'same')]).toEqual([1, 1]);
});

test('one of a changeset that was final before its pull request was pushed to is followed too', async () => {
  world.fakes.on('runTests', 'early', async () => RED);
  const old = world.fakes.endlessTests('old');
  const pullRequest = await world.submit([
    { name: 'early', on: ['early/api'] },
    { name: 'old', on: ['early/web'] },
  ]);
  await soon('its status', () => world.fakes.statuses.get(pullRequest)?.early === 'failed');
  const tests = world.fakes.hold('runTests', 'late');
  const head = commit('pushed', pullRequest);
  const final = [{ name: 'early', line: 2, status: 'failed' as const }];
  const pushed = world.open([{ name: 'late', on: ['early/web'] }], { head, final });
  world.fakes.plans.set(pullRequest, world.fakes.plans.get(pushed) ?? (() => ({ kind: 'invalid' })));
  world.fakes.on('readPullRequest', pullRequest, async ({ tip }) => ({
    state: 'open',
    moved: tip === head ? 'no' : 'person',
    head,
  }));
  await world.tell(pullRequest);
  await old.told;
  old.die();
  await tests.reached;
  const member = { repository: 'early/api', branch: 'early', head: commit('h'), base: commit('b') };
  const stood = { ...member, candidate: commit('candidate', 'early'), alreadyMerged: false };
  const vector = { members: [stood], others: [], coordinator: commit('c') };
  world.fakes.standing.set(stood.candidate, 'stands');
  world.fakes.on('look', 'early', async () => ({ kind: 'stands', vector, findings: [] }));
  expect(await port.beginStray({ coordinator: world.coordinator, pullRequest, name: 'early' }, [])).toBe(true);
  await world.phase(pullRequest, 'early', 'operator');
  const shown = () => world.fakes.views.get(pullRequest)?.changesets.find(({ name }) => name === 'early');
  await soon('people to be shown it', () => shown()?.phase.at === 'operator' && shown()?.status === undefined);
  tests.open();
  await world.changesetEnd(pullRequest, 'late');
  await world.signal(world.changesetId(pullRequest, 'early'), 'resolve', { action: 'check', by: 'bob' });
  await soon('the merge', () => world.fakes.merged.has(pullRequest));
  expect(world.fakes.statuses.get(pullRequest)).toEqual({ early: 'success', late: 'success' });
});

test('none is begun for a changeset that Temporal does not know', async () => {
  expect(await port.beginStray({ coordinator: world.coordinator, pullRequest: 999, name: 'nobody' }, [])).toBe(false);
  expect(await port.changesetEnd(world.changesetId(999, 'nobody'))).toEqual({ kind: 'lost' });
});

test('what a pipeline has of a changeset is known while it runs', async () => {
  const tests = world.fakes.hold('runTests', 'phase');
  const pullRequest = await world.submit([{ name: 'phase', on: ['phase/api'] }]);
  const id = { coordinator: world.coordinator, pullRequest, name: 'phase' };
  await tests.reached;
  await soon('its phase', async () => (await port.phaseInPipeline(id)) === 'testing');
  tests.open();
  await world.pipelineEnd(pullRequest);
  expect(await port.phaseInPipeline(id)).toBeUndefined();
});
