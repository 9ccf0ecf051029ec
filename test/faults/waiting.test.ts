/** What people see while a landing waits for GitHub between two repositories, and what goes on meanwhile. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

const MEMBERS = ['acme/api', 'acme/docs', 'acme/web'];

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: [...MEMBERS, 'acme/tools'] });
}, 300_000);
afterAll(() => world?.stop());

const submit = async (name: string, members: string[]) => {
  for (const repository of members) await world.branch(repository, `feature/${name}`, { [`${name}.txt`]: 'x\n' });
  return world.submit(manifest({ name, on: Object.fromEntries(members.map((one) => [one, `feature/${name}`])) }));
};

test('it is said where it waits and since when; who wants its repositories waits and says so, others land', async () => {
  // While it is there git says "cannot lock ref": GitHub refuses nothing and takes nothing.
  const lock = join(world.github.admin.gitDirectory('acme/web'), 'refs/heads/main.lock');
  await writeFile(lock, '');
  const half = await submit('half', MEMBERS);
  const said = /2 of 3 landed, waiting for GitHub since \d\d:\d\d UTC/;
  await until('the pull request to say so', async () => said.test(await world.sticky(half)));
  await until('the check to say so', async () => said.test(JSON.stringify((await world.check(half))?.output)));
  const { currentDetails } = await world.client.workflow
    .getHandle(world.changesetId(half, 'half'))
    .query<{ currentDetails: string }>('__temporal_workflow_metadata');
  expect(currentDetails).toMatch(said);

  const behind = await submit('behind', ['acme/tools', 'acme/web']);
  const unrelated = await submit('unrelated', ['acme/tools']);
  await world.whenMerged(unrelated);
  expect(await world.show('acme/tools', 'unrelated.txt')).toBe('x\n');
  const reason = new RegExp(`the landing of .?#${half}/half.? in acme/web is settled`);
  await until('who waits to say why', async () => reason.test(await world.sticky(behind)));
  await until('its check to say why', async () => reason.test(JSON.stringify((await world.check(behind))?.output)));
  const pipeline = await world.status<{ sentence: string }>(`pipeline/${COORDINATOR}/${behind}`);
  expect(pipeline.sentence).toMatch(reason);
  expect(await world.landings()).toEqual(['acme/api', 'acme/docs', 'acme/tools']);

  await rm(lock);
  await world.whenMerged(half);
  await world.whenMerged(behind);
  expect(await world.show('acme/web', 'half.txt')).toBe('x\n');
  expect(await world.show('acme/web', 'behind.txt')).toBe('x\n');
}, 300_000);
