/** Candidates, reverts and reapplications, made by real git on bare repositories. */

import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createGit } from '../../activities/git/createGit.ts';
import type { GitOptions } from '../../activities/git/options.ts';
import type { Git } from '../../src/ports.ts';
import { alive, type TestRemote, type TestRoot, testRoot } from '../support/repositories.ts';

const REPOSITORY = 'acme/api';
let root: TestRoot;
let remote: TestRemote;
let base: string;
let head: string;
let git: Git;

function gitIn(folder: string, more: Partial<GitOptions> = {}): Git {
  return createGit({
    dataDir: `${root.dir}/${folder}`,
    remoteUrl: (repository) => `file://${root.dir}/remotes/${repository}.git`,
    protocols: ['file'],
    ...more,
  });
}

beforeAll(async () => {
  root = testRoot();
  remote = root.remote(REPOSITORY);
  const first = remote.commit({ 'a.txt': 'one\n', 'b.txt': 'one\n' }, { branch: 'main' });
  base = remote.commit({ 'a.txt': 'one\n', 'b.txt': 'two\n' }, { parents: [first], branch: 'main' });
  head = remote.commit({ 'a.txt': 'two\n', 'b.txt': 'one\n' }, { parents: [first], branch: 'feature' });
  git = gitIn('data');
  await git.fetch(REPOSITORY, [base, head], alive());
});

afterAll(() => root.remove());

async function candidate(by: Git): Promise<string> {
  const merged = await by.mergeTree({ repository: REPOSITORY, ours: base, theirs: head });
  if (merged.kind !== 'clean') throw new Error(`expected a clean merge, found conflicts in ${merged.paths}`);
  return by.commitTree({
    repository: REPOSITORY,
    tree: merged.tree,
    parents: [base, head],
    message: 'Lands\n\nx: y\n',
    dateOf: head,
  });
}

describe('a candidate', () => {
  it('F10: is the same commit on another machine, for another user, with another clock', async () => {
    const one = await candidate(git);
    const other = gitIn('other', {
      environment: {
        PATH: process.env.PATH,
        TZ: 'Asia/Tokyo',
        HOME: '/nonexistent',
        GIT_AUTHOR_NAME: 'Eve',
        LANG: 'de_DE.UTF-8',
      },
    });
    await other.fetch(REPOSITORY, [base, head], alive());
    expect(await candidate(other)).toBe(one);
    const mirror = `${root.dir}/data/mirrors/${REPOSITORY}.git`;
    const dates = execFileSync('git', [
      '--git-dir',
      mirror,
      'log',
      '-1',
      '--format=%ad %cd',
      '--date=raw',
      one,
    ]).toString();
    const date = remote.git('log', '-1', '--format=%cd', '--date=raw', head);
    expect(dates.trim()).toBe(`${date} ${date}`);
    expect(await git.commitInfo(REPOSITORY, one)).toEqual({
      commit: one,
      parents: [base, head],
      authorEmail: 'lockstep@users.noreply.github.com',
      message: 'Lands\n\nx: y\n',
    });
  });

  it('holds both sides', async () => {
    const commit = await candidate(git);
    expect(await git.isAncestor(REPOSITORY, base, commit)).toBe(true);
    expect(await git.isAncestor(REPOSITORY, commit, base)).toBe(false);
    const text = async (path: string) =>
      Buffer.from((await git.readFile(REPOSITORY, commit, path))?.content ?? []).toString();
    expect([await text('a.txt'), await text('b.txt')]).toEqual(['two\n', 'two\n']);
  });

  it('I26: names the paths in conflict, also odd ones', async () => {
    const odd = 'new\nline "x" ü.txt';
    const start = remote.commit({ [odd]: '1\n', c: '1\n' });
    const ours = remote.commit({ [odd]: '2\n', c: '2\n' }, { parents: [start], branch: 'ours' });
    const theirs = remote.commit({ [odd]: '3\n', c: '3\n' }, { parents: [start], branch: 'theirs' });
    await git.fetch(REPOSITORY, [ours, theirs], alive());
    const merged = await git.mergeTree({ repository: REPOSITORY, ours, theirs });
    expect(merged).toEqual({ kind: 'conflict', paths: ['c', odd] });
  });

  it('I26: unrelated histories have no merge base, and the merge is refused', async () => {
    const stranger = remote.commit({ x: 'x' }, { branch: 'stranger' });
    await git.fetch(REPOSITORY, [stranger], alive());
    expect(await git.mergeBase(REPOSITORY, base, stranger)).toBeUndefined();
    await expect(git.mergeTree({ repository: REPOSITORY, ours: base, theirs: stranger })).rejects.toThrow(
      /unrelated histories/,
    );
  });
});

