/** Which control groups are taken, and what is written into them, on trees of files that look like the kernel's. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCgroups } from '../../activities/tests/cgroup/find.ts';
import type { CgroupHome } from '../../activities/tests/cgroup/group.ts';
import { USUAL_LIMITS } from '../../src/limits.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-cgroups-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const limits = { ...USUAL_LIMITS, memoryBytes: 1000, processes: 10, cpus: 1.5 };

/** A tree of version 2 in which we are at `own`. */
async function version2(own: string, controllers: string): Promise<string> {
  const folder = join(root, 'unified', own);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'cgroup.controllers'), `${controllers}\n`);
  await writeFile(join(folder, 'cgroup.procs'), '41\n42\n');
  await writeFile(join(folder, 'cgroup.subtree_control'), '');
  await writeFile(join(folder, 'cgroup.type'), 'domain\n');
  return folder;
}

async function version1(controllers: string[]): Promise<string> {
  for (const controller of controllers) await mkdir(join(root, controller), { recursive: true });
  return controllers
    .map((controller) => `30 25 0:27 / ${root}/${controller} rw - cgroup cgroup rw,${controller}`)
    .join('\n');
}

const unified = () => `24 25 0:26 / ${root}/unified rw,nosuid - cgroup2 cgroup2 rw`;

function homeOf(found: Awaited<ReturnType<typeof findCgroups>>): CgroupHome {
  if ('fault' in found) throw new Error(found.fault);
  return found.home;
}

