/** What a control group is to the sandbox: the one layer that counts a run as a whole. */
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LimitName, Limits } from '../../../src/limits.ts';
import { untilTrue } from '../box.ts';

/** Where groups for runs are made. */
export interface CgroupHome {
  version: 1 | 2;
  /** The folders that groups are made in. */
  folders: string[];
  make(name: string, limits: Limits): Promise<Group>;
}

export interface Group {
  /** Files that a process writes its id into to be in the group, with all that it starts from then on. */
  doors: string[];
  look(): Promise<Look>;
  /** Kills whoever is in it. */
  kill(): Promise<void>;
  isEmpty(): Promise<boolean>;
  /** It must be empty. */
  remove(): Promise<void>;
}

export interface Look {
  met?: Extract<LimitName, 'memory' | 'processes'>;
  /** The machine had no memory left, and took it from this run, which was within its own limit. */
  killedByHost: boolean;
}

/** Bubblewrap and the sandbox's first process are ours: the tests' limit is without them. */
export const OWN_PROCESSES = 2;
export const CPU_PERIOD_US = 100_000;
const REMOVED_WITHIN_MS = 2_000;

/** The number after a word in a file of `word number` lines; 0 where it is missing. */
export async function counted(folder: string, file: string, word?: string): Promise<number> {
  const text = await readFile(join(folder, file), 'utf8').catch(() => '');
  const found = word === undefined ? text : (new RegExp(`^${word} (\\d+)$`, 'm').exec(text)?.[1] ?? '0');
  return Number(found.trim() || 0);
}

export async function membersOf(folder: string): Promise<number[]> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

/** A dying process may hold its group for a moment. */
export async function removeGroup(folder: string): Promise<void> {
  let last: unknown;
  const removed = await untilTrue(
    () =>
      rmdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          last = error;
          return error.code === 'ENOENT';
        },
      ),
    REMOVED_WITHIN_MS,
  );
  if (!removed) throw new Error(`the control group ${folder} cannot be removed`, { cause: last });
}

/** Makes folders and what is in them, or leaves nothing. */
export async function madeWhole(folders: string[], fill: () => Promise<void>): Promise<void> {
  try {
    for (const folder of folders) await mkdir(folder);
    await fill();
  } catch (error) {
    for (const folder of folders) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}

/** For limits that not every kernel has: a missing file is not an error, a refused value is. */
export async function setWhereKnown(path: string, value: string): Promise<boolean> {
  try {
    await writeFile(path, value, { flag: 'r+' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

const NAME = /^lockstep-run-(\d+)-/;

/** Says whose a group is, so that one of a worker that was killed is told from one in use. */
export function groupName(run: string): string {
  return `lockstep-run-${process.pid}-${run}`;
}

/** Removes what killed workers left behind: groups of processes that are not there any more. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = NAME.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rmdir(join(folder, name)).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
