/** One ref, by lease, never by force. */
import { type Commit, STAGING_PREFIX } from '../../src/changeset.ts';
import type { Live, Push, PushAnswer } from '../../src/ports.ts';
import { GitError, MissingCommit, reasonOf } from './errors.ts';
import { isAncestor } from './history.ts';
import { type Local, localError, tell } from './local.ts';
import { DEFAULT_PUSH_TIMEOUT_MS, DEFAULT_STAGING_TIMEOUT_MS, type GitOptions } from './options.ts';
import { pushAnswer } from './pushAnswer.ts';
import { callRemote } from './remote.ts';
import type { GitEnd } from './run.ts';

const STAGING = `refs/heads/${STAGING_PREFIX}`;

export async function push(local: Local, request: Push, live: Live): Promise<PushAnswer> {
  await assertForward(local, request);
  if (request.commit) await assertPresent(local, request.commit);
  const { ref, commit, expected } = request;
  const args = ['push', '--porcelain', '--no-verify', `--force-with-lease=${ref}:${expected ?? ''}`];
  const end = await callRemote(
    local.options,
    {
      repository: request.repository,
      access: 'write',
      args: [...args, '--end-of-options', local.options.remoteUrl(request.repository), `${commit ?? ''}:${ref}`],
      gitDir: local.gitDir,
      timeoutMs: timeLimit(local.options, ref),
    },
    live,
  );
  assertMirrorWhole(local, end);
  const answer = pushAnswer(end);
  return answer.kind === 'stale' && commit === null && (await isGone(local, ref, live)) ? { kind: 'pushed' } : answer;
}

function timeLimit({ pushTimeoutMs, stagingTimeoutMs }: GitOptions, ref: string): number {
  if (ref.startsWith(STAGING)) return stagingTimeoutMs ?? DEFAULT_STAGING_TIMEOUT_MS;
  return pushTimeoutMs ?? DEFAULT_PUSH_TIMEOUT_MS;
}

/** To git, deleting what is not there is a broken lease; to us it is done. */
async function isGone(local: Local, ref: string, live: Live): Promise<boolean> {
  const { options, repository } = local;
  const args = ['ls-remote', '--end-of-options', options.remoteUrl(repository), ref];
  const end = await callRemote(options, { repository, access: 'read', args }, live);
  return end.code === 0 && end.stdout.length === 0;
}

async function assertPresent(local: Local, commit: Commit): Promise<void> {
  const end = await tell(local, ['cat-file', '-e', `${commit}^{commit}`], { answers: [0, 1, 128] });
  if (end.code !== 0) throw new MissingCommit(local.repository, commit);
}

/** A pack that our own side could not write never reached the remote whole: nothing was pushed, the mirror is renewed. */
function assertMirrorWhole(local: Local, end: GitEnd): void {
  if (end.code === 0 || end.killed) return;
  const ours = end.stderr.split('\n').filter((line) => !line.startsWith('remote:'));
  const stderr = ours.join('\n');
  if (reasonOf(stderr) === 'corrupt') throw localError(local, ['push'], stderr);
}

/**
 * A lease is permission to force: with the present value expected, git replaces a branch by a sibling and says 0. So
 * every branch but our own staging ones moves forward only, and is neither made nor deleted.
 */
async function assertForward(local: Local, { ref, commit, expected }: Push): Promise<void> {
  if (ref.startsWith(STAGING)) return;
  if (commit === null || expected === null) {
    throw new GitError(
      'failed',
      `refusing to ${commit === null ? 'delete' : 'create'} ${ref} of ${local.repository}: expected a ref below ${STAGING}`,
    );
  }
  if (!(await isAncestor(local, expected, commit))) {
    throw new GitError(
      'failed',
      `refusing to push ${commit} to ${ref} of ${local.repository}: expected a descendant of ${expected}`,
    );
  }
}
