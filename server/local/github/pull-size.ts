import { changesSince } from './commits.ts';
import { git } from './git.ts';
import type { Pull } from './types.ts';
import type { PullSize } from './views/pull.ts';

/** Five processes of git give a size; two commits give the same one for ever. */
const KEPT = 1000;
const known = new Map<string, Promise<PullSize>>();

/** Counts a pull request's commits, files and lines in git. */
export function sizeOf(directory: string, pull: Pull): Promise<PullSize> {
  const key = `${directory} ${pull.baseSha} ${pull.headSha}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const size = count(directory, pull);
  known.set(key, size);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  size.catch(() => known.delete(key));
  return size;
}

async function count(directory: string, pull: Pull): Promise<PullSize> {
  const files = await changesSince(directory, pull.baseSha, pull.headSha);
  const commits = await git(directory, ['rev-list', '--count', pull.headSha, `^${pull.baseSha}`, '--']);
  return {
    commits: Number(commits),
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
  };
}
