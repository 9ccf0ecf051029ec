/** Landings that were cut off for good between two repositories: an operator gets them whole, or away. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

const MEMBERS = ['acme/api', 'acme/web'];

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: MEMBERS, env: { LOCKSTEP_RECONCILE_MS: '5000' } });
}, 300_000);
afterAll(() => world?.stop());

/** While it is there git says "cannot lock ref": GitHub refuses nothing and takes nothing. */
const lockOf = (repository: string) => join(world.github.admin.gitDirectory(repository), 'refs/heads/main.lock');

/** Lands in `api`, waits before `web`, and its branches are deleted. */
async function cutOff(name: string): Promise<{ number: number; id: string }> {
  const branch = `feature/${name}`;
  for (const repository of MEMBERS) await world.branch(repository, branch, { [`${name}.txt`]: 'x\n' });
  await writeFile(lockOf('acme/web'), '');
  const number = await world.submit(manifest({ name, on: { 'acme/api': branch, 'acme/web': branch } }));
  await until('api to have landed', async () => (await world.show('acme/api', `${name}.txt`)) !== undefined);
  for (const repository of MEMBERS) await world.github.admin.moveRef(repository, branch, null);
  return { number, id: world.changesetId(number, name) };
}

/** Ends the workflow by hand whenever it has come so far. */
async function endedAt(id: string, phases: string[]): Promise<void> {
  for (const at of phases) {
    const { runId } = await runsAt(id, at);
    await world.client.workflow.getHandle(id, runId).terminate('by hand');
  }
}

/** A run that was terminated answers too: with its last phase. */
const runsAt = (id: string, at: string) =>
  until(`it to be at ${at}`, async () => {
    const now = await world.client.workflow.getHandle(id).describe();
    return now.status.name === 'RUNNING' && (await phaseOf(id)) === at ? now : undefined;
  });

const phaseOf = async (id: string) => (await world.status<{ phase: { at: string } }>(id)).phase.at;
const fencesOf = async (id: string) =>
  (await world.status<{ grants: { changeset: string }[] }>()).grants.filter((grant) => grant.changeset === id);

/** Ends the workflow by hand; its pipeline runs it again, and this run asks for an operator. */
async function terminated(id: string): Promise<void> {
  const { runId } = await world.client.workflow.getHandle(id).describe();
  await world.client.workflow.getHandle(id, runId).terminate('by hand');
  await until('an operator to be asked', async () => {
    const now = await world.client.workflow.getHandle(id).describe();
    return now.runId !== runId && (await phaseOf(id)) === 'operator';
  });
  await rm(lockOf('acme/web'));
}

const shown = (name: string) =>
  Promise.all(MEMBERS.map(async (repository) => (await world.show(repository, `${name}.txt`)) !== undefined));

/** The comments that call for an operator, in order. */
const calls = async (number: number, name: string) =>
  (await world.comments(number)).filter(
    (body) => body.startsWith(`<!-- lockstep ${name}:`) && body.includes(':operator:'),
  );

/** Does what the last call says, by its own command. */
async function resolve(number: number, name: string, action: 'finish' | 'undo' | 'check'): Promise<void> {
  const command = await until(`a call for an operator that can be answered by ${action}`, async () =>
    (await calls(number, name))
      .at(-1)
      ?.split('\n')
      .find((line) => line.includes(`"action":"${action}"`)),
  );
  await world.paste(command.replace('<your name>', 'olga'));
}

test('F42: terminated with its branches deleted, a half landing is finished by an operator', async () => {
  const { number, id } = await cutOff('finished');
  await terminated(id);
  expect(await shown('finished')).toEqual([true, false]);
  await resolve(number, 'finished', 'check');
  await until('a second call', async () => (await calls(number, 'finished')).length === 2);
  const [first, second] = await calls(number, 'finished');
  expect(first).toMatch(
    /still needs an operator · see the newer comment[\s\S]*asked to look again after a repair by hand/,
  );
  expect(second).toMatch(
    /\| acme\/api \| `\w{12}` \| `\w{12}` \| stands \|\n\| acme\/web \| `\w{12}` \| `\w{12}` \| absent \|/,
  );
  await resolve(number, 'finished', 'finish');
  await world.whenMerged(number);
  expect(await shown('finished')).toEqual([true, true]);
  expect(await world.manifestOf(number)).toContain('status: success');
}, 180_000);

test('terminated twice with its branches deleted, a half landing is undone by an operator', async () => {
  const { number, id } = await cutOff('undone');
  await terminated(id);
  await writeFile(lockOf('acme/web'), '');
  await terminated(id);
  await resolve(number, 'undone', 'undo');
  await world.whenMerged(number);
  expect(await shown('undone')).toEqual([false, false]);
  expect(await world.manifestOf(number)).toContain('status: failed');
  for (const repository of MEMBERS) expect(await world.refs(repository, 'refs/heads/lockstep/')).toEqual([]);
}, 180_000);

test('terminated again and again, a half landing is never said to have failed: its next run asks for an operator', async () => {
  const { number, id } = await cutOff('stray');
  await endedAt(id, ['landing', 'operator', 'operator']);
  await runsAt(id, 'operator');
  expect(await world.manifestOf(number)).not.toContain('status:');
  expect(await fencesOf(id)).toHaveLength(1);
  await rm(lockOf('acme/web'));
  await resolve(number, 'stray', 'undo');
  await world.whenMerged(number);
  expect(await world.manifestOf(number)).toContain('status: failed');
  expect(await fencesOf(id)).toEqual([]);
  expect(await shown('stray')).toEqual([false, false]);
}, 180_000);

test('terminated again and again before anything landed, it ends as failed when a run has seen that nothing stands', async () => {
  await writeFile(lockOf('acme/api'), '');
  await world.branch('acme/api', 'feature/fenced', { 'fenced.txt': 'x\n' });
  const number = await world.submit(manifest({ name: 'fenced', on: { 'acme/api': 'feature/fenced' } }));
  const id = world.changesetId(number, 'fenced');
  await endedAt(id, ['landing', 'landing', 'landing']);
  await world.whenMerged(number);
  expect(await world.manifestOf(number)).toContain('status: failed');
  await until('the fences to be free', async () => (await fencesOf(id)).length === 0);
  await rm(lockOf('acme/api'));
  await world.branch('acme/api', 'feature/next', { 'next.txt': 'x\n' });
  const next = await world.submit(manifest({ name: 'next', on: { 'acme/api': 'feature/next' } }));
  await world.whenMerged(next);
  expect(await world.show('acme/api', 'next.txt')).toBe('x\n');
  expect(await world.show('acme/api', 'fenced.txt')).toBeUndefined();
}, 180_000);
