/** Control groups of version 1: a tree for each controller, and a run has a group in each. */
import { writeFile } from 'node:fs/promises';
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
import { killOne } from './v2.ts';

/** The folder for groups of runs, in the tree of each controller. */
export interface Trees {
  memory: string;
  pids: string;
  cpu: string;
}

export function openV1(trees: Trees): CgroupHome {
  // Controllers may share one tree (`cpu,cpuacct`), also ours.
  const folders = [...new Set([trees.memory, trees.pids, trees.cpu])];
  return {
    version: 1,
    folders,
    async make(name, limits) {
      const at = { memory: join(trees.memory, name), pids: join(trees.pids, name), cpu: join(trees.cpu, name) };
      const made = folders.map((folder) => join(folder, name));
      await madeWhole(made, () => setLimits(at, limits));
      return groupOf(at, made, limits);
    },
  };
}

async function setLimits({ memory, pids, cpu }: Trees, limits: Limits): Promise<void> {
  await writeFile(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes));
  // Without swap: what goes there would be memory beyond the limit, and slow everybody.
  const counted = await setWhereKnown(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes));
  if (!counted) await setWhereKnown(join(memory, 'memory.swappiness'), '0');
  await writeFile(join(pids, 'pids.max'), String(limits.processes + OWN_PROCESSES));
  await writeFile(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
  await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(Math.round(limits.cpus * CPU_PERIOD_US)));
}

/** Where its own limit kills, a group had come this near to it. (`failcnt` stays 0 on kernels of today.) */
const NEARLY_BYTES = 1024 ** 2;

function groupOf({ memory, pids }: Trees, made: string[], limits: Limits): Group {
  return {
    doors: made.map((folder) => join(folder, 'cgroup.procs')),
    async look() {
      const killed = await counted(memory, 'memory.oom_control', 'oom_kill');
      const most = await counted(memory, 'memory.max_usage_in_bytes');
      const refused = await counted(pids, 'pids.events', 'max');
      if (killed > 0 && most > limits.memoryBytes - NEARLY_BYTES) return { met: 'memory', killedByHost: false };
      return { ...(refused > 0 && { met: 'processes' as const }), killedByHost: killed > 0 };
    },
    async kill() {
      for (const pid of await membersOf(pids)) killOne(pid);
    },
    isEmpty: async () => (await membersOf(pids)).length === 0,
    async remove() {
      for (const folder of made) await removeGroup(folder);
    },
  };
}
