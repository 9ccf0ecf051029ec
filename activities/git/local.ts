/** Calls on a mirror that speak to nobody. Plain questions go through simple-git; those that need exit codes or stdin by hand. */
import { simpleGit } from 'simple-git';
import { GitError, MissingCommit, missingCommitIn, reasonOf } from './errors.ts';
import type { GitOptions } from './options.ts';
import { type GitEnd, runGit } from './run.ts';
import { gitEnvironment, SETTINGS } from './settings.ts';

export interface Local {
  options: GitOptions;
  gitDir: string;
  repository: string;
}

/** Standard output of a question that succeeds or throws. */
export async function ask(local: Local, args: string[]): Promise<string> {
  const environment = gitEnvironment(local.options);
  const git = simpleGit({
    baseDir: local.gitDir,
    config: [...SETTINGS],
    allowEnvironment: Object.keys(environment),
    // Our own fixed values, which simple-git takes for an attack when they come from outside.
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeCredentialHelper: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeConfigPaths: true,
    },
  });
  try {
    return await git.env(environment).raw([`--git-dir=${local.gitDir}`, ...args]);
  } catch (error) {
    throw localError(local, args, error instanceof Error ? error.message : String(error));
  }
}

export interface Told {
  stdin?: string | Uint8Array;
  /** Exit codes that are answers. Default: 0 only. */
  answers?: readonly number[];
  environment?: Record<string, string>;
}

export async function tell(local: Local, args: string[], told: Told = {}): Promise<GitEnd> {
  const end = await runGit({
    args,
    gitDir: local.gitDir,
    environment: { ...gitEnvironment(local.options), ...told.environment },
    ...(told.stdin === undefined ? {} : { stdin: told.stdin }),
  });
  if (end.code === undefined || !(told.answers ?? [0]).includes(end.code)) throw localError(local, args, end.stderr);
  return end;
}

export function localError(local: Local, args: readonly string[], stderr: string): GitError {
  const reason = reasonOf(stderr);
  const commit = missingCommitIn(stderr);
  if (reason === 'missingCommit' && commit) return new MissingCommit(local.repository, commit);
  return new GitError(reason, `git ${args[0]} in ${local.repository}: ${stderr.trim()}`);
}
