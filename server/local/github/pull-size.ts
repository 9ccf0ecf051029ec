import { changesSince } from './commits.ts';
import { git } from './git.ts';
import type { Pull } from './types.ts';
import type { PullSize } from './views/pull.ts';

/** Counts a pull request's commits, files and lines in git. */
export async function sizeOf(directory: string, pull: Pull): Promise<PullSize> {
  const files = await changesSince(directory, pull.baseSha, pull.headSha);
  const commits = await git(directory, ['rev-list', '--count', pull.headSha, `^${pull.baseSha}`, '--']);
  return {
    commits: Number(commits),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  };
}
