/** Questions about commits. */
import type { Commit } from '../../src/changeset.ts';
import type { CommitInfo, FileAtCommit } from '../../src/ports.ts';
import { GitError } from './errors.ts';
import { ask, type Local, tell } from './local.ts';

const FIELDS = '%H%x00%P%x00%ae%x00%B';
const MAX_PATHS = 10_000;
const MAX_FILE_BYTES = 1024 * 1024;

export async function isAncestor(local: Local, ancestor: Commit, descendant: Commit): Promise<boolean> {
  const end = await tell(local, ['merge-base', '--is-ancestor', ancestor, descendant], { answers: [0, 1] });
  return end.code === 0;
}

export async function mergeBase(local: Local, one: Commit, other: Commit): Promise<Commit | undefined> {
  const end = await tell(local, ['merge-base', one, other], { answers: [0, 1] });
  return end.code === 0 ? end.stdout.toString('utf8').trim() : undefined;
}

export async function treeOf(local: Local, commit: Commit): Promise<string> {
  const answer = await ask(local, ['rev-parse', '--verify', '--end-of-options', `${commit}^{tree}`]).catch((error) => {
    throw needsSingleRevision(error)
      ? new GitError('missingCommit', `${local.repository} has no commit ${commit}`)
      : error;
  });
  return answer.trim();
}

function needsSingleRevision(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Needed a single revision');
}

export async function commitInfo(local: Local, commit: Commit): Promise<CommitInfo> {
  const [info] = parseLog(await ask(local, ['log', '-1', '-z', `--format=${FIELDS}`, '--end-of-options', commit]));
  if (!info) throw new GitError('failed', `git log of ${commit} in ${local.repository} gave nothing`);
  return info;
}

export interface FirstParentRange {
  from: Commit;
  until?: Commit;
  limit: number;
}

export async function firstParents(local: Local, range: FirstParentRange): Promise<CommitInfo[]> {
  const args = ['log', '--first-parent', '-z', `--format=${FIELDS}`, `--max-count=${range.limit}`, '--end-of-options'];
  return parseLog(await ask(local, [...args, range.from, ...(range.until ? [`^${range.until}`] : [])]));
}

function parseLog(output: string): CommitInfo[] {
  const fields = output.split('\0');
  const infos: CommitInfo[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [commit = '', parents = '', authorEmail = '', message = ''] = fields.slice(at, at + 4);
    infos.push({ commit, parents: parents === '' ? [] : parents.split(' '), authorEmail, message });
  }
  return infos;
}

export async function changedPaths(local: Local, from: Commit, to: Commit): Promise<string[]> {
  const output = await ask(local, [
    'diff-tree',
    '-r',
    '-z',
    '--name-only',
    '--no-renames',
    '--end-of-options',
    from,
    to,
  ]);
  return output.split('\0').filter(Boolean).slice(0, MAX_PATHS);
}

interface TreeEntry {
  mode: string;
  object: string;
  bytes: number;
}

export async function entryAt(local: Local, commit: Commit, path: string): Promise<TreeEntry | undefined> {
  if (path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..')) return undefined;
  const output = await ask(local, ['ls-tree', '-z', '-l', '--full-tree', '--end-of-options', commit, '--', path]);
  const match = /^(\d{6}) \w+ ([0-9a-f]+) +(\d+|-)\t/.exec(output);
  if (!match?.[1] || !match[2]) return undefined;
  return { mode: match[1], object: match[2], bytes: match[3] === '-' ? 0 : Number(match[3]) };
}

export async function readFile(local: Local, commit: Commit, path: string): Promise<FileAtCommit | undefined> {
  const entry = await entryAt(local, commit, path);
  if (!entry) return undefined;
  const { mode, bytes } = entry;
  if (!mode.startsWith('100') || bytes > MAX_FILE_BYTES) return { mode, bytes };
  const { stdout } = await tell(local, ['cat-file', 'blob', entry.object]);
  return { mode, bytes, content: new Uint8Array(stdout) };
}
