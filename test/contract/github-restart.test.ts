import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { program } from '../support/program.ts';
import { until } from '../support/until.ts';
import {
  appJwt,
  botClient,
  cleanUp,
  cloneOf,
  head,
  installationToken,
  restClient,
  runGit,
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
    expect((await bot('GET', '/repos/acme/api/rulesets')).body).toHaveLength(3);
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

  test('notes a move once, when it was killed between the note and what follows', async () => {
    const dir = await temporaryFolder();
    const first = await startGitHub({ dir });
    const { main } = await first.admin.createRepository('acme/api');
    await first.admin.settled();
    const state = join(dir, 'repositories', 'acme', 'api.json');
    const before = await readFile(state, 'utf8');
    await first.admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    await first.admin.settled();
    await first.stop();
    // The record is written, the state is not yet.
    await writeFile(state, before);
    const second = await startGitHub({ dir });
    const noted = second.admin.record().filter(({ ref }) => ref === 'refs/heads/feature');
    expect(noted).toHaveLength(1);
    expect(await second.admin.readRef('acme/api', 'main')).toBe(main);
  });
});

/** Starts a local GitHub in a process of its own; resolves with its address when it serves. */
async function startProcess(dir: string): Promise<{ url: string; kill: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [...program('test/contract/github-process.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { url: line.toString().trim(), kill };
}

test.each([
  ['before git moves the ref', 'update'],
  ['after git has moved it', 'post-receive'],
])('killed %s, it waits for that git and records whose push it was', async (_, hook) => {
  const dir = await temporaryFolder();
  const first = await startGitHub({ dir });
  await first.admin.createRepository('acme/api');
  const { token } = first.admin.addPerson('ann');
  first.admin.setRole('ann', 'acme/api', 'write');
  const clone = await cloneOf(first, 'acme/api', token);
  await first.stop();
  const commit = await commitIn(clone);
  const script = `#!/bin/sh\n: > "${dir}/held"\nwhile [ ! -e "${dir}/go" ]; do sleep 0.02; done\n`;
  await writeFile(join(dir, 'hooks', hook), script, { mode: 0o755 });
  const server = await startProcess(dir);
  const origin = `${server.url.replace('://', `://x-access-token:${token}@`)}/acme/api.git`;
  const pushing = runGit(clone, 'push', '-q', origin, 'HEAD:refs/heads/late');
  await until('git is held', () => existsSync(join(dir, 'held')));
  await server.kill();
  expect((await pushing).code).not.toBe(0);
  const starting = startGitHub({ dir });
  // Nothing can be seen of a start that waits but that it does not end.
  const waits = await Promise.race([starting.then(() => false), setTimeout(500, true)]);
  await writeFile(join(dir, 'go'), '');
  expect(waits).toBe(true);
  const { admin } = await starting;
  expect(await admin.readRef('acme/api', 'late')).toBe(commit);
  expect(admin.record().at(-1)).toMatchObject({
    ref: 'refs/heads/late',
    old: null,
    new: commit,
    by: 'ann',
    via: 'git',
  });
});

test('killed at any moment of a push, it knows afterwards what git did, and who', async () => {
  const dir = await temporaryFolder();
  const first = await startGitHub({ dir });
  await first.admin.createRepository('acme/api');
  const { token } = first.admin.addPerson('ann');
  first.admin.setRole('ann', 'acme/api', 'write');
  const clone = await cloneOf(first, 'acme/api', token);
  await first.stop();
  for (const delay of [0, 30, 60]) {
    const server = await startProcess(dir);
    const commit = await commitIn(clone);
    const origin = `${server.url.replace('://', `://x-access-token:${token}@`)}/acme/api.git`;
    const pushing = runGit(clone, 'push', '-q', origin, `HEAD:refs/heads/b${delay}`);
    // The moment is the point here: it walks through the life of a push.
    await setTimeout(delay);
    await server.kill();
    const { code } = await pushing;
    const again = await startGitHub({ dir });
    const present = await again.admin.readRef('acme/api', `b${delay}`);
    const recorded = again.admin.record().filter((update) => update.ref === `refs/heads/b${delay}`);
    if (code === 0) expect(present).toBe(commit);
    expect(recorded.map((update) => [update.new, update.by])).toEqual(present === null ? [] : [[commit, 'ann']]);
    await again.stop();
  }
});

async function commitIn(clone: string): Promise<string> {
  await runGit(clone, 'commit', '-q', '--allow-empty', '-m', 'one more');
  return head(clone);
}

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
  const seconds = Math.floor(now / 1000);
  const jwt = await appJwt(github, { iat: seconds, exp: seconds + 300 });
  return (await restClient(github, `Bearer ${jwt}`)('POST', '/app/installations/1/access_tokens')).body.token;
}
