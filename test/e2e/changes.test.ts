import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/api', 'acme/web'] });
}, 300_000);
afterAll(() => world?.stop());

const checkFails = (number: number) =>
  until('the failed check', async () => {
    const check = await world.check(number);
    return check?.conclusion === 'failure' ? check : undefined;
  });

test('I14, I18: an invalid manifest gets one comment with every error, annotations, and a failed check; mended, it lands', async () => {
  const head = await world.branch('acme/api', 'feature/a', { 'a.txt': 'a' });
  const text = manifest({ name: 'a', on: { 'acme/api': 'feature/a' } });
  const number = await world.submit(text.replace('branch:', 'brnach:').replace('acme/api', 'acme/apy'), {
    branch: 'mend',
  });
  const check = await checkFails(number);
  expect(check.output.annotations_count).toBeGreaterThanOrEqual(2);
  const [comment, ...more] = await world.comments(number);
  expect(more).toEqual([]);
  expect(comment).toContain('did you mean "branch"?');
  expect(comment).toContain('did you mean "acme/api"?');
  expect(comment).toContain('changesets/mend.yaml:');

  await world.github.admin.commit(COORDINATOR, 'mend', {
    files: { 'changesets/mend.yaml': text },
    message: 'Mend',
    author: 'ann',
  });
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
  expect((await world.comments(number))[0]).toContain('The manifest is valid now');
}, 300_000);

test('a second file in the pull request is refused by name; an ordinary pull request is left alone', async () => {
  const text = manifest({ name: 'two', on: { 'acme/api': 'feature/a' } });
  const number = await world.submit(text, { files: { 'scripts/other.sh': 'x' } });
  await checkFails(number);
  expect((await world.comments(number))[0]).toContain('scripts/other.sh');
  const ordinary = await world.submit('', { files: { 'README.md': 'hello' }, branch: 'ordinary' });
  expect(ordinary).toBeGreaterThan(number);
}, 300_000);

test('a push during the run supersedes what has not landed; the new head is run and merged', async () => {
  await world.branch('acme/api', 'feature/old', { slow: '60' });
  const head = await world.branch('acme/web', 'feature/new', { 'new.txt': 'x' });
  const number = await world.submit(manifest({ name: 'old', on: { 'acme/api': 'feature/old' } }), {
    branch: 'superseded',
  });
  await world.phase(number, 'old', 'testing');
  await world.github.admin.commit(COORDINATOR, 'superseded', {
    files: { 'changesets/superseded.yaml': manifest({ name: 'new', on: { 'acme/web': 'feature/new' } }) },
    message: 'Something else',
    author: 'ann',
  });
  await world.whenMerged(number);
  expect(await world.landed('acme/web', head)).toBe(true);
  const outcome = await world.client.workflow.getHandle(world.changesetId(number, 'old')).result();
  expect(outcome).toEqual({ kind: 'stopped', why: 'superseded' });
  expect(await world.manifestOf(number)).not.toContain('old');
}, 300_000);

test('F40: a pull request that is closed during the run lands nothing and its check is cancelled', async () => {
  const main = await world.main('acme/api');
  await world.branch('acme/api', 'feature/closed', { slow: '60' });
  const number = await world.submit(manifest({ name: 'closed', on: { 'acme/api': 'feature/closed' } }));
  await world.phase(number, 'closed', 'testing');
  await world.github.admin.editPullRequest(COORDINATOR, number, { state: 'closed', by: 'ann' });
  await until('the cancelled check', async () => (await world.check(number))?.conclusion === 'cancelled');
  expect(await world.main('acme/api')).toBe(main);
}, 300_000);

test('a failed changeset is tried again when its status is removed in a later pull request', async () => {
  await world.branch('acme/web', 'feature/again', { broken: 'not yet' });
  const first = await world.submit(manifest({ name: 'again', on: { 'acme/web': 'feature/again' } }), {
    branch: 'again',
  });
  await world.whenMerged(first);
  expect(await world.manifestOf(first)).toContain('status: failed');

  const head = await world.branch('acme/web', 'feature/again', { broken: null, 'again.txt': 'x' });
  const { admin } = world.github;
  const text = manifest({ name: 'again', on: { 'acme/web': 'feature/again' } });
  await admin.commit(COORDINATOR, 'again-2', {
    files: { 'changesets/again.yaml': text },
    message: 'Try again',
    author: 'ann',
  });
  const second = await admin.openPullRequest(COORDINATOR, { head: 'again-2', title: 'Try again', author: 'ann' });
  await world.whenMerged(second);
  expect(await world.landed('acme/web', head)).toBe(true);
  expect(await world.manifestOf(second)).toContain('status: success');
}, 300_000);

test('a force-push that drops a status gets it back, and what has ended is not run again', async () => {
  await world.branch('acme/web', 'feature/bad', { broken: 'no' });
  await world.branch('acme/api', 'feature/good', { slow: '60' });
  const text = manifest(
    { name: 'bad', on: { 'acme/web': 'feature/bad' } },
    { name: 'good', on: { 'acme/api': 'feature/good' } },
  );
  const number = await world.submit(text, { branch: 'dropped' });
  const { sha: pushed } = (await world.pull(number)).head;
  await until('the status', async () => (await world.manifestOf(number)).includes('status: failed'));
  await world.phase(number, 'good', 'testing');
  const head = await world.branch('acme/api', 'feature/good', { slow: null, 'good.txt': 'x' });
  await world.github.admin.moveRef(COORDINATOR, 'dropped', pushed);
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
  const written = (await world.manifestOf(number)).split('\n').filter((line) => line.includes('status:'));
  expect(written).toEqual(['    status: failed', '    status: success']);
  expect(await world.failureComments(number)).toHaveLength(1);
}, 300_000);

test('a person may not write a status', async () => {
  const text = manifest({ name: 'forged', status: 'success', on: { 'acme/web': 'feature/again' } });
  const number = await world.submit(text);
  await checkFails(number);
  expect((await world.comments(number))[0]).toContain('was not written by Lockstep');
}, 300_000);

test('a pull request that is retargeted during the run lands nothing and is not merged', async () => {
  const main = await world.main('acme/api');
  await world.github.admin.moveRef(COORDINATOR, 'other', await world.main(COORDINATOR));
  await world.branch('acme/api', 'feature/retarget', { slow: '60' });
  const number = await world.submit(manifest({ name: 'retarget', on: { 'acme/api': 'feature/retarget' } }));
  await world.phase(number, 'retarget', 'testing');
  await world.github.admin.editPullRequest(COORDINATOR, number, { base: 'other', by: 'ann' });
  await until('the cancelled check', async () => (await world.check(number))?.conclusion === 'cancelled');
  expect(await world.main('acme/api')).toBe(main);
  expect(await world.pull(number)).toMatchObject({ state: 'open', merged: false });
}, 300_000);
