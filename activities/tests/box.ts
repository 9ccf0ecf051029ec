/** What a sandbox is to the runner: a way to start a test script, to see it end, and to be sure that all of it is dead. */
import { access } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import type { LimitName } from '../../src/limits.ts';
import type { TestEnd, TestRequest } from '../../src/ports.ts';

export interface Box {
  /** Throws when it cannot be set up. */
  start(request: TestRequest): Promise<Running>;
}

export interface Running {
  /** stdout and stderr in the order they were written. */
  output: Readable;
  /** Resolves when the script itself has ended; rejects when the sandbox did not do its work. */
  ended: Promise<TestEnd>;
  /** Kills the script and everything it started. Harmless when all is dead. */
  kill(): void;
  /** The limit that the run has met, as far as can be seen meanwhile. */
  limitMet(): Promise<LimitName | undefined>;
  /** After `kill`: resolves when nothing is alive any more; then clears away what the box made for the run. */
  gone(): Promise<Aftermath>;
}

export interface Aftermath {
  /** The limit that the run met. */
  met?: LimitName;
  /** The machine had no memory left, and took it from this run, which was within its own limit. */
  killedByHost: boolean;
}

export const NOTHING_MET: Aftermath = { killedByHost: false };

/** The script's name below the exported `scripts/` folder. */
const SCRIPT = 'run_integration_tests.sh';

/** Started by a shell, which gives a missing or non-executable script its usual meaning (127, 126, with a line in the log). */
export function scriptPath(request: TestRequest): string {
  return `${request.scripts}/${SCRIPT}`;
}

/** The whole environment of a run: nothing of the worker's own gets in. */
export function scriptEnvironment(request: TestRequest, home: string): Record<string, string> {
  const path = [
    dirname(process.execPath),
    '/usr/local/bin',
    '/usr/bin',
    '/bin',
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ];
  return { ...request.environment, PATH: [...new Set(path)].join(':'), HOME: home, LANG: 'C.UTF-8' };
}

/** A shell reports a command killed by signal N as 128 + N; a sandbox does the same of the script. */
export function endOf(code: number): TestEnd {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal === undefined ? { kind: 'exit', code } : { kind: 'signal', signal };
}

/** Looks every few milliseconds, because a process that is not our child tells nobody of its end. */
export async function untilTrue(check: () => Promise<boolean> | boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  return true;
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
