/** What the tests see must be what lands, byte for byte. */

import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createGit } from '../../activities/git/createGit.ts';
import type { Git } from '../../src/ports.ts';
import { alive, type TestRemote, type TestRoot, testRoot } from '../support/repositories.ts';

const REPOSITORY = 'acme/api';
let root: TestRoot;
let remote: TestRemote;
let git: Git;

beforeAll(() => {
  root = testRoot();
  remote = root.remote(REPOSITORY);
  remote.commit({ 'a.txt': 'x' }, { branch: 'main' });
  git = createGit({
    dataDir: join(root.dir, 'data'),
    remoteUrl: (name) => `file://${root.dir}/remotes/${name}.git`,
    protocols: ['file'],
  });
});

afterAll(() => root.remove());

async function exported(commit: string, subtree?: string): Promise<string> {
  await git.fetch(REPOSITORY, [commit], alive());
  const directory = mkdtempSync(join(root.dir, 'export-'));
  await git.exportTree({ repository: REPOSITORY, commit, directory, ...(subtree ? { subtree } : {}) }, alive());
  return directory;
}

it('no attribute of the repository alters a byte or leaves a file out', async () => {
  const attributes = [
    '* text eol=crlf',
    '*.id ident',
    '*.utf16 working-tree-encoding=UTF-16LE',
    '*.lfs filter=lfs diff=lfs merge=lfs -text',
    'secret.txt export-ignore',
    'version.txt export-subst',
    '[attr]tricky text eol=crlf ident',
    '*.trick tricky',
  ];
  const files = {
    '.gitattributes': `${attributes.join('\n')}\n`,
    'deep/.gitattributes': '* text=auto eol=crlf ident\n',
    'deep/x.id': '$Id$\nunix\n',
    'x.id': '$Id$\n',
    'x.utf16': 'text\n',
    'x.trick': '$Id$\n',
    'big.lfs': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    'secret.txt': 'kept\n',
    'version.txt': '$Format:%H$\n',
    'dos.txt': 'a\r\nb\n',
    'binary.bin': Buffer.from([0, 255, 13, 10, 10, 0, 200]),
  };
  const directory = await exported(remote.commit(files, { branch: 'attributes' }));
  for (const [name, content] of Object.entries(files))
    expect([name, readFileSync(join(directory, name))]).toEqual([name, Buffer.from(content)]);
});

it('I50: symlinks stay links wherever they point, submodules stay empty, odd names stay, modes stay', async () => {
  const odd = ['-rf', 'line\nbreak', 'quote"s', 'ü', 'n'.repeat(250), 'a b'];
  const commit = remote.commit(
    {
      out: { mode: '120000', content: '../../../../etc/passwd' },
      loop: { mode: '120000', content: 'loop' },
      'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
      sub: { mode: '160000', content: '1'.repeat(40) },
      ...Object.fromEntries(odd.map((name) => [name, name])),
    },
    { branch: 'odd' },
  );
  const directory = await exported(commit);
  expect(readlinkSync(join(directory, 'out'))).toBe('../../../../etc/passwd');
  expect(readlinkSync(join(directory, 'loop'))).toBe('loop');
  expect(lstatSync(join(directory, 'run.sh')).mode & 0o111).not.toBe(0);
  expect(readdirSync(join(directory, 'sub'))).toEqual([]);
  for (const name of odd) expect(readFileSync(join(directory, name), 'utf8')).toBe(name);
  expect(readdirSync(directory)).not.toContain('.git');
});

it('a subtree alone is exported without its folder name', async () => {
  const commit = remote.commit(
    { 'scripts/run.sh': { mode: '100755', content: 'x' }, 'scripts/lib/a': 'a', other: 'o' },
    { branch: 'subtree' },
  );
  const directory = await exported(commit, 'scripts');
  expect(readdirSync(directory).sort()).toEqual(['lib', 'run.sh']);
});

it('nothing in the destination is run or followed by git, and nothing is left behind', async () => {
  const commit = remote.commit({ 'a/b': 'mine' }, { branch: 'plain' });
  await git.fetch(REPOSITORY, [commit], alive());
  const directory = mkdtempSync(join(root.dir, 'export-'));
  const witness = join(root.dir, 'witness');
  mkdirSync(join(directory, '.git'));
  writeFileSync(join(directory, '.git', 'config'), `[core]\n\tfsmonitor = "touch ${witness}; false"\n`);
  await git.exportTree({ repository: REPOSITORY, commit, directory }, alive());
  expect(readFileSync(join(directory, 'a/b'), 'utf8')).toBe('mine');
  expect(readdirSync(root.dir)).not.toContain('witness');
  expect(readdirSync(join(root.dir, 'data', 'mirrors', '.tmp'))).toEqual([]);
});

it('I50: a tree that reaches into .git is refused at the fetch', async () => {
  const blob = remote.git('hash-object', '-w', '--stdin');
  const { execFileSync } = await import('node:child_process');
  const mktree = (input: string) =>
    execFileSync('git', [`--git-dir=${remote.path}`, 'mktree', '-z'], { input })
      .toString()
      .trim();
  const inner = mktree(`100644 blob ${blob}\tconfig\0`);
  const outer = mktree(`040000 tree ${inner}\t.GIT\0`);
  const commit = remote.git('-c', 'user.name=x', '-c', 'user.email=x@x', 'commit-tree', outer, '-m', 'evil');
  remote.git('update-ref', 'refs/heads/evil', commit);
  await expect(git.fetch(REPOSITORY, [commit], alive())).rejects.toThrow(/hasDotgit|contains '.git'/);
});
