/** Starts Lockstep's processes and starts those again that die, as systemd would. */
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

const AGAIN_MS = 100;
const SETPRIV = '/usr/bin/setpriv';

export interface Wanted {
  name: string;
  /** What node is given. */
  args: string[];
  cwd: string;
  env: Record<string, string>;
}

export interface Kept {
  name: string;
  /** Of the process that runs now. */
  pid(): number;
  /** SIGKILL; it is started again. */
  kill(): void;
  /** How often it died. */
  deaths(): number;
  /** Resolves when it says for the first time that it serves. */
  serving: Promise<void>;
}

export interface Supervisor {
  keep(wanted: Wanted): Kept;
  all(): Kept[];
  /** SIGKILL of the process of that name, which is started again. */
  kill(name: string): void;
  logs(): string[];
  /** SIGTERM to all, SIGKILL to those that don't mind it; resolves when all have ended. */
  stop(): Promise<void>;
}

export function createSupervisor(folder: string): Supervisor {
  const kept: { one: Kept; ended: Promise<void>; end(): void }[] = [];
  let stopping = false;

  function keep(wanted: Wanted): Kept {
    let deaths = 0;
    let serves = () => {};
    const serving = new Promise<void>((resolve) => {
      serves = resolve;
    });
    const begin = () => {
      const begun = start(wanted, folder);
      // One that dies first, of a port that another still has, leaves it to the next.
      said(begun, serves);
      return begun;
    };
    let child = begin();
    const ended = (async () => {
      for (;;) {
        await child.catch(() => undefined);
        if (stopping) return;
        deaths += 1;
        await delay(AGAIN_MS);
        if (stopping) return;
        child = begin();
      }
    })();
    const one: Kept = {
      name: wanted.name,
      pid: () => child.pid ?? -1,
      kill: () => void child.kill('SIGKILL'),
      deaths: () => deaths,
      serving,
    };
    kept.push({ one, ended, end: () => void child.kill('SIGTERM') });
    return one;
  }

  return {
    keep,
    all: () => kept.map(({ one }) => one),
    kill(name) {
      const found = kept.find(({ one }) => one.name === name);
      if (found === undefined) throw new Error(`expected a process ${name}`);
      found.one.kill();
    },
    logs: () => kept.map(({ one }) => join(folder, `${one.name}.log`)),
    async stop() {
      stopping = true;
      for (const { end } of kept) end();
      await Promise.all(kept.map(({ ended }) => ended));
    },
  };
}

function start({ name, args, cwd, env }: Wanted, folder: string) {
  // The kernel then kills it when this process dies, even by SIGKILL.
  const bound = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', process.execPath] : [process.execPath];
  const [command = '', ...before] = bound;
  const child = execa(command, [...before, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    cleanup: true,
    forceKillAfterDelay: 3_000,
  });
  const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

function said(child: ReturnType<typeof start>, serves: () => void): void {
  child.stdout.on('data', (chunk: Buffer) => {
    if (/"msg":"(worker polls|server listens)"/.test(chunk.toString('utf8'))) serves();
  });
}
