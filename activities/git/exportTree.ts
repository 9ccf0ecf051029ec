/**
 * A commit's files as they were committed: no attributes, filters, hooks or `.git`; symlinks as symlinks, wherever they
 * point; submodules as empty folders. Not `git archive`, which leaves out `export-ignore` files.
 */
import type { Commit } from '../../src/changeset.ts';
import type { Live } from '../../src/ports.ts';
import { GitError } from './errors.ts';
import { type Local, localError, tell } from './local.ts';
import { DEFAULT_FETCH_TIMEOUT_MS } from './options.ts';
import { runGit } from './run.ts';
import { gitEnvironment } from './settings.ts';
import { withPrivateIndex } from './trees.ts';

export interface Export {
  commit: Commit;
  directory: string;
  subtree?: string;
}

export async function exportTree(local: Local, request: Export, live: Live): Promise<void> {
  await withPrivateIndex(local, async (index) => {
    const tree = request.subtree ? `${request.commit}:${request.subtree}` : request.commit;
    await tell(local, ['read-tree', tree], { environment: index });
    const args = ['checkout-index', '--all', '--force', '--quiet'];
    const end = await runGit({
      args: [`--work-tree=${request.directory}`, ...args],
      gitDir: local.gitDir,
      environment: { ...gitEnvironment(local.options), ...index },
      supervised: { live, timeoutMs: local.options.fetchTimeoutMs ?? DEFAULT_FETCH_TIMEOUT_MS },
    });
    if (end.code === 0) return;
    live.signal.throwIfAborted();
    if (end.killed) throw new GitError('failed', `exporting ${request.commit} of ${local.repository} took too long`);
    throw localError(local, args, end.stderr);
  });
}
