/** Follows a sandbox from its start to the death of all that is in it, and says what came of it. */
import { type FileHandle, open, readFile, rmdir, statfs } from 'node:fs/promises';
import type { LimitName } from '../../../src/limits.ts';
import type { TestEnd } from '../../../src/ports.ts';
import { type Aftermath, endOf, exists, type Running, untilTrue } from '../box.ts';
import type { Group } from '../cgroup/group.ts';
import { type Chain, type Collected, collect, REPORT_FD, STATUS_FD } from './chain.ts';
import { STAGED } from './launch.ts';

const DEAD_WITHIN_MS = 10_000;

export interface Started {
  child: Chain;
  group: Group | undefined;
  box: string;
}

export function follow({ child, group, box }: Started): Running {
  const told = {
    status: collect(child.stdio[STATUS_FD]),
    report: collect(child.stdio[REPORT_FD]),
    complaint: collect(child.stderr),
  };
  // Whoever dies early closes it: the reason is in its complaint.
  child.stdin.on('error', () => undefined);
  const disk = letGo(child, told.status);
  const kill = () => {
    child.kill('SIGKILL');
    void group?.kill();
  };
  return {
    output: child.stdout,
    ended: disk.then(() => child).then((result) => endFrom(told, result.signal ?? result.exitCode)),
    kill,
    limitMet: async () => (await group?.look())?.met ?? diskLimit(await disk),
    async gone() {
      await child;
      const handle = await disk;
      try {
        await untilDead(await told.status.whole, group);
        const look = await group?.look();
        const met = look?.met ?? (await diskLimit(handle));
        return { ...(met && { met }), killedByHost: look?.killedByHost ?? false } satisfies Aftermath;
      } finally {
        await handle?.close();
        await group?.remove();
        await rmdir(box);
      }
    },
  };
}

/**
 * Takes hold of the sandbox's file system, then lets the script begin. What is held can be asked about after the end, when
 * nobody else has it any more.
 */
async function letGo(child: Chain, status: Collected): Promise<FileHandle | undefined> {
  if (!(await status.has(/"child-pid": \d+/))) return undefined;
  const handle = await open(`/proc/${child.pid}/root${STAGED.root}`).catch(() => undefined);
  child.stdin.end('go\n');
  return handle;
}

async function diskLimit(handle: FileHandle | undefined): Promise<LimitName | undefined> {
  if (handle === undefined) return undefined;
  const { bavail, ffree } = await statfs(`/proc/self/fd/${handle.fd}`);
  if (bavail === 0) return 'disk';
  return ffree === 0 ? 'files' : undefined;
}

type Told = Record<'status' | 'report' | 'complaint', Collected>;

/** Bubblewrap's word on the exit code counts when the first process had its own end: else both were killed, or never began. */
async function endFrom(told: Told, how: string | number = 'was not started'): Promise<TestEnd> {
  const code = /"exit-code": (\d+)/.exec(await told.status.whole)?.[1];
  if (code !== undefined && (await told.report.whole).includes('ended')) return endOf(Number(code));
  const complaint = `${(await told.complaint.whole).trim().slice(0, 2_000)} (${how})`.trim();
  if (code === undefined) throw new Error(`the sandbox could not be run: ${complaint}`);
  throw new Error(`the sandbox was killed from outside: its first process ended with ${code} before the script did`);
}

/**
 * The kernel kills a process namespace with its first process, and lets that one go only after all others: when it is gone, or
 * a zombie that nobody has collected, nothing of the sandbox is alive. The control group has the same to say of the whole chain.
 */
async function untilDead(status: string, group: Group | undefined): Promise<void> {
  const first = /"child-pid": (\d+)/.exec(status)?.[1];
  const dead = async () => {
    if (group !== undefined && !(await group.isEmpty())) {
      await group.kill();
      return false;
    }
    if (first === undefined) return true;
    const stat = await readFile(`/proc/${first}/stat`, 'utf8').catch(() => undefined);
    return stat === undefined || stat.split(') ').at(-1)?.startsWith('Z') === true;
  };
  if (await untilTrue(dead, DEAD_WITHIN_MS)) return;
  if (group !== undefined || (await exists(`/proc/${first}`)))
    throw new Error(`the sandbox of process ${first} is alive ${DEAD_WITHIN_MS} ms after SIGKILL`);
}
