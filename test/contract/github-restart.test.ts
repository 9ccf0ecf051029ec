import { afterEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import {
  botClient,
  cleanUp,
  installationToken,
  restClient,
  startGitHub,
  startReceiver,
  temporaryFolder,
} from './github-support.ts';

afterEach(cleanUp);

describe('a local GitHub that starts again on its folder', () => {
  test('goes on where it was', async () => {
    const dir = await temporaryFolder();
    const first = await startGitHub({ dir });
    const { main } = await first.admin.createRepository('acme/api');
    first.admin.protect('acme/api');
    const token = await installationToken(first);
    await first.admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    await first.admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
    const comment = await first.admin.comment('acme/api', 1, { author: 'ann', body: 'Hi' });
    const record = first.admin.record();
    await first.stop();
    const second = await startGitHub({ dir });
    const bot = restClient(second, `token ${token}`);
    expect(second.app).toEqual(first.app);
    expect(second.admin.record()).toEqual(record);
    expect((await bot('GET', '/repos/acme/api/pulls/1')).body).toMatchObject({ title: 'A', base: { sha: main } });
    expect((await bot('GET', `/repos/acme/api/issues/comments/${comment}`)).body.body).toBe('Hi');
    expect((await bot('GET', '/repos/acme/api/rulesets')).body).toHaveLength(2);
    const next = await second.admin.comment('acme/api', 1, { author: 'ann', body: 'Again' });
    expect(next).toBeGreaterThan(comment);
  });

  test('catches up with a move that git had made when it was killed', async () => {
    const dir = await temporaryFolder();
    const receiver = await startReceiver();
    const webhook = { url: receiver.url, secret: receiver.secret };
    const first = await startGitHub({ dir, webhook });
    const { main } = await first.admin.createRepository('acme/api');
    const head = await first.admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    await first.admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
    await first.admin.settled();
    await first.stop();
    // What a kill leaves between git's move and the server's own: the ref is moved, nothing else has followed.
    await execa('git', ['update-ref', 'refs/heads/main', head, main], { cwd: first.admin.gitDirectory('acme/api') });
    const second = await startGitHub({ dir });
    expect(second.admin.record().at(-1)).toMatchObject({ ref: 'refs/heads/main', old: main, new: head });
    const bot = await botClient(second);
    expect((await bot('GET', '/repos/acme/api/pulls/1')).body).toMatchObject({ merged: true, state: 'closed' });
    await second.admin.settled();
    const events = receiver.received.slice(-2).map(({ event, payload }) => [event, payload.action]);
    expect(events.sort()).toEqual([
      ['pull_request', 'closed'],
      ['push', undefined],
    ]);
  });
});

test('REST lags behind git when told to, and catches up', async () => {
  let now = 1_700_000_000_000;
  const github = await startGitHub({ restLagMs: 5_000, now: () => now });
  const { admin } = github;
  const { main } = await admin.createRepository('acme/api');
  now += 10_000;
  const app = await installationTokenAt(github, now);
  const bot = restClient(github, `token ${app}`);
  const head = await admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a' });
  expect((await bot('GET', '/repos/acme/api/branches/feature')).status).toBe(404);
  expect((await bot('GET', '/repos/acme/api/git/matching-refs/heads/feature')).body).toEqual([]);
  await admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
  expect((await bot('GET', '/repos/acme/api/pulls')).body).toEqual([]);
  now += 6_000;
  expect((await bot('GET', '/repos/acme/api/branches/feature')).body.commit.sha).toBe(head);
  expect((await bot('GET', '/repos/acme/api/pulls/1')).body.head.sha).toBe(head);
  const next = await admin.commit('acme/api', 'feature', { files: { b: 'b' }, message: 'b' });
  await admin.moveRef('acme/api', 'main', next);
  expect((await bot('GET', '/repos/acme/api/branches/main')).body.commit.sha).toBe(main);
  expect((await bot('GET', '/repos/acme/api/pulls/1')).body).toMatchObject({ merged: false, head: { sha: head } });
  expect(await admin.readRef('acme/api', 'main')).toBe(next);
  now += 6_000;
  expect((await bot('GET', '/repos/acme/api/branches/main')).body.commit.sha).toBe(next);
  expect((await bot('GET', '/repos/acme/api/pulls/1')).body).toMatchObject({ merged: true, head: { sha: next } });
});

async function installationTokenAt(github: Awaited<ReturnType<typeof startGitHub>>, now: number): Promise<string> {
  const { appJwt } = await import('./github-support.ts');
  const seconds = Math.floor(now / 1000);
  const jwt = await appJwt(github, { iat: seconds, exp: seconds + 300 });
  return (await restClient(github, `Bearer ${jwt}`)('POST', '/app/installations/1/access_tokens')).body.token;
}
