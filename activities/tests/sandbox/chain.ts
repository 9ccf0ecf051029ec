/** Starts the chain with the descriptors that it needs. */
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

type Stdio = ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...Uint8Array[]];

function stdio(): Stdio {
  const files = FILES.map(([, , content]) => new TextEncoder().encode(content));
  const filter = seccompProgram(process.arch);
  if (filter === undefined) throw new Error(`the sandbox has no system call filter for ${process.arch}`);
  return ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', ...files, filter];
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
