/** Commands in comments (I37, I38, I39): who may, what counts, and what they are answered. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ members: ['acme/api', 'acme/web'], env: { LOCKSTEP_RECONCILE_MS: '4000' } });
  world.github.admin.addPerson('eve');
  world.github.admin.setRole('eve', COORDINATOR, 'read');
}, 300_000);
afterAll(() => world?.stop());

const say = (number: number, author: string, body: string) =>
  world.github.admin.comment(COORDINATOR, number, { author, body });

const reactions = async (comment: number) => {
  const all = await world.api<{ content: string; user: { login: string } }[]>(`/issues/comments/${comment}/reactions`);
  return all.filter(({ user }) => user.login.endsWith('[bot]')).map(({ content }) => content);
};

const answerTo = async (number: number, comment: number) => {
  const found = (await world.comments(number)).filter((body) => body.startsWith(`<!-- lockstep answer:${comment} -->`));
  expect(found.length).toBeLessThan(2);
  return found[0];
};

/** Waits for the last reaction; gives the sentence that came with it, if any. */
const answered = async (number: number, comment: number, as: '+1' | 'confused') => {
  await until(`an answer to comment ${comment}`, async () => (await reactions(comment)).includes(as));
  expect((await reactions(comment)).filter((one) => one !== 'eyes')).toEqual([as]);
  return answerTo(number, comment);
};

/** A changeset that waits for an approval of what the comment shows. */
const waiting = async (name: string) => {
  const head = await world.branch('acme/api', `feature/${name}`, { [`${name}.txt`]: 'x\n' });
  const number = await world.submit(manifest({ name, approval: 'required', on: { 'acme/api': `feature/${name}` } }));
  await asks(number, name);
  return { number, head };
};

const asks = async (number: number, name: string) => {
  await world.phase(number, name, 'approval');
  await until('approvals to count', async () => {
    const status = await world.status<{ approvalAsked: boolean }>(world.changesetId(number, name));
    return status.approvalAsked;
  });
  // GitHub's clock has whole seconds: nobody has read a comment in the second in which it is written.
  const all = await world.api<{ body: string; updated_at: string }[]>(`/issues/${number}/comments`);
  const shownAt = Date.parse(all.find(({ body }) => body.includes('"version":'))?.updated_at ?? '');
  await until('a person to read it', () => Date.now() >= shownAt + 1_000);
};

