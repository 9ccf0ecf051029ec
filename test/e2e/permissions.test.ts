/** The author rule: Lockstep lends nobody its own right to a `main`. Roles are GitHub's, read when they matter. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

const MEMBERS = ['acme/api', 'acme/web'];

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: MEMBERS });
  const { admin } = world.github;
  const roles = {
    eve: ['write', 'read', 'write'],
    rex: ['read', 'write', 'write'],
    zoe: ['write', 'write', 'write'],
  } as const;
  for (const [login, [onCoordinator, onApi, onWeb]] of Object.entries(roles)) {
    admin.addPerson(login);
    admin.setRole(login, COORDINATOR, onCoordinator);
    admin.setRole(login, 'acme/api', onApi);
    admin.setRole(login, 'acme/web', onWeb);
  }
}, 300_000);
afterAll(() => world?.stop());

const refusal = (login: string, repository: string) =>
  `The author ${login} may not write to ${repository} (read), so Lockstep will not land there for them: ask an admin of ` +
  `${repository} for write permission, or have somebody who has it open the pull request.`;

test('an author without write permission on a member lands nothing of that changeset; the others land', async () => {
  const [api, web, own] = await Promise.all([
    world.branch('acme/api', 'eve/both', { 'eve.txt': 'x' }),
    world.branch('acme/web', 'eve/both', { 'eve.txt': 'x' }),
    world.branch('acme/web', 'eve/own', { 'own.txt': 'x' }),
  ]);
  const number = await world.submit(
    manifest(
      { name: 'both', on: { 'acme/api': 'eve/both', 'acme/web': 'eve/both' } },
      { name: 'own', on: { 'acme/web': 'eve/own' } },
    ),
    { author: 'eve' },
  );
  await world.whenMerged(number);
  expect((await world.failureComments(number)).join('\n')).toContain(refusal('eve', 'acme/api'));
  expect(await world.manifestOf(number)).toMatch(
    /name: both[\s\S]*status: failed[\s\S]*name: own[\s\S]*status: success/,
  );
  expect([await world.landed('acme/api', api), await world.landed('acme/web', web)]).toEqual([false, false]);
  expect(await world.landed('acme/web', own)).toBe(true);
}, 300_000);

test('an author without write permission on the coordinator lands nothing', async () => {
  const head = await world.branch('acme/api', 'rex/one', { 'rex.txt': 'x' });
  const number = await world.submit(manifest({ name: 'foreign', on: { 'acme/api': 'rex/one' } }), { author: 'rex' });
  await world.whenMerged(number);
  expect((await world.failureComments(number)).join('\n')).toContain(refusal('rex', COORDINATOR));
  expect(await world.landed('acme/api', head)).toBe(false);
}, 300_000);

test('a permission that is taken away after the tests is seen before anything lands', async () => {
  const [api, web] = await Promise.all([
    world.branch('acme/api', 'zoe/late', { 'zoe.txt': 'x' }),
    world.branch('acme/web', 'zoe/late', { 'zoe.txt': 'x' }),
  ]);
  const number = await world.submit(
    manifest({ name: 'late', approval: 'required', on: { 'acme/api': 'zoe/late', 'acme/web': 'zoe/late' } }),
    { author: 'zoe' },
  );
  await world.phase(number, 'late', 'approval');
  world.github.admin.setRole('zoe', 'acme/web', 'read');
  await world.signal(world.changesetId(number, 'late'), 'approve', { by: 'bob', commit: [api, web] });
  await world.whenMerged(number);
  expect((await world.failureComments(number)).join('\n')).toContain(refusal('zoe', 'acme/web'));
  expect([await world.landed('acme/api', api), await world.landed('acme/web', web)]).toEqual([false, false]);
}, 300_000);

test('two manifests in one pull request are refused, both named', async () => {
  const one = manifest({ name: 'one', on: { 'acme/api': 'eve/both' } });
  const number = await world.submit(one, { branch: 'double', files: { 'changesets/other.yaml': one } });
  const said = () => world.comments(number).then((all) => all.join('\n'));
  await until('the refusal', async () => (await said()).includes('exactly one manifest and nothing else'));
  expect(await said()).toMatch(/double\.yaml[\s\S]*this one also changes changesets\/other\.yaml/);
}, 300_000);
