/** Starts the chain with the descriptors that it needs. */
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { seccompProgram } from '../seccomp/program.ts';
import { FILES } from './view.ts';

/** Beside the standard three and those of `FILES`. */
export const STATUS_FD = 3;
export const REPORT_FD = 4;
export const SECCOMP_FD = 8;

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type Chain = ReturnType<typeof startChain>;

export function startChain(file: string, args: string[]) {
  return execa(file, args, {
    cwd: '/',
    // The chain itself needs nothing, and hands on what it has (`--clearenv` clears only what comes after it).
    env: { PATH },
    extendEnv: false,
    preferLocal: false,
    reject: false,
    buffer: false,
    stdio: stdio(),
  });
}

type Stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...(Uint8Array | 'ignore')[]];

/** execa takes numbers anywhere; its types don't know it. */
function stdio(): Stdio {
  const files = FILES.map(([, , content]) => new TextEncoder().encode(content));
  const filter = seccompProgram(process.arch);
  if (filter === undefined) throw new Error(`the sandbox has no system call filter for ${process.arch}`);
  return ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...files, filter, ...(overInherited() as 'ignore'[])];
}

const CLOSED_AT_EXEC = 0o2000000;
let nothing: number | undefined;

/**
 * What this process was given open is handed on to each of its children, unless something else takes the same place. (Node.js
 * sees to the lowest ones only.)
 */
function overInherited(): (number | 'ignore')[] {
  const found = readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd > SECCOMP_FD && isHandedOn(fd));
  if (found.length === 0) return [];
  nothing ??= openSync('/dev/null', 'r');
  const taken = nothing;
  const length = Math.max(...found) - SECCOMP_FD;
  return Array.from({ length }, (_, index) => (found.includes(SECCOMP_FD + 1 + index) ? taken : 'ignore'));
}

function isHandedOn(fd: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSED_AT_EXEC) === 0;
  } catch {
    // It was open for this very look.
    return false;
  }
}

/** The first 64 KiB of a stream as text. */
export interface Collected {
  soFar(): string;
  whole: Promise<string>;
  /** Resolves when the text has it, or is at its end. */
  has(pattern: RegExp): Promise<boolean>;
}

export function collect(stream: NodeJS.ReadableStream): Collected {
  let text = '';
  let look = () => {};
  stream.on('data', (chunk: Buffer) => {
    if (text.length < 65_536) text += chunk.toString();
    look();
  });
  const whole = new Promise<string>((resolve) => {
    stream.once('close', () => resolve(text));
    stream.once('error', () => resolve(text));
  });
  const has = (pattern: RegExp) =>
    new Promise<boolean>((resolve) => {
      look = () => pattern.test(text) && resolve(true);
      look();
      void whole.then(() => resolve(pattern.test(text)));
    });
  return { soFar: () => text, whole, has };
}
