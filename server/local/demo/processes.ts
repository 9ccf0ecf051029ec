/** Lockstep's own processes as the demo starts them: the same files that `npm run start:server` and `start:worker` run. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Running {
  pid: number;
  /** SIGKILL, no warning. */
  kill(): Promise<void>;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
  /** Resolves when it says that it serves: a list of pollers would still name a worker that was just killed. */
  serving: Promise<void>;
  /** Resolves with the exit code when it ends by itself. */
  ended: Promise<number | undefined>;
}

export function startProcess(about: {
  file: 'server/main.ts' | 'server/worker.ts';
  env: Record<string, string | undefined>;
  folder: string;
  name: string;
}): Running {
  const child = execa(process.execPath, ['--import', 'tsx', join(ROOT, about.file)], {
    cwd: ROOT,
    env: about.env,
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    cleanup: true,
  });
  const log = createWriteStream(join(about.folder, `${about.name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = child.then((result) => result.exitCode);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  const serving = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      if (/"msg":"(worker polls|server listens)"/.test(chunk.toString('utf8'))) resolve();
    });
  });
  return { pid: child.pid ?? -1, serving, ended, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}
