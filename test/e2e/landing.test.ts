import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/contracts', 'acme/api', 'acme/web', 'acme/docs'] });
}, 300_000);
afterAll(() => world?.stop());

test('one changeset in one repository lands and its pull request is merged', async () => {
  const head = await world.branch('acme/api', 'feature/one', { 'one.txt': '1\n' });
  const own = await world.github.admin.openPullRequest('acme/api', {
    head: 'feature/one',
    title: 'One',
    author: 'ann',
  });
  const number = await world.submit(manifest({ name: 'one', on: { 'acme/api': 'feature/one' } }));
  await world.whenMerged(number);
  expect(await world.comments(own, 'acme/api')).toEqual([expect.stringContaining(`acme/coordinator#${number}`)]);
  expect(await world.pull(own, 'acme/api')).toMatchObject({ merged: true });
  expect(await world.landed('acme/api', head)).toBe(true);
  expect((await world.history('acme/api'))[0]).toContain(`Lockstep-Changeset: acme/coordinator#${number}/one`);
  expect(await world.manifestOf(number)).toContain('status: success');
  expect(await world.check(number)).toMatchObject({ status: 'completed', conclusion: 'success' });
  expect(await world.sticky(number)).toMatch(/landed \d\d:\d\d UTC/);
}, 300_000);

test('several changesets land in parallel, each whole', async () => {
  const heads = {
    'acme/contracts': await world.branch('acme/contracts', 'feature/a', { 'a.txt': 'a\n' }),
    'acme/api': await world.branch('acme/api', 'feature/b', { 'b.txt': 'b\n' }),
    'acme/web': await world.branch('acme/web', 'feature/b', { 'b.txt': 'b\n' }),
  };
  const number = await world.submit(
    manifest(
      { name: 'a', on: { 'acme/contracts': 'feature/a' } },
      { name: 'b', on: { 'acme/web': 'feature/b', 'acme/api': 'feature/b' } },
    ),
  );
  await world.whenMerged(number);
  for (const [repository, head] of Object.entries(heads)) expect(await world.landed(repository, head)).toBe(true);
  // In one repository after the other, in sorted order.
  expect(
    world
      .landings()
      .filter((name) => name !== 'acme/contracts')
      .slice(-2),
  ).toEqual(['acme/api', 'acme/web']);
  expect((await world.manifestOf(number)).match(/status: success/g)).toHaveLength(2);
  const checks = await world.checksOfAllHeads(number);
  expect(checks.length).toBeGreaterThan(1);
  expect(checks.filter(({ status }) => status !== 'completed')).toEqual([]);
}, 300_000);

test('interfering changesets go one after another, by priority, each on what the one before left', async () => {
  await world.branch('acme/docs', 'feature/first', { 'first.txt': '1\n' });
  await world.branch('acme/docs', 'feature/second', { 'second.txt': '2\n' });
  const number = await world.submit(
    manifest(
      { name: 'second', on: { 'acme/docs': 'feature/second' } },
      { name: 'first', priority: 5, on: { 'acme/docs': 'feature/first' } },
    ),
  );
  await world.whenMerged(number);
  const [newest, before] = await world.history('acme/docs');
  expect(newest).toContain(`#${number}/second`);
  expect(before).toContain(`#${number}/first`);
}, 300_000);

test('a failing changeset leaves no trace on any main, tells why, and the others land', async () => {
  const mains = [await world.main('acme/web'), await world.main('acme/docs')];
  await world.branch('acme/docs', 'feature/red', { broken: `Error: the price is negative\nghs_${'A'.repeat(36)}\n` });
  await world.branch('acme/web', 'feature/red', { 'red.txt': 'x\n' });
  const green = await world.branch('acme/api', 'feature/green', { 'green.txt': 'x\n' });
  const number = await world.submit(
    manifest(
      { name: 'red', on: { 'acme/docs': 'feature/red', 'acme/web': 'feature/red' } },
      { name: 'green', on: { 'acme/api': 'feature/green' } },
    ),
  );
  await world.whenMerged(number);
  expect([await world.main('acme/web'), await world.main('acme/docs')]).toEqual(mains);
  expect(await world.landed('acme/api', green)).toBe(true);
  const [comment, ...more] = await world.failureComments(number);
  expect(more).toEqual([]);
  expect(comment).toContain('the price is negative');
  expect(comment).toContain('exit code 3');
  expect(comment).toContain('[redacted]');
  expect(comment).not.toContain('AAAA');
  expect(await world.manifestOf(number)).toMatch(/status: failed[\s\S]*status: success/);
  expect(await world.check(number)).toMatchObject({ conclusion: 'neutral' });
}, 300_000);

test('a conflict with main is a failure that names the paths', async () => {
  const from = await world.main('acme/contracts');
  await world.github.admin.commit('acme/contracts', 'feature/conflict', {
    files: { 'README.md': '# theirs\n' },
    message: 'Change the readme',
    author: 'ann',
    from,
  });
  await world.github.admin.commit('acme/contracts', 'feature/ours', {
    files: { 'README.md': '# ours\n' },
    message: 'x',
    from,
  });
  const first = await world.submit(manifest({ name: 'ours', on: { 'acme/contracts': 'feature/ours' } }));
  await world.whenMerged(first);
  const second = await world.submit(manifest({ name: 'theirs', on: { 'acme/contracts': 'feature/conflict' } }));
  await world.whenMerged(second);
  expect((await world.failureComments(second))[0]).toMatch(/conflicts with main of acme\/contracts in README\.md/);
}, 300_000);

test('a branch that does not exist fails its changeset with what to do, and a branch that is in main is nothing to do', async () => {
  const before = await world.main('acme/api');
  await world.github.admin.moveRef('acme/api', 'feature/same', before);
  const number = await world.submit(
    manifest(
      { name: 'missing', on: { 'acme/web': 'feature/nowhere' } },
      { name: 'nothing', on: { 'acme/api': 'feature/same' } },
    ),
  );
  await world.whenMerged(number);
  expect((await world.failureComments(number))[0]).toContain('acme/web has no branch feature/nowhere');
  expect(await world.manifestOf(number)).toMatch(/status: failed[\s\S]*status: success/);
  expect(await world.main('acme/api')).toBe(before);
}, 300_000);