test('who may write approves by a comment, and is shown that it was heard', async () => {
  const { number, head } = await waiting('gated');
  expect(await world.sticky(number)).toContain(`\`/lockstep approve gated ${head}\``);

  for (const _ of [1, 2]) {
    const comment = await say(number, 'eve', '/lockstep approve gated');
    expect(await answered(number, comment, 'confused')).toBeUndefined();
  }
  const toEve = (await world.comments(number)).filter((body) => body.startsWith('<!-- lockstep answer:eve -->'));
  expect(toEve).toEqual([expect.stringContaining(`eve may not write to ${COORDINATOR} (read)`)]);
  const author = await answered(number, await say(number, 'ann', '/lockstep approve gated'), 'confused');
  expect(author).toContain('who opened the pull request does not approve it here');
  const other = `/lockstep approve gated 0123456789abcdef0123456789abcdef01234567`;
  expect(await answered(number, await say(number, 'bob', other), 'confused')).toContain('0123456789ab');
  const strange = await answered(number, await say(number, 'bob', '/lockstep approve gatd'), 'confused');
  expect(strange).toContain('no changeset gatd of this pull request is at work now');
  expect(await world.landed('acme/api', head)).toBe(false);

  const approval = await say(number, 'bob', `Fine.\n\n/lockstep approve gated ${head.slice(0, 7)}`);
  expect(await answered(number, approval, '+1')).toBeUndefined();
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 300_000);

test('I37, I39: what is no command of its own is left alone; an edited one counts for nothing', async () => {
  const { number, head } = await waiting('quoted');
  const quoted = await say(number, 'bob', '> /lockstep approve quoted\n\nnot yet');
  const coded = await say(number, 'bob', '```\n/lockstep approve quoted\n```');
  const edited = await say(number, 'bob', 'wait');
  const { token } = world.github.admin.addPerson('bob');
  // GitHub's clock has whole seconds: an edit in the same one is not to be told from none (docs/gaps.md).
  const written = Date.now();
  await until('the next second', async () => Date.now() - written >= 1_000);
  await fetch(`${world.github.apiUrl}/repos/${COORDINATOR}/issues/comments/${edited}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ body: '/lockstep approve quoted' }),
  });
  // Comes after them: they were read when this is answered.
  const help = await answered(number, await say(number, 'bob', '/lockstep help'), '+1');
  expect(help).toContain('| `/lockstep pause <reason>` |');
  for (const comment of [quoted, coded, edited]) expect(await reactions(comment)).toEqual([]);
  expect(await world.landed('acme/api', head)).toBe(false);

  const two = await answered(
    number,
    await say(number, 'bob', '/lockstep aprove quoted\n/lockstep skip quoted'),
    'confused',
  );
  expect(two).toContain('did you mean "approve"?');
  expect(two).toContain('`/lockstep skip quoted`: not done, for one before it was refused');

  await answered(number, await say(number, 'bob', '/lockstep skip quoted not today @everyone'), '+1');
  await world.whenMerged(number);
  expect(await world.manifestOf(number)).toContain('status: skipped');
  expect(await world.landed('acme/api', head)).toBe(false);
}, 300_000);

test('pause and resume are answered once they are certain', async () => {
  const { number, head } = await waiting('paused');
  await answered(number, await say(number, 'bob', '/lockstep pause release day'), '+1');
  await until('the pause in the comment', async () => (await world.sticky(number)).includes('release day'));
  await answered(number, await say(number, 'bob', '/lockstep approve paused'), '+1');
  await until('it to wait', async () =>
    (await world.status<{ sentence: string }>(world.changesetId(number, 'paused'))).sentence.includes('paused'),
  );
  expect(await world.landed('acme/api', head)).toBe(false);
  await answered(number, await say(number, 'bob', '/lockstep resume'), '+1');
  await world.whenMerged(number);
  const late = await answered(number, await say(number, 'bob', '/lockstep resume'), 'confused');
  expect(late).toContain('the queue is not paused');
}, 300_000);

test('a comment that no webhook told of is done all the same; one that is told of again is not done again', async () => {
  const { number, head } = await waiting('missed');
  world.github.admin.setWebhookDelivery('drop');
  await answered(number, await say(number, 'bob', '/lockstep pause over lunch'), '+1');
  world.github.admin.setWebhookDelivery('on');

  await answered(number, await say(number, 'bob', '/lockstep resume'), '+1');
  const ids = world.github.admin.deliveries().flatMap((one) => (one.event === 'issue_comment' ? [one.id] : []));
  for (const id of [...ids, ...ids]) world.github.admin.redeliver(id);
  await world.github.admin.settled();
  await answered(number, await say(number, 'bob', '/lockstep approve missed'), '+1');
  // A pause that came again would keep it waiting.
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 300_000);

test('the worker is killed while it does what a comment asks: it is done once, and answered once', async () => {
  const { number, head } = await waiting('killed');
  const comment = await say(number, 'bob', '/lockstep approve killed\n/lockstep resume\n/lockstep help');
  await until('it to be seen', async () => (await reactions(comment)).includes('eyes'));
  await world.killAll();
  await Promise.all([world.startServer(), world.startWorker()]);
  const answer = await answered(number, comment, 'confused');
  expect(answer).toContain('`/lockstep resume`: the queue is not paused');
  expect(answer).toContain('| `/lockstep help` |');
  expect(answer).not.toContain('approve killed`:');
  await world.whenMerged(number);
  expect(await world.landed('acme/api', head)).toBe(true);
}, 300_000);
