import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/api', 'acme/web', 'acme/docs'] });
}, 300_000);
afterAll(() => world?.stop());

/** The approval is asked for in the comment, and counts from now on. */
const asked = async (number: number, name: string) => {
  const id = world.changesetId(number, name);
  await until(`the comment that asks to approve ${name}`, async () =>
    (await world.sticky(number)).includes(`${id} --name approve`),
  );
  await until('approvals to count', async () => (await world.status<{ approvalAsked: boolean }>(id)).approvalAsked);
};

const refusals = async (number: number, name: string) =>
  (await world.status<{ refused: string[] }>(world.changesetId(number, name))).refused;

test('an approval that is asked for and given lets the changeset land; meanwhile another pipeline lands', async () => {
  const head = await world.branch('acme/api', 'feature/gated', { 'gated.txt': 'x\n' });
  await world.branch('acme/docs', 'feature/gated', { 'gated.txt': 'x\n' });
  const gated = await world.submit(
    manifest({
      name: 'gated',
      approval: 'required',
      on: { 'acme/docs': 'feature/gated', 'acme/api': 'feature/gated' },
    }),
  );
  await world.phase(gated, 'gated', 'approval');
  await asked(gated, 'gated');
  await until('the check to ask for action', async () => (await world.check(gated))?.conclusion === 'action_required');

  await world.branch('acme/web', 'feature/quick', { 'quick.txt': 'x\n' });
  const quick = await world.submit(manifest({ name: 'quick', on: { 'acme/web': 'feature/quick' } }));
  await world.whenMerged(quick);
  expect(await world.landed('acme/api', head)).toBe(false);

  await world.signal(world.changesetId(gated, 'gated'), 'approve', { by: 'ann' });
  await world.whenMerged(gated);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 300_000);

test('an approval for another commit is refused visibly, and one for the shown commit counts', async () => {
  const head = await world.branch('acme/api', 'feature/named', { 'named.txt': 'x\n' });
  const number = await world.submit(
    manifest({ name: 'named', approval: 'required', on: { 'acme/api': 'feature/named' } }),
  );
  await world.phase(number, 'named', 'approval');
  await asked(number, 'named');
  const id = world.changesetId(number, 'named');
  await world.signal(id, 'approve', { by: 'ann', commit: '0123456789abcdef0123456789abcdef01234567' });
  await until('the refusal', async () => (await refusals(number, 'named')).some((why) => why.includes('0123456789ab')));
  await until('the refusal in the comment', async () => (await world.sticky(number)).includes('0123456789ab'));
  expect(await world.landed('acme/api', head)).toBe(false);
  await world.signal(id, 'approve', { by: 'ann', commit: head.slice(0, 10) });
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 300_000);

test('F41: a push to the branch after the approval was asked for voids it: the new head is tested and asked for again', async () => {
  await world.branch('acme/api', 'feature/moving', { 'moving.txt': '1\n' });
  const number = await world.submit(
    manifest({ name: 'moving', approval: 'required', on: { 'acme/api': 'feature/moving' } }),
  );
  await world.phase(number, 'moving', 'approval');
  await asked(number, 'moving');
  const second = await world.branch('acme/api', 'feature/moving', { 'moving.txt': '2\n' });
  const id = world.changesetId(number, 'moving');
  await world.signal(id, 'approve', { by: 'ann' });
  await until('the second round to ask', async () => {
    const status = await world.status<{ round: number; phase: { at: string } }>(id);
    return status.round === 2 && status.phase.at === 'approval';
  });
  expect(await world.landed('acme/api', second)).toBe(false);
  await until('the new head in the comment', async () => (await world.sticky(number)).includes(second.slice(0, 7)));
  await asked(number, 'moving');
  await world.signal(id, 'approve', { by: 'ann', commit: second });
  await world.whenMerged(number);
  expect(await world.landed('acme/api', second)).toBe(true);
}, 300_000);

test('a skipped changeset leaves no trace and the others go on; signals of the wrong shape are refused', async () => {
  const main = await world.main('acme/docs');
  await world.branch('acme/docs', 'feature/skipped', { slow: '60', 'x.txt': 'x' });
  const head = await world.branch('acme/web', 'feature/kept', { 'kept.txt': 'x\n' });
  const number = await world.submit(
    manifest(
      { name: 'skipped', on: { 'acme/docs': 'feature/skipped' } },
      { name: 'kept', on: { 'acme/web': 'feature/kept' } },
    ),
  );
  await world.phase(number, 'skipped', 'testing');
  const id = world.changesetId(number, 'skipped');
  await world.signal(id, 'skip', 'nonsense');
  await until('the refusal', async () => (await refusals(number, 'skipped')).length > 0);
  await world.signal(id, 'skip', { by: 'bob', reason: 'not today' });
  await world.whenMerged(number);
  expect(await world.main('acme/docs')).toBe(main);
  expect(await world.landed('acme/web', head)).toBe(true);
  expect(await world.manifestOf(number)).toMatch(/status: skipped[\s\S]*status: success/);
  expect(await world.sticky(number)).toContain('not today');
}, 300_000);

test('a whole pull request is skipped by a signal to the queue, and merged', async () => {
  const main = await world.main('acme/docs');
  await world.branch('acme/docs', 'feature/all', { slow: '60' });
  await world.branch('acme/docs', 'feature/later', { 'later.txt': 'x' });
  const number = await world.submit(
    manifest(
      { name: 'all', on: { 'acme/docs': 'feature/all' } },
      { name: 'later', on: { 'acme/docs': 'feature/later' } },
    ),
  );
  await world.phase(number, 'all', 'testing');
  await world.signal('lockstep-queue', 'skip', { pr: number, by: 'bob', reason: 'wrong release' });
  await world.whenMerged(number);
  expect((await world.manifestOf(number)).match(/status: skipped/g)).toHaveLength(2);
  expect(await world.main('acme/docs')).toBe(main);
}, 300_000);

test('a paused queue lands nothing and says why; resumed, the higher priority goes first', async () => {
  await world.signal('lockstep-queue', 'pause', { by: 'bob', reason: 'release freeze' });
  await until('the pause', async () => (await world.status<{ paused?: object }>()).paused !== undefined);
  const before = world.landings().length;
  await world.branch('acme/docs', 'feature/low', { 'low.txt': 'x' });
  await world.branch('acme/docs', 'feature/high', { 'high.txt': 'x' });
  const low = await world.submit(manifest({ name: 'low', on: { 'acme/docs': 'feature/low' } }));
  await until('the first to wait', async () => (await world.sticky(low)).includes('release freeze'));
  const high = await world.submit(manifest({ name: 'high', priority: 9, on: { 'acme/docs': 'feature/high' } }));
  await until('both to wait', async () => (await world.sticky(high)).includes('position 1 of 2'));
  expect(await world.check(low)).toMatchObject({ status: 'queued' });
  expect(world.landings()).toHaveLength(before);
  await world.signal('lockstep-queue', 'resume', { by: 'bob' });
  await world.whenMerged(low);
  await world.whenMerged(high);
  const [newest, earlier] = await world.history('acme/docs');
  expect([earlier, newest]).toEqual([expect.stringContaining('/high'), expect.stringContaining('/low')]);
}, 300_000);

test('a pull request that is withdrawn stays open and is told how it comes back', async () => {
  await world.branch('acme/docs', 'feature/withdrawn', { slow: '60' });
  const number = await world.submit(manifest({ name: 'withdrawn', on: { 'acme/docs': 'feature/withdrawn' } }));
  await world.phase(number, 'withdrawn', 'testing');
  await world.signal('lockstep-queue', 'withdraw', { pr: number, by: 'bob' });
  await until('the cancelled check', async () => (await world.check(number))?.conclusion === 'cancelled');
  expect(await world.pull(number)).toMatchObject({ state: 'open', merged: false });
  expect(await world.sticky(number)).toContain('withdrawn');
}, 300_000);
