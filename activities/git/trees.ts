/** Trees and commits made in the mirror, without a work tree: the same inputs give the same object ids everywhere. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commit } from '../../src/changeset.ts';
import type { MergeTreeResult } from '../../src/ports.ts';
import { GitError } from './errors.ts';
import { entryAt, treeOf } from './history.ts';
import { ask, type Local, tell } from './local.ts';
import { DEFAULT_IDENTITY } from './options.ts';

export interface ThreeWay {
  ours: Commit;
  theirs: Commit;
  base?: Commit;
}

export async function mergeTree(local: Local, request: ThreeWay): Promise<MergeTreeResult> {
  const { ours, theirs } = request.base ? await onBase(local, request, request.base) : request;
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--end-of-options', ours, theirs];
  const end = await tell(local, args, { answers: [0, 1] });
  const [tree = '', ...paths] = end.stdout.toString('utf8').split('\0');
  return end.code === 0 ? { kind: 'clean', tree } : { kind: 'conflict', paths: [...new Set(paths.filter(Boolean))] };
}

/** `merge-tree --merge-base` came with git 2.40: two commits with the sides' trees on one with the base's say the same. */
async function onBase(local: Local, sides: ThreeWay, base: Commit): Promise<ThreeWay> {
  const root = await writeCommit(local, {
    tree: await treeOf(local, base),
    parents: [],
    message: 'base',
    date: '@0 +0000',
  });
  const [ours, theirs] = await Promise.all(
    [sides.ours, sides.theirs].map(async (side) =>
      writeCommit(local, { tree: await treeOf(local, side), parents: [root], message: 'side', date: '@0 +0000' }),
    ),
  );
  if (!ours || !theirs) throw new GitError('failed', 'a side of the merge was not written');
  return { ours, theirs };
}

export interface NewCommit {
  tree: string;
  parents: Commit[];
  message: string;
  dateOf: Commit;
}

export async function commitTree(local: Local, request: NewCommit): Promise<Commit> {
  const date = (
    await ask(local, ['log', '-1', '--format=%cd', '--date=raw', '--end-of-options', request.dateOf])
  ).trim();
  return writeCommit(local, { ...request, date: `@${date}` });
}

interface DatedCommit {
  tree: string;
  parents: Commit[];
  message: string;
  date: string;
}

async function writeCommit(local: Local, { tree, parents, message, date }: DatedCommit): Promise<Commit> {
  const { name, email } = local.options.identity ?? DEFAULT_IDENTITY;
  const args = ['commit-tree', '--no-gpg-sign', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  const { stdout } = await tell(local, args, {
    stdin: message,
    environment: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: date,
    },
  });
  return stdout.toString('utf8').trim();
}

/** The tree of `commit` with one file's content replaced. Throws when there is no such file. */
export async function replaceFile(local: Local, commit: Commit, file: { path: string; text: string }): Promise<string> {
  const entry = await entryAt(local, commit, file.path);
  if (!entry?.mode.startsWith('100')) {
    throw new GitError(
      'failed',
      `${local.repository}: ${file.path} at ${commit}: expected a file, found ${entry?.mode ?? 'nothing'}`,
    );
  }
  return withPrivateIndex(local, async (environment) => {
    const written = await tell(local, ['hash-object', '-w', '--stdin'], { stdin: file.text });
    const blob = written.stdout.toString('utf8').trim();
    await tell(local, ['read-tree', commit], { environment });
    await tell(local, ['update-index', '-z', '--index-info'], {
      environment,
      stdin: `${entry.mode} ${blob}\t${file.path}\0`,
    });
    return (await tell(local, ['write-tree'], { environment })).stdout.toString('utf8').trim();
  });
}

/** Gives `work` the environment of an index that nobody else has, and removes it. */
export async function withPrivateIndex<T>(
  local: Local,
  work: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  const folder = local.options.scratch ?? join(local.options.dataDir, 'mirrors', '.tmp');
  await mkdir(folder, { recursive: true });
  const own = await mkdtemp(join(folder, 'index-'));
  try {
    return await work({ GIT_INDEX_FILE: join(own, 'index') });
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
