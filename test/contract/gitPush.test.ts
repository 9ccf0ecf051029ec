/** What git and a real remote answer to a push, and what it is taken for. */

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createGit } from '../../activities/git/createGit.ts';
import type { Git, PushAnswer } from '../../src/ports.ts';
import { type GitServer, startGitServer } from '../support/gitServer.ts';
import { alive, type TestRemote, type TestRoot, testRoot } from '../support/repositories.ts';

const REPOSITORY = 'acme/api';
const MAIN = 'refs/heads/main';
const STAGING = 'refs/heads/lockstep/12/checkout';
let root: TestRoot;
let server: GitServer;
let remote: TestRemote;
let git: Git;
let base: string;
let next: string;
let sibling: string;
let tokens: string[] = [];

beforeAll(async () => {
  root = testRoot();
  server = await startGitServer(join(root.dir, 'remotes'));
  remote = root.remote(REPOSITORY);
  base = remote.commit({ a: '1' }, { branch: 'main' });
  next = remote.commit({ a: '2' }, { parents: [base], branch: 'next' });
  sibling = remote.commit({ a: '3' }, { parents: [base], branch: 'sibling' });
  git = createGit({
    dataDir: join(root.dir, 'data'),
    remoteUrl: (name) => `${server.url}/${name}.git`,
    protocols: ['http'],
    pushTimeoutMs: 1_500,
    credentials: async () => tokens.shift() ?? 'good',
  });
  await git.fetch(REPOSITORY, [base, next, sibling], alive());
});

afterAll(async () => {
  await server.close();
  root.remove();
});

beforeEach(() => {
  tokens = [];
  server.fault = () => undefined;
  remote.git('update-ref', MAIN, base);
  rmSync(join(remote.path, 'hooks', 'pre-receive'), { force: true });
});

const tip = (ref = MAIN) => remote.git('for-each-ref', '--format=%(objectname)', ref);
const push = (commit: string | null, expected: string | null, ref = MAIN): Promise<PushAnswer> =>
  git.push({ repository: REPOSITORY, ref, commit, expected }, alive());

