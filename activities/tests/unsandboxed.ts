/**
 * No sandbox: the script runs with the worker's own rights, in a clean environment and a process group of its own. For
 * machines without bubblewrap, and only when chosen by name. Weaker also in what it can kill: a process that leaves the group
 * (`setsid`) lives on.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { TestEnd, TestRequest } from '../../src/ports.ts';
import { type Box, endOf, NOTHING_MET, type Running, scriptEnvironment, scriptPath, untilTrue } from './box.ts';

const DEAD_WITHIN_MS = 2_000;

/** The script starts only when its guard stands: a worker killed in between would leave it behind. */
const WAIT_FOR_GUARD = 'read -r _ || exit 1; exec "$0" 2>&1 </dev/null';

export function createUnsandboxedBox(): Box {
  return { start };
}

async function start(request: TestRequest): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), 'lockstep-home-'));
  const child = execa('/bin/sh', ['-c', WAIT_FOR_GUARD, scriptPath(request)], {
    cwd: request.workspace,
    env: scriptEnvironment(request, home),
    extendEnv: false,
    preferLocal: false,
    detached: true,
    reject: false,
    buffer: false,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`the test script could not be started: ${(await child).shortMessage}`);
  const guard = startGuard(pid);
  child.stdin.end('go\n');
  // Not the end of its output: a child that it left behind may hold that open.
  const ended = new Promise<TestEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === null ? endOf(code ?? 1) : { kind: 'signal', signal }));
  });
  return {
    output: child.stdout,
    ended,
    kill: () => void signalGroup(pid, 'SIGKILL'),
    limitMet: async () => undefined,
    gone: async () => {
      await ended;
      await untilTrue(() => !isGroupAlive(pid), DEAD_WITHIN_MS);
      guard.kill('SIGKILL');
      await guard;
      await rm(home, { recursive: true, force: true });
      return NOTHING_MET;
    },
  };
}

/** Kills the group when the worker dies, which it learns from the end of its input: no signal can be missed. */
function startGuard(group: number) {
  return execa('/bin/sh', ['-c', 'read -r _; kill -s KILL -- "-$1"', 'guard', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    extendEnv: false,
    detached: true,
    reject: false,
  });
}

function isGroupAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== 'linux') return true;
  // Dead members that nobody has collected still answer to signals; their state tells.
  return readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && isLiveMember(pid, group));
}

function isLiveMember(pid: string, group: number): boolean {
  try {
    const [state, , itsGroup] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return state !== 'Z' && itsGroup === String(group);
  } catch {
    return false;
  }
}

/** Whether there was anybody in the group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return !(typeof error === 'object' && error !== null && 'code' in error && error.code === 'ESRCH');
  }
}
