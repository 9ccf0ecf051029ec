/**
 * One git process. Every call that can last is supervised: it leads a process group of its own, which is killed on
 * cancellation, on time-out, and — by a watcher that waits on a pipe from us — when this process dies. So no push
 * lives longer than its time-out, whatever happens to the worker (PROTOCOL 7 counts on it).
 */
import { execa } from 'execa';
import type { Live } from '../../src/ports.ts';
import { settingArguments } from './settings.ts';

export interface GitCall {
  args: readonly string[];
  environment: Record<string, string>;
  /** The mirror. Absent for calls that need none. */
  gitDir?: string;
  stdin?: string | Uint8Array;
  supervised?: { live: Live; timeoutMs: number };
}

export interface GitEnd {
  /** `undefined`: killed. */
  code: number | undefined;
  stdout: Buffer;
  stderr: string;
  /** Ours, when we killed it. */
  killed?: 'cancelled' | 'timeout';
}

const MAX_OUTPUT = 64 * 1024 * 1024;

// `read` ends when we end or die; arguments arrive as "$@", so no text of anybody's is read by the shell.
const SUPERVISOR =
  'exec 3<&0 </dev/null; { read -r _; kill -KILL 0; } <&3 >/dev/null 2>&1 & w=$!; git "$@" 3<&-; c=$?; kill "$w" 2>/dev/null; wait "$w" 2>/dev/null; exit "$c"';

export async function runGit(call: GitCall): Promise<GitEnd> {
  const args = [...settingArguments(), ...(call.gitDir ? [`--git-dir=${call.gitDir}`] : []), ...call.args];
  return call.supervised ? runSupervised(args, call, call.supervised) : runShort(args, call);
}

async function runShort(args: string[], call: GitCall): Promise<GitEnd> {
  const result = await execa('git', args, { ...common(call), input: call.stdin ?? '' });
  return endOf(result);
}

async function runSupervised(
  args: string[],
  call: GitCall,
  supervised: { live: Live; timeoutMs: number },
): Promise<GitEnd> {
  const { live, timeoutMs } = supervised;
  if (live.signal.aborted) return { code: undefined, stdout: Buffer.alloc(0), stderr: '', killed: 'cancelled' };
  const child = execa('/bin/sh', ['-c', SUPERVISOR, 'git', ...args], {
    ...common(call),
    stdin: 'pipe',
    detached: true,
  });
  let killed: GitEnd['killed'];
  const kill = (why: NonNullable<GitEnd['killed']>) => () => {
    killed ??= why;
    killGroup(child.pid);
  };
  const cancel = kill('cancelled');
  live.signal.addEventListener('abort', cancel, { once: true });
  const timer = setTimeout(kill('timeout'), timeoutMs);
  try {
    const end = endOf(await child);
    return killed ? { ...end, code: undefined, killed } : end;
  } finally {
    clearTimeout(timer);
    live.signal.removeEventListener('abort', cancel);
    killGroup(child.pid);
  }
}

function common(call: GitCall) {
  return {
    env: call.environment,
    extendEnv: false,
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    maxBuffer: MAX_OUTPUT,
  } as const;
}

interface Ended {
  exitCode?: number | undefined;
  stdout?: unknown;
  stderr?: unknown;
  isMaxBuffer: boolean;
  originalMessage?: string | undefined;
}

function endOf(result: Ended): GitEnd {
  if (result.isMaxBuffer) throw new Error(`git wrote more than ${MAX_OUTPUT} bytes`);
  const stderr = bufferOf(result.stderr).toString('utf8');
  const code = result.exitCode;
  return {
    code,
    stdout: bufferOf(result.stdout),
    stderr: stderr || (code === undefined ? (result.originalMessage ?? '') : ''),
  };
}

function bufferOf(output: unknown): Buffer {
  return output instanceof Uint8Array ? Buffer.from(output) : Buffer.alloc(0);
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // ESRCH: the group is gone already.
  }
}
