/** Control groups of version 2: one tree, in which a group has either processes or groups below it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Limits } from '../../../src/limits.ts';
import {
  type CgroupHome,
  CPU_PERIOD_US,
  counted,
  type Group,
  madeWhole,
  membersOf,
  OWN_PROCESSES,
  removeGroup,
  setWhereKnown,
} from './group.ts';

export const CONTROLLERS = ['memory', 'pids', 'cpu'];
/** The worker's own processes go here: groups with controllers below them have none themselves. */
const OWN = 'lockstep-worker';

/** Makes a delegated group ready for groups of runs below it. Throws where the kernel refuses. */
export async function openV2(folder: string): Promise<CgroupHome> {
  const enabled = await words(join(folder, 'cgroup.subtree_control'));
  const missing = CONTROLLERS.filter((controller) => !enabled.includes(controller));
  if (missing.length > 0) {
    await makeRoom(folder);
    await writeFile(join(folder, 'cgroup.subtree_control'), missing.map((controller) => `+${controller}`).join(' '));
  }
  return { version: 2, folders: [folder], make: (name, limits) => makeGroup(join(folder, name), limits) };
}

/** The root of all groups is the one that may have both. */
async function makeRoom(folder: string): Promise<void> {
  const isRoot = (await readFile(join(folder, 'cgroup.type'), 'utf8').catch(() => undefined)) === undefined;
  if (isRoot) return;
  await mkdir(join(folder, OWN), { recursive: true });
  for (const pid of await membersOf(folder)) await writeFile(join(folder, OWN, 'cgroup.procs'), String(pid));
}

export async function words(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split(/\s+/).filter(Boolean);
}

async function setLimits(folder: string, limits: Limits): Promise<void> {
  const set = (file: string, value: string | number) => writeFile(join(folder, file), String(value));
  await set('memory.max', limits.memoryBytes);
  await setWhereKnown(join(folder, 'memory.swap.max'), '0');
  // All of a run goes when one of it does: a script that lives on without its server proves nothing.
  await set('memory.oom.group', 1);
  await set('pids.max', limits.processes + OWN_PROCESSES);
  await set('cpu.max', `${Math.round(limits.cpus * CPU_PERIOD_US)} ${CPU_PERIOD_US}`);
}

async function makeGroup(folder: string, limits: Limits): Promise<Group> {
  await madeWhole([folder], () => setLimits(folder, limits));
  return {
    doors: [join(folder, 'cgroup.procs')],
    async look() {
      const killed = await counted(folder, 'memory.events', 'oom_kill');
      const over = await counted(folder, 'memory.events', 'oom');
      const refused = await counted(folder, 'pids.events', 'max');
      if (killed > 0 && over > 0) return { met: 'memory', killedByHost: false };
      return { ...(refused > 0 && { met: 'processes' as const }), killedByHost: killed > 0 };
    },
    async kill() {
      if (await setWhereKnown(join(folder, 'cgroup.kill'), '1')) return;
      for (const pid of await membersOf(folder)) killOne(pid);
    },
    isEmpty: async () => (await membersOf(folder)).length === 0,
    remove: () => removeGroup(folder),
  };
}

export function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}
