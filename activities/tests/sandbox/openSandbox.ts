/** Puts the sandbox together from what this host has, and tries it: it is whole, or it is not opened at all. */
import { access, readFile } from 'node:fs/promises';
import { execa } from 'execa';
import type { Box } from '../box.ts';
import { type Found, findCgroups, seenHere } from '../cgroup/find.ts';
import { seccompProgram } from '../seccomp/program.ts';
import { createSandbox, idFrom, type Layers } from './createSandbox.ts';
import type { SandboxHost } from './host.ts';
import { selfTestFault } from './selfTest.ts';
import { fileIn } from './view.ts';

export type Opened = { box: Box } | { fault: string };

const PROGRAMS = {
  bwrap: 'bubblewrap (bwrap)',
  unshare: 'unshare of util-linux',
  mount: 'mount of util-linux',
  setpriv: 'setpriv of util-linux',
  prlimit: 'prlimit of util-linux',
};

export async function openSandbox(host: SandboxHost): Promise<Opened> {
  const fault = (await platformFault()) ?? (await folderFault(host));
  if (fault !== undefined) return { fault };
  const found = await groupsOf(host);
  if (found !== undefined && 'fault' in found) return found;
  const root = process.getuid?.() === 0;
  const layers: Layers = {
    host,
    ...(found && { cgroups: found.home }),
    ...(root && { uid: idFrom(await readFile('/proc/self/uid_map', 'utf8')) }),
  };
  const box = createSandbox(layers);
  const broken = await selfTestFault(box, found !== undefined);
  if (broken !== undefined) return { fault: `${broken}${await namespaceHint(broken)}` };
  return { box };
}

async function groupsOf({ cgroups }: SandboxHost): Promise<Found | undefined> {
  if (cgroups === 'without') return undefined;
  return findCgroups(await seenHere(), cgroups === 'find' ? undefined : cgroups.folder);
}

async function platformFault(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `bubblewrap needs Linux, found ${process.platform}`;
  if (seccompProgram(process.arch) === undefined) return `the sandbox has no system call filter for ${process.arch}`;
  for (const [program, name] of Object.entries(PROGRAMS)) {
    const { failed, code } = await execa(program, ['--version'], { reject: false, timeout: 10_000 });
    if (failed && code === 'ENOENT') return `${name} is not installed`;
  }
  return undefined;
}

async function folderFault({ rootfs, tools }: SandboxHost): Promise<string | undefined> {
  for (const folder of [...(rootfs === undefined ? [] : [rootfs, await fileIn(rootfs, '/bin/sh')]), ...tools]) {
    const fault = await access(folder).catch((error: Error) => error.message);
    if (fault !== undefined) return `${folder} cannot be shown to the tests: ${fault}`;
  }
  return undefined;
}

const NAMESPACE_SETTINGS = [
  { file: 'kernel/unprivileged_userns_clone', bad: '0', mend: 'sysctl -w kernel.unprivileged_userns_clone=1' },
  { file: 'user/max_user_namespaces', bad: '0', mend: 'sysctl -w user.max_user_namespaces=15000' },
  {
    file: 'kernel/apparmor_restrict_unprivileged_userns',
    bad: '1',
    mend: 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows them to bwrap and unshare',
  },
];

/** What of the host's settings keeps users from making namespaces, where that is the trouble. */
async function namespaceHint(fault: string): Promise<string> {
  if (!/namespace|unshare|permitted|permission|denied/i.test(fault)) return '';
  const hints: string[] = [];
  for (const { file, bad, mend } of NAMESPACE_SETTINGS) {
    const value = (await readFile(`/proc/sys/${file}`, 'utf8').catch(() => '')).trim();
    if (value === bad) hints.push(`this host does not let users make namespaces (${file} is ${value}): ${mend}`);
  }
  if (hints.length > 0) return `. ${hints.join('. ')}`;
  return '. In a container, its own seccomp and AppArmor profiles may forbid namespaces and mounts: see docker-compose.yml';
}
