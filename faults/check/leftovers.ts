/** What is left at rest: staging refs, workspaces, mounts, processes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../world.ts';
import { stagingRefs } from './repositories.ts';

export async function readLeftovers(world: World): Promise<string[]> {
  const workspaces = namesIn(join(world.dataDir, 'workspaces')).map((name) => `the workspace ${name}`);
  const mounts = read('/proc/self/mounts')
    .split('\n')
    .filter((line) => line.includes(world.folder))
    .map((line) => `the mount ${line}`);
  return [...(await stagingRefs(world.github)), ...workspaces, ...mounts, ...orphans(world)];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was ever tested.
  }
}

/** Processes that work in the world's folder and that nobody who is alive has started. */
function orphans({ folder }: World): string[] {
  const belongs = (pid: number): boolean => pid === process.pid || (pid > 1 && belongs(parentOf(pid)));
  return processes()
    .filter((pid) => `${commandOf(pid)} ${read(`/proc/${pid}/environ`)}`.includes(folder))
    .filter((pid) => !isZombie(pid) && !belongs(pid))
    .map((pid) => `the process ${commandOf(pid)}`);
}

export function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(read(`/proc/${pid}/stat`))?.[1] ?? 0);
}

function isZombie(pid: number): boolean {
  return /\) Z /.test(read(`/proc/${pid}/stat`));
}

/** A process may end while it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
