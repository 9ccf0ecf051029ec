/** Git plumbing on one bare repository. Nothing of the machine's own configuration takes part. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Environment of every git process: no user or system configuration, no prompts, English messages. */
export const gitEnvironment: Record<string, string> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

export interface GitResult {
  code: number;
  out: string;
  err: string;
}

export interface GitOptions {
  input?: string;
  env?: Record<string, string>;
  /** Output as latin1, one character a byte: for blobs of any content. */
  binary?: boolean;
}

/** Runs git and reports its exit code; throws only when git itself could not run or was killed. */
export async function tryGit(directory: string, args: string[], options: GitOptions = {}): Promise<GitResult> {
  const result = await execa('git', args, {
    cwd: directory,
    extendEnv: false,
    env: { ...gitEnvironment, GIT_DIR: directory, ...options.env },
    input: options.input ?? '',
    reject: false,
    encoding: options.binary === true ? 'latin1' : 'utf8',
    stripFinalNewline: false,
    maxBuffer: 200_000_000,
  });
  if (result.exitCode === undefined) throw new Error(`git ${args[0]} did not finish`, { cause: result });
  return { code: result.exitCode, out: result.stdout, err: result.stderr };
}

/** Runs git and returns its output; an exit code other than 0 throws. */
export async function git(directory: string, args: string[], options: GitOptions = {}): Promise<string> {
  const result = await tryGit(directory, args, options);
  if (result.code !== 0) throw new Error(`git ${args.join(' ')}: expected exit 0, found ${result.code}: ${result.err}`);
  return result.out;
}

/** The commit that a name stands for, or null. */
export async function resolveCommit(directory: string, name: string): Promise<string | null> {
  const result = await tryGit(directory, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  return result.code === 0 ? result.out.trim() : null;
}

/** The value of a full ref name, or null. A ref that is a file of its own is read without a process: it is asked for most. */
export async function readRef(directory: string, ref: string): Promise<string | null> {
  const loose = isRefName(ref) ? await readFile(join(directory, ref), 'utf8').catch(() => '') : '';
  if (/^[0-9a-f]{40}\n$/.test(loose)) return loose.trim();
  const result = await tryGit(directory, ['show-ref', '--verify', '--hash', '--', ref]);
  return result.code === 0 ? result.out.trim() : null;
}

function isRefName(ref: string): boolean {
  return ref.startsWith('refs/') && !ref.split('/').includes('..');
}

/** All refs below a prefix, by full name. */
export async function listRefs(directory: string, prefix: string): Promise<Map<string, string>> {
  const out = await git(directory, ['for-each-ref', '--format=%(objectname) %(refname)', prefix]);
  const refs = new Map<string, string>();
  for (const line of out.split('\n')) {
    if (line !== '') refs.set(line.slice(41), line.slice(0, 40));
  }
  return refs;
}

/** Whether the first commit is reachable from the second. */
export async function isAncestor(directory: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await tryGit(directory, ['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
}

/** The best common ancestor, or null for unrelated histories. */
export async function mergeBase(directory: string, one: string, other: string): Promise<string | null> {
  const result = await tryGit(directory, ['merge-base', one, other]);
  return result.code === 0 ? result.out.trim() : null;
}

/**
 * Moves a ref if it still has the expected value (null: if it does not exist yet).
 * Returns false when it has another one: git's own lock decides between concurrent writers.
 */
export async function moveRef(
  directory: string,
  ref: string,
  move: { from: string | null; to: string | null },
): Promise<boolean> {
  const zero = '0'.repeat(40);
  const args = move.to === null ? ['-d', ref, move.from ?? zero] : [ref, move.to, move.from ?? zero];
  return (await tryGit(directory, ['update-ref', ...args])).code === 0;
}