function hook(script: string): void {
  const path = join(remote.path, 'hooks', 'pre-receive');
  rmSync(join(remote.path, 'hooks'), { recursive: true, force: true });
  remote.git('init', '--quiet', '--bare');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

describe('pushed', () => {
  it('moves the branch by lease, and a second time says the same', async () => {
    expect(await push(next, base)).toEqual({ kind: 'pushed' });
    expect(await push(next, base)).toEqual({ kind: 'pushed' });
    expect(tip()).toBe(next);
  });

  it('F24: makes, replaces and deletes a staging ref', async () => {
    expect(await push(next, null, STAGING)).toEqual({ kind: 'pushed' });
    expect(await push(sibling, next, STAGING)).toEqual({ kind: 'pushed' });
    expect(tip(STAGING)).toBe(sibling);
    expect(await push(null, sibling, STAGING)).toEqual({ kind: 'pushed' });
    expect(await push(null, sibling, STAGING)).toEqual({ kind: 'pushed' });
    expect(tip(STAGING)).toBe('');
  });
});

describe('stale', () => {
  it('F29: when the branch is something else, whatever that is', async () => {
    remote.git('update-ref', MAIN, sibling);
    expect(await push(next, base)).toEqual({ kind: 'stale' });
    expect(tip()).toBe(sibling);
  });

  it('F33: not when it went elsewhere and came back: what counts is what it is', async () => {
    remote.git('update-ref', MAIN, sibling);
    remote.git('update-ref', MAIN, base);
    expect(await push(next, base)).toEqual({ kind: 'pushed' });
    expect(tip()).toBe(next);
  });

  it('when a ref that must not exist does, or one that must exist does not', async () => {
    expect(await push(next, null, STAGING)).toEqual({ kind: 'pushed' });
    expect(await push(sibling, null, STAGING)).toEqual({ kind: 'stale' });
    expect(await push(null, sibling, STAGING)).toEqual({ kind: 'stale' });
    expect(await push(null, next, STAGING)).toEqual({ kind: 'pushed' });
    expect(await push(sibling, next, STAGING)).toEqual({ kind: 'stale' });
  });
});

describe('refused', () => {
  it('F25: by a hook, with its words', async () => {
    hook('echo "GH006: Protected branch update failed" >&2; exit 1');
    const answer = await push(next, base);
    expect(answer).toEqual({
      kind: 'refused',
      message: 'GH006: Protected branch update failed\n[remote rejected] (pre-receive hook declined)',
    });
    expect(tip()).toBe(base);
  });

  it.each([403, 404, 451])('F35: by status %i', async (status) => {
    server.fault = ({ path }) => (path.includes('receive-pack') ? { status } : undefined);
    expect((await push(next, base)).kind).toBe('refused');
  });

  it('F35: when the repository was renamed: the token is not carried to another place', async () => {
    const asked: string[] = [];
    server.fault = ({ path }) => {
      asked.push(path);
      return { status: 301, headers: { location: `${server.url}/other/place.git/info/refs?service=git-receive-pack` } };
    };
    expect((await push(next, base)).kind).toBe('refused');
    expect(asked.some((path) => path.startsWith('/other'))).toBe(false);
  });
});

describe('unanswered', () => {
  it.each([429, 500, 502, 503])('status %i', async (status) => {
    server.fault = ({ path }) => (path.includes('receive-pack') ? { status } : undefined);
    expect((await push(next, base)).kind).toBe('unanswered');
  });

  it('F34: a 403 that is a rate limit', async () => {
    server.fault = () => ({
      status: 403,
      body: 'You have exceeded a secondary rate limit',
      headers: { 'content-type': 'text/plain' },
    });
    expect((await push(next, base)).kind).toBe('unanswered');
  });

  it('F34: a 403 in the middle, after the remote had let us in', async () => {
    server.fault = ({ path, method }) =>
      method === 'POST' && path.includes('receive-pack')
        ? { status: 403, body: 'You have exceeded a secondary rate limit' }
        : undefined;
    expect(await push(next, base)).toEqual({ kind: 'unanswered', message: expect.stringContaining('HTTP 403') });
  });

  it('F27: the reply was lost after the branch moved', async () => {
    server.fault = ({ path, method }) => (method === 'POST' && path.includes('receive-pack') ? 'loseReply' : undefined);
    expect((await push(next, base)).kind).toBe('unanswered');
    expect(tip()).toBe(next);
  });

  it('F28, F39: the connection breaks, is refused, or nothing comes until the time limit', async () => {
    server.fault = () => 'drop';
    expect((await push(next, base)).kind).toBe('unanswered');
    server.fault = ({ method }) => (method === 'POST' ? 'hang' : undefined);
    expect(await push(next, base)).toEqual({ kind: 'unanswered', message: 'the push was killed after its time limit' });
    const nowhere = createGit({
      dataDir: join(root.dir, 'data'),
      remoteUrl: () => 'http://127.0.0.1:9/x.git',
      protocols: ['http'],
    });
    const answer = await nowhere.push({ repository: REPOSITORY, ref: MAIN, commit: next, expected: base }, alive());
    expect(answer.kind).toBe('unanswered');
  });

  it('has another time limit to a staging branch, which carries the data', async () => {
    const patient = createGit({
      dataDir: join(root.dir, 'data'),
      remoteUrl: (name) => `${server.url}/${name}.git`,
      protocols: ['http'],
      pushTimeoutMs: 10 * 60_000,
      stagingTimeoutMs: 300,
      credentials: async () => 'good',
    });
    server.fault = ({ method }) => (method === 'POST' ? 'hang' : undefined);
    const staged = { repository: REPOSITORY, ref: STAGING, commit: next, expected: null };
    const killed = { kind: 'unanswered', message: 'the push was killed after its time limit' };
    expect(await patient.push(staged, alive())).toEqual(killed);
  });

  it('the ref is locked at the remote', async () => {
    const lock = join(remote.path, 'refs/heads/main.lock');
    writeFileSync(lock, '');
    const answer = await push(next, base);
    rmSync(lock);
    expect(answer).toEqual({
      kind: 'unanswered',
      message: expect.stringMatching(/cannot lock ref|failed to update ref/),
    });
  });
});

describe('the token', () => {
  const withAuthorization =
    (accepted: string) =>
    ({ authorization }: { authorization: string | undefined }) =>
      authorization === `Basic ${Buffer.from(`x-access-token:${accepted}`).toString('base64')}`
        ? undefined
        : { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } };

  it('F36: is minted again once when it is refused', async () => {
    server.fault = withAuthorization('good');
    tokens = ['expired', 'good'];
    expect(await push(next, base)).toEqual({ kind: 'pushed' });
  });

  it('F37: refused twice is no answer, not a verdict about the content', async () => {
    server.fault = withAuthorization('good');
    tokens = ['bad-secret', 'bad-secret'];
    const answer = await push(next, base);
    expect(answer.kind).toBe('unanswered');
    expect(JSON.stringify(answer)).not.toContain('bad-secret');
  });
});

describe('a lease is permission to force, so', () => {
  it('a sibling is never pushed to a branch, even with the right lease', async () => {
    await expect(push(sibling, next)).rejects.toThrow(
      `refusing to push ${sibling} to ${MAIN} of ${REPOSITORY}: expected a descendant of ${next}`,
    );
    remote.git('update-ref', MAIN, next);
    await expect(push(sibling, next)).rejects.toThrow(/expected a descendant/);
    expect(tip()).toBe(next);
  });

  it('a branch that is not staging is neither made nor deleted', async () => {
    await expect(push(null, base)).rejects.toThrow(/refusing to delete refs\/heads\/main/);
    await expect(push(next, null, 'refs/heads/new')).rejects.toThrow(/refusing to create/);
    expect(tip()).toBe(base);
  });

  it('a commit that the mirror does not have is named', async () => {
    await expect(push('1'.repeat(40), null, STAGING)).rejects.toThrow(`${REPOSITORY} has no commit ${'1'.repeat(40)}`);
  });
});
