/** A work tree of an older version, for showing that versions work beside each other. */
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The oldest version whose workflows give the commands that running ones expect: with it the stored histories were last
 * recorded. Where that is this very commit there is no older one, and it is this one. Gives the folder and the commit.
 */
export async function withOlderVersion<T>(
  folder: string,
  use: (older: { folder: string; commit: string }) => Promise<T>,
): Promise<T> {
  const git = async (...args: string[]) => (await execa('git', args, { cwd: ROOT })).stdout;
  const commit = await git('log', '-1', '--format=%H', '--', 'test/histories');
  const tree = join(folder, 'older');
  await git('worktree', 'prune');
  await git('worktree', 'add', '--detach', tree, commit);
  try {
    await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    return await use({ folder: tree, commit });
  } finally {
    await git('worktree', 'remove', '--force', tree);
  }
}
