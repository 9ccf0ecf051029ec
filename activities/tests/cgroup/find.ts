/**
 * Which control groups this host has for us: a delegated tree of version 2 with the controllers, else version 1 where that is
 * what the host has. Neither is a fault that says what was looked at, and how to mend it.
 */
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { exists } from '../box.ts';
import { type CgroupHome, removeAbandoned } from './group.ts';
import { openV1, type Trees } from './v1.ts';
import { CONTROLLERS, openV2, words } from './v2.ts';

/** Contents of `/proc/self/mountinfo` and `/proc/self/cgroup`. */
export interface Seen {
  mounts: string;
  own: string;
}

export type Found = { home: CgroupHome } | { fault: string };

const MEND =
  'Start the worker where a tree of control groups is delegated to it (systemd: Delegate=yes in its unit, or systemd-run --user --scope -p Delegate=yes), ' +
  'or name one in LOCKSTEP_SANDBOX_CGROUP; LOCKSTEP_SANDBOX=bubblewrap-only bounds each process alone, for workers whose container is limited as a whole';

export async function seenHere(): Promise<Seen> {
  const [mounts, own] = await Promise.all(
    ['/proc/self/mountinfo', '/proc/self/cgroup'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  return { mounts: mounts ?? '', own: own ?? '' };
}

/** `named`: the operator's own choice, which is taken or refused, never replaced. */
export async function findCgroups(seen: Seen, named?: string): Promise<Found> {
  const found = named === undefined ? await look(seen) : await tryV2(named);
  if ('fault' in found) return { fault: `${found.fault}. ${MEND}` };
  for (const folder of found.home.folders) await removeAbandoned(folder);
  return found;
}

async function look(seen: Seen): Promise<Found> {
  const groups = ownGroups(seen.own);
  const mounts = mountsIn(seen.mounts);
  const unified = mounts.find(({ type }) => type === 'cgroup2');
  const second = unified
    ? await tryV2(await placeIn(unified, groups.get('') ?? '/'))
    : { fault: 'version 2 is not mounted' };
  if ('home' in second) return second;
  const first = await tryV1(mounts, groups);
  if ('home' in first) return first;
  return { fault: `no control groups for the tests: ${second.fault}; ${first.fault}` };
}

async function tryV2(folder: string): Promise<Found> {
  const has = await words(join(folder, 'cgroup.controllers'));
  const missing = CONTROLLERS.filter((controller) => !has.includes(controller));
  if (missing.length > 0) return { fault: `version 2 at ${folder} has no controller ${missing.join(', ')}` };
  if (!(await isWritable(folder))) return { fault: `version 2 at ${folder} is not writable for this user` };
  try {
    return { home: await openV2(folder) };
  } catch (error) {
    return { fault: `version 2 at ${folder} could not be set up (${error instanceof Error ? error.message : error})` };
  }
}

async function tryV1(mounts: Mount[], groups: Map<string, string>): Promise<Found> {
  const trees: Partial<Trees> = {};
  for (const controller of ['memory', 'pids', 'cpu'] as const) {
    const mount = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(controller));
    if (mount === undefined) return { fault: `version 1 is not mounted for ${controller}` };
    const own = await placeIn(mount, groups.get(controller) ?? '/');
    const folder = join(own, 'lockstep');
    try {
      await mkdir(folder, { recursive: true });
    } catch {
      return { fault: `version 1 of ${controller} at ${own} is not writable for this user` };
    }
    if (!(await isWritable(folder))) return { fault: `version 1 of ${controller} at ${folder} is not writable` };
    trees[controller] = folder;
  }
  return { home: openV1(trees as Trees) };
}

interface Mount {
  root: string;
  at: string;
  type: string;
  options: string[];
}

function mountsIn(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , , root, at] = before?.split(' ') ?? [];
    const [type, , options] = after?.split(' ') ?? [];
    if (root === undefined || at === undefined || type === undefined) return [];
    return [{ root, at, type, options: options?.split(',') ?? [] }];
  });
}

/** Controller to our own group in its tree; version 2 has the empty name. */
function ownGroups(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return new Map(lines.flatMap((line) => line?.[1]?.split(',').map((name) => [name, line[2] ?? '/'] as const) ?? []));
}

/** In a container the tree may be mounted from our own group downwards. */
async function placeIn({ root, at }: Mount, own: string): Promise<string> {
  const below = relative(root, own);
  const place = join(at, below.startsWith('..') ? '' : below);
  return (await exists(place)) ? place : at;
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
}
