/** Makes a commit in a bare repository, without a work tree. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git } from './git.ts';
import type { User } from './types.ts';
import { emailOf } from './users.ts';

export type FileContent = string | { text: string; executable: true } | { symlink: string };

export interface CommitToWrite {
  parent: string | null;
  /** Contents by path; null removes a file. */
  files: Record<string, FileContent | null>;
  message: string;
  author: User;
  date: string;
}

/** Writes the commit and returns its id; no ref is touched. */
export async function writeCommit(directory: string, wanted: CommitToWrite): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'local-github-index-'));
  try {
    const env = { GIT_INDEX_FILE: join(scratch, 'index') };
    if (wanted.parent !== null) await git(directory, ['read-tree', wanted.parent], { env });
    const lines: string[] = [];
    for (const [path, content] of Object.entries(wanted.files)) lines.push(await indexLine(directory, path, content));
    await git(directory, ['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    const tree = (await git(directory, ['write-tree'], { env })).trim();
    const parents = wanted.parent === null ? [] : ['-p', wanted.parent];
    const input = `${wanted.message}\n`;
    return (await git(directory, ['commit-tree', tree, ...parents], { env: signature(wanted), input })).trim();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function indexLine(directory: string, path: string, content: FileContent | null): Promise<string> {
  if (content === null) return `0 ${'0'.repeat(40)}\t${path}\0`;
  const [mode, text] = modeAndText(content);
  const blob = (await git(directory, ['hash-object', '-w', '--stdin'], { input: text })).trim();
  return `${mode} ${blob}\t${path}\0`;
}

function modeAndText(content: FileContent): [mode: string, text: string] {
  if (typeof content === 'string') return ['100644', content];
  return 'symlink' in content ? ['120000', content.symlink] : ['100755', content.text];
}

function signature(wanted: CommitToWrite): Record<string, string> {
  const { author, date } = wanted;
  return {
    GIT_AUTHOR_NAME: author.login,
    GIT_AUTHOR_EMAIL: emailOf(author),
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.login,
    GIT_COMMITTER_EMAIL: emailOf(author),
    GIT_COMMITTER_DATE: date,
  };
}
