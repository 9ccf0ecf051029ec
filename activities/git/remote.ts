/** Calls that speak to the remote: token minted for the call, one renewal when it is refused. */
import type { RepositoryName } from '../../src/changeset.ts';
import type { Live } from '../../src/ports.ts';
import { GitError, MissingCommit, missingCommitIn, reasonOf } from './errors.ts';
import { type Access, DEFAULT_FETCH_TIMEOUT_MS, type GitOptions } from './options.ts';
import { type GitEnd, runGit } from './run.ts';
import { gitEnvironment } from './settings.ts';

export interface RemoteCall {
  repository: RepositoryName;
  access: Access;
  args: readonly string[];
  gitDir?: string;
  timeoutMs?: number;
}

/** The end of a remote call, whatever it is. A refused token is minted again, once. */
export async function callRemote(options: GitOptions, call: RemoteCall, live: Live): Promise<GitEnd> {
  const token = await options.credentials?.(call.repository, call.access);
  const first = await attempt(options, { ...call, token }, live);
  if (first.code === 0 || first.killed || reasonOf(first.stderr) !== 'unauthorized' || !options.credentials)
    return first;
  return attempt(options, { ...call, token: await options.credentials(call.repository, call.access, token) }, live);
}

/** As `callRemote`, where anything but success is thrown as a `GitError`. */
export async function callRemoteOrThrow(options: GitOptions, call: RemoteCall, live: Live): Promise<GitEnd> {
  const end = await callRemote(options, call, live);
  if (end.code === 0) return end;
  live.signal.throwIfAborted();
  throw remoteError(call.repository, end);
}

async function attempt(
  options: GitOptions,
  call: RemoteCall & { token: string | undefined },
  live: Live,
): Promise<GitEnd> {
  return runGit({
    args: call.args,
    environment: gitEnvironment(options, call.token),
    ...(call.gitDir === undefined ? {} : { gitDir: call.gitDir }),
    supervised: { live, timeoutMs: call.timeoutMs ?? options.fetchTimeoutMs ?? DEFAULT_FETCH_TIMEOUT_MS },
  });
}

function remoteError(repository: RepositoryName, end: GitEnd): GitError {
  if (end.killed === 'timeout') return new GitError('network', `${repository}: git was killed after its time limit`);
  const reason = reasonOf(end.stderr);
  const commit = missingCommitIn(end.stderr);
  if (reason === 'missingCommit' && commit) return new MissingCommit(repository, commit);
  return new GitError(reason, `${repository}: ${end.stderr.trim() || `git ended with ${end.code}`}`);
}