describe('version 2, where it is delegated with its controllers', () => {
  test('is taken before version 1, and made ready: the worker steps aside', async () => {
    const folder = await version2('lockstep.service', 'cpuset cpu memory pids');
    const mounts = `${unified()}\n${await version1(['memory', 'pids', 'cpu'])}`;
    const home = homeOf(await findCgroups({ mounts, own: '0::/lockstep.service\n4:memory:/\n' }));
    expect([home.version, home.folders]).toEqual([2, [folder]]);
    expect(await readFile(join(folder, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu');
    expect(await readFile(join(folder, 'lockstep-worker', 'cgroup.procs'), 'utf8')).toBe('42');
  });

  test('is mounted from our own group downwards in a container', async () => {
    const folder = await version2('', 'cpu memory pids');
    const mounts = `24 25 0:26 /docker/abc ${root}/unified rw - cgroup2 cgroup2 rw`;
    expect(homeOf(await findCgroups({ mounts, own: '0::/docker/abc' })).folders).toEqual([folder]);
  });

  test('gives each run its limits, and swap is none of it', async () => {
    const folder = await version2('own', 'cpu memory pids');
    const group = await homeOf(await findCgroups({ mounts: unified(), own: '0::/own' })).make('run', limits);
    const written = (file: string) => readFile(join(folder, 'run', file), 'utf8');
    expect(group.doors).toEqual([join(folder, 'run', 'cgroup.procs')]);
    expect(await Promise.all(['memory.max', 'memory.oom.group', 'pids.max', 'cpu.max'].map(written))).toEqual([
      '1000',
      '1',
      '12',
      '150000 100000',
    ]);
  });

  test('tells a limit of its own from a machine without memory', async () => {
    const folder = await version2('own', 'cpu memory pids');
    const group = await homeOf(await findCgroups({ mounts: unified(), own: '0::/own' })).make('run', limits);
    const memory = (events: string) => writeFile(join(folder, 'run', 'memory.events'), events);
    expect(await group.look()).toEqual({ killedByHost: false });
    await memory('low 0\nhigh 0\nmax 7\noom 0\noom_kill 1\n');
    expect(await group.look()).toEqual({ killedByHost: true });
    await memory('low 0\nhigh 0\nmax 7\noom 2\noom_kill 1\n');
    expect(await group.look()).toEqual({ met: 'memory', killedByHost: false });
    await memory('max 7\noom 0\noom_kill 0\n');
    await writeFile(join(folder, 'run', 'pids.events'), 'max 3\n');
    expect(await group.look()).toEqual({ met: 'processes', killedByHost: false });
  });

  test('the one that an operator named is taken, or refused by name', async () => {
    const folder = await version2('named', 'cpu memory pids');
    const seen = { mounts: await version1(['memory', 'pids', 'cpu']), own: '4:memory:/' };
    expect(homeOf(await findCgroups(seen, folder)).folders).toEqual([folder]);
    expect(await findCgroups(seen, join(root, 'nowhere'))).toEqual({
      fault: expect.stringContaining('nowhere has no controller memory, pids, cpu. Start the worker where'),
    });
  });
});

describe('version 1, where that is what the host has', () => {
  test('is taken when version 2 has no controllers', async () => {
    await version2('', '');
    const mounts = `${unified()}\n${await version1(['memory', 'pids', 'cpu'])}`;
    const home = homeOf(await findCgroups({ mounts, own: '0::/\n8:pids:/\n4:memory:/elsewhere\n1:cpu:/' }));
    expect(home.version).toBe(1);
    expect(home.folders).toEqual(['memory', 'pids', 'cpu'].map((name) => join(root, name, 'lockstep')));
  });

  test('gives each run its limits, and tells what was met', async () => {
    const home = homeOf(await findCgroups({ mounts: await version1(['memory', 'pids', 'cpu']), own: '' }));
    const group = await home.make('run', { ...limits, memoryBytes: 64 * 1024 ** 2 });
    const at = (controller: string, file: string) => join(root, controller, 'lockstep', 'run', file);
    expect(await readFile(at('memory', 'memory.limit_in_bytes'), 'utf8')).toBe(String(64 * 1024 ** 2));
    expect(await readFile(at('pids', 'pids.max'), 'utf8')).toBe('12');
    expect(await readFile(at('cpu', 'cpu.cfs_quota_us'), 'utf8')).toBe('150000');
    await writeFile(at('memory', 'memory.oom_control'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n');
    await writeFile(at('memory', 'memory.max_usage_in_bytes'), String(20 * 1024 ** 2));
    expect(await group.look()).toEqual({ killedByHost: true });
    await writeFile(at('memory', 'memory.max_usage_in_bytes'), String(64 * 1024 ** 2));
    expect(await group.look()).toEqual({ met: 'memory', killedByHost: false });
  });

  test('a group whose limits are refused is not left behind', async () => {
    const home = homeOf(await findCgroups({ mounts: await version1(['memory', 'pids', 'cpu']), own: '' }));
    await mkdir(join(root, 'cpu', 'lockstep', 'run'));
    await expect(home.make('run', limits)).rejects.toThrow('EEXIST');
    expect(await readdir(join(root, 'memory', 'lockstep'))).toEqual([]);
  });

  test('a tree that two controllers share has one group of a run', async () => {
    await mkdir(join(root, 'cpu,cpuacct'));
    const mounts = `${await version1(['memory', 'pids'])}\n31 25 0:28 / ${root}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct`;
    const home = homeOf(await findCgroups({ mounts, own: '3:cpu,cpuacct:/' }));
    expect(home.folders.at(-1)).toBe(join(root, 'cpu,cpuacct', 'lockstep'));
  });
});

test('neither is a fault that says what was looked at, and how to mend it', async () => {
  await version2('', '');
  const mounts = `${unified()}\n${await version1(['memory', 'cpu'])}`;
  const found = await findCgroups({ mounts, own: '0::/' });
  const fault = 'fault' in found ? found.fault : '';
  expect(fault).toContain(`version 2 at ${root}/unified has no controller memory, pids, cpu`);
  expect(fault).toContain('version 1 is not mounted for pids');
  expect(fault).toContain('Delegate=yes');
  expect(await findCgroups({ mounts: '', own: '' })).toMatchObject({ fault: expect.stringContaining('not mounted') });
});

test('groups that killed workers left are removed; those of living ones stay', async () => {
  const mounts = await version1(['memory', 'pids', 'cpu']);
  const folder = join(root, 'memory', 'lockstep');
  const [dead, alive] = [`lockstep-run-${2 ** 22 + 1}-a`, `lockstep-run-${process.pid}-b`];
  for (const name of [dead, alive, 'another']) await mkdir(join(folder, name), { recursive: true });
  await findCgroups({ mounts, own: '' });
  expect((await readdir(folder)).sort()).toEqual(['another', alive].sort());
});
