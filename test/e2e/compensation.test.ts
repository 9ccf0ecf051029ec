import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Slack, startSlack } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

let world: World;
let slack: Slack;
beforeAll(async () => {
  slack = await startSlack();
  world = await createWorld({
    members: ['acme/api', 'acme/docs', 'acme/web'],
    configuration: 'notify:\n  mention: "@acme/release"\n  slack: true',
    env: { SLACK_WEBHOOK_URL: slack.webhookUrl },
  });
}, 300_000);
afterAll(async () => {
  await world?.stop();
  await slack?.emulator.close();
});

const ON = { 'acme/api': 'feature/three', 'acme/docs': 'feature/three', 'acme/web': 'feature/three' };

/** An administrator moves `main` of the last repository as soon as the first one has landed. */
async function disturb(first: string, last: string): Promise<string> {
  const before = await world.main(first);
  const foreign = await world.branch(last, 'foreign', { 'foreign.txt': 'x' });
  await until('the first to land', async () => (await world.main(first)) !== before);
  await world.github.admin.moveRef(last, 'main', foreign);
  return foreign;
}

test('a landing rejected halfway is rolled back everywhere; submitted again, it lands whole', async () => {
  for (const [repository, branch] of Object.entries(ON))
    await world.branch(repository, branch, { 'three.txt': `${repository}\n` });
  const text = manifest({ name: 'three', on: ON });
  const number = await world.submit(text, { branch: 'three' });
  const foreign = await disturb('acme/api', 'acme/web');
  await world.whenMerged(number);

  expect(await world.manifestOf(number)).toContain('status: failed');
  expect(await world.main('acme/web')).toBe(foreign);
  for (const repository of ['acme/api', 'acme/docs']) {
    expect(await world.show(repository, 'three.txt')).toBeUndefined();
    expect((await world.history(repository))[0]).toMatch(/Lockstep-Reverts: [0-9a-f]{40}/);
  }
  const [comment, ...more] = await world.failureComments(number);
  expect(more).toEqual([]);
  expect(comment).toContain('was rolled back');
  expect(comment).toContain('@acme/release');
  expect(await slack.read()).toEqual([expect.stringContaining('*three*')]);

  const { admin } = world.github;
  await admin.commit(COORDINATOR, 'three-again', {
    files: { 'changesets/three.yaml': text },
    message: 'Again',
    author: 'ann',
  });
  const again = await admin.openPullRequest(COORDINATOR, { head: 'three-again', title: 'Again', author: 'ann' });
  await world.whenMerged(again);
  expect(await world.manifestOf(again)).toContain('status: success');
  for (const repository of Object.keys(ON)) expect(await world.show(repository, 'three.txt')).toBe(`${repository}\n`);
  expect((await world.history('acme/api'))[0]).toMatch(/Lockstep-Reapplies: [0-9a-f]{40}/);
}, 180_000);

test('nobody but the bot moved a main, each time forward, and no staging branch is left', async () => {
  const moves = world.github.admin
    .record()
    .filter((update) => update.ref === 'refs/heads/main' && update.repository !== COORDINATOR && update.via === 'git');
  expect(moves.length).toBeGreaterThan(0);
  expect(moves.map((update) => update.by)).toEqual(moves.map(() => 'lockstep[bot]'));
  for (const repository of Object.keys(ON)) expect(await world.refs(repository, 'refs/heads/lockstep/')).toEqual([]);
}, 300_000);

test('a changeset terminated in the middle of its landing is run again, found half landed, and undone by an operator', async () => {
  for (const [repository, branch] of Object.entries({ 'acme/api': 'feature/cut', 'acme/web': 'feature/cut' })) {
    await world.branch(repository, branch, { 'cut.txt': 'x\n' });
  }
  const number = await world.submit(
    manifest({ name: 'cut', on: { 'acme/api': 'feature/cut', 'acme/web': 'feature/cut' } }),
  );
  const id = world.changesetId(number, 'cut');
  // Web refuses for a while, so that the landing stays half done until it is terminated.
  const before = await world.main('acme/api');
  await world.phase(number, 'cut', 'landing');
  await until('the first to land', async () => (await world.main('acme/api')) !== before);
  world.github.admin.setInstalled('acme/web', false);
  await world.client.workflow.getHandle(id).terminate('by hand');
  world.github.admin.setInstalled('acme/web', true);
  const landedAll = async () => (await world.show('acme/web', 'cut.txt')) !== undefined;
  const operator = async () => (await world.status<{ phase: { at: string } }>(id)).phase.at === 'operator';
  const first = await until('what it came to', async () =>
    (await operator().catch(() => false)) ? 'operator' : (await world.merged(number)) ? 'merged' : undefined,
  );
  if (first === 'operator') {
    const calls = async () => (await world.comments(number)).filter((body) => body.includes(':operator:'));
    const call = await until('the call', async () => (await calls())[0]);
    expect(call).toMatch(/needs an operator[\s\S]*--name resolve[\s\S]*@acme\/release/);
    await world.signal(id, 'resolve', { action: 'undo', by: 'olga' });
    await world.whenMerged(number);
    expect(await calls()).toEqual([
      expect.stringMatching(/needed an operator · resolved[\s\S]*\*\*olga\*\* chose to undo/),
    ]);
    expect((await calls()).join()).not.toContain('--name resolve');
  }
  const all = (await landedAll()) && (await world.show('acme/api', 'cut.txt')) !== undefined;
  const none = !(await landedAll()) && (await world.show('acme/api', 'cut.txt')) === undefined;
  expect({ all, none }).toEqual({ all: !none, none: !all });
  expect(await world.manifestOf(number)).toContain(all ? 'status: success' : 'status: failed');
}, 180_000);
