/** Lockstep's own processes, started as an operator starts them, and really killed. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { program } from './program.ts';

export interface Service {
  pid: number;
  /** Resolves when the process has ended. */
  ended: Promise<void>;
  /** SIGKILL of the process itself. */
  kill(): Promise<void>;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
  logFile: string;
}

const ROOT = new URL('../..', import.meta.url).pathname;

export function startService(about: {
  /** Of this repository, from its root. */
  file: string;
  args?: string[];
  env: Record<string, string>;
  logs: string;
  name: string;
  /** Makes of a command one that runs as somebody else. */
  as?: (command: string[]) => [string, string[]];
}): Service {
  const logFile = join(about.logs, `${about.name}.log`);
  const command = [process.execPath, ...program(about.file), ...(about.args ?? [])];
  const [first, rest] = about.as?.(command) ?? [process.execPath, command.slice(1)];
  const child = execa(first, rest, {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...about.env },
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    cleanup: true,
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = child.then(
    () => undefined,
    () => undefined,
  );
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return {
    pid: child.pid ?? -1,
    ended,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    logFile,
  };
}