describe('a revert and its inverse', () => {
  it('F30: take a landing back below later work, and bring it again', async () => {
    const landed = await candidate(git);
    const tree = (commit: string) => git.treeOf(REPOSITORY, commit);
    const reverted = await git.mergeTree({ repository: REPOSITORY, ours: landed, theirs: base, base: landed });
    expect(reverted).toEqual({ kind: 'clean', tree: await tree(base) });
    const revert = await git.commitTree({
      repository: REPOSITORY,
      tree: await tree(base),
      parents: [landed],
      message: 'Reverts',
      dateOf: landed,
    });
    // git thinks that the head is merged, so the plain merge gives the reverted tree again
    expect(await git.mergeTree({ repository: REPOSITORY, ours: revert, theirs: head })).toEqual({
      kind: 'clean',
      tree: await tree(base),
    });
    const again = await git.mergeTree({ repository: REPOSITORY, ours: revert, theirs: landed, base: revert });
    expect(again).toEqual({ kind: 'clean', tree: await tree(landed) });
  });

  it('F30: give a conflict where later work touched the same lines', async () => {
    const landed = await candidate(git);
    const later = await git.commitTree({
      repository: REPOSITORY,
      tree: await git.replaceFile(REPOSITORY, landed, { path: 'a.txt', text: 'three\n' }),
      parents: [landed],
      message: 'Later',
      dateOf: landed,
    });
    const reverted = await git.mergeTree({ repository: REPOSITORY, ours: later, theirs: base, base: landed });
    expect(reverted).toEqual({ kind: 'conflict', paths: ['a.txt'] });
  });
});

describe('questions', () => {
  it('read the first-parent history down to a commit', async () => {
    const landed = await candidate(git);
    const all = await git.firstParents({ repository: REPOSITORY, from: landed, limit: 10 });
    expect(all.map((info) => info.commit)).toEqual([landed, base, (await git.commitInfo(REPOSITORY, base)).parents[0]]);
    const until = await git.firstParents({ repository: REPOSITORY, from: landed, until: base, limit: 10 });
    expect(until.map((info) => info.commit)).toEqual([landed]);
    expect(await git.firstParents({ repository: REPOSITORY, from: landed, limit: 1 })).toHaveLength(1);
  });

  it('I27: tell modes, and read no symlink, folder or submodule', async () => {
    const commit = remote.commit(
      {
        'changesets/x.yaml': 'text',
        'run.sh': { mode: '100755', content: '#!/bin/sh' },
        link: { mode: '120000', content: '/etc/passwd' },
        sub: { mode: '160000', content: base },
      },
      { branch: 'modes' },
    );
    await git.fetch(REPOSITORY, [commit], alive());
    const mode = async (path: string) => (await git.readFile(REPOSITORY, commit, path))?.mode;
    expect(await git.readFile(REPOSITORY, commit, 'changesets/x.yaml')).toEqual({
      mode: '100644',
      bytes: 4,
      content: new Uint8Array(Buffer.from('text')),
    });
    expect([await mode('run.sh'), await mode('link'), await mode('sub'), await mode('changesets')]).toEqual([
      '100755',
      '120000',
      '160000',
      '040000',
    ]);
    expect((await git.readFile(REPOSITORY, commit, 'link'))?.content).toBeUndefined();
    for (const path of ['none', '../x', '/etc/passwd', '', 'changesets/'])
      expect(await git.readFile(REPOSITORY, commit, path)).toBeUndefined();
  });

  it('name changed paths as they are', async () => {
    const one = remote.commit({ a: '1', 'line\nbreak': '1', same: '1' }, { branch: 'paths' });
    const two = remote.commit({ b: '1', 'line\nbreak': '2', same: '1' }, { branch: 'paths', parents: [one] });
    await git.fetch(REPOSITORY, [two], alive());
    expect(await git.changedPaths(REPOSITORY, one, two)).toEqual(['a', 'b', 'line\nbreak']);
  });

  it('replace one file and keep its mode and the rest', async () => {
    const commit = remote.commit(
      { 'run.sh': { mode: '100755', content: 'old\r\n' }, other: 'x' },
      { branch: 'replace' },
    );
    await git.fetch(REPOSITORY, [commit], alive());
    const tree = await git.replaceFile(REPOSITORY, commit, { path: 'run.sh', text: 'new\r\n' });
    const next = await git.commitTree({
      repository: REPOSITORY,
      tree,
      parents: [commit],
      message: 'm',
      dateOf: commit,
    });
    expect(await git.changedPaths(REPOSITORY, commit, next)).toEqual(['run.sh']);
    const file = await git.readFile(REPOSITORY, next, 'run.sh');
    expect([file?.mode, Buffer.from(file?.content ?? []).toString()]).toEqual(['100755', 'new\r\n']);
    await expect(git.replaceFile(REPOSITORY, commit, { path: 'none', text: '' })).rejects.toThrow(
      /expected a file, found nothing/,
    );
  });
});
