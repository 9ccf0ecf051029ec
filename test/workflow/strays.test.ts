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
  const held = { repositories: ['clear/api', 'else/where'], state: 'decided' };
  await soon('its fences', async () => (await fencesOf('clear')).length === 1);
  expect(await fencesOf('clear')).toMatchObject([held]);
  expect(await world.changeset(id.pullRequest, 'clear')).toMatchObject({ landing: { holds: 'decided' } });
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

test('none is begun for a changeset that Temporal does not know', async () => {
  expect(await port.beginStray({ coordinator: world.coordinator, pullRequest: 999, name: 'nobody' }, [])).toBe(false);
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
