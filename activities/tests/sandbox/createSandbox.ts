/**
 * The sandbox: a script sees the system's programs, its workspace and its scripts, and nothing else. No network but a
 * loopback of its own, no other process, no rights, no system call that reaches around these, and bounds on what it uses.
 * Linux with bubblewrap ≥ 0.8.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestRequest } from '../../../src/ports.ts';
import { type Box, type Running, scriptEnvironment, scriptPath } from '../box.ts';
import { type CgroupHome, groupName } from '../cgroup/group.ts';
import { REPORT_FD, SECCOMP_FD, STATUS_FD, startChain } from './chain.ts';
import { follow } from './follow.ts';
import type { SandboxHost } from './host.ts';
import { launchArguments } from './launch.ts';
import { FIRST, fileIn, viewOf } from './view.ts';

/**
 * The kernel lets nothing of a sandbox kill its first process, but for signals that it has a handler for, as shells have for some
 * (dash for SIGINT): those end in a handler that does nothing. Not ignored: the script would inherit that.
 */
const HARMLESS = 'for signal in 1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 24 25 26 27 29 30 31; do trap : $signal; done';

/**
 * The sandbox's first process. It starts the script only when told, so that a worker that dies before leaves nothing behind, and
 * says when the script has ended by itself: nobody in the sandbox can kill a first process, so where it says nothing, it was
 * killed from outside. Both outputs of the script are in one pipe, so that their order is kept. It has the tests' user, and what it
 * says decides: `launch.ts` tells what keeps them out of it.
 */
const FIRST_PROCESS = `${HARMLESS}; read -r _ || exit 125; "$0" 2>&1 </dev/null ${REPORT_FD}>&-; code=$?; echo ended >&${REPORT_FD}; exit $code`;

export interface Layers {
  host: SandboxHost;
  /** Absent where the operator chose to go without. */
  cgroups?: CgroupHome;
  /** Gives an id for each run, for a worker that is root; absent: the worker's own. */
  uid?: () => number;
}

export function createSandbox(layers: Layers): Box {
  return { start: (request) => start(layers, request) };
}

/**
 * Ids that no account, container or service uses (systemd's table of them ends below). Random, so that workers on one host need not agree;
 * in a container with fewer ids, one of those it has.
 */
export function idFrom(uidMap: string): () => number {
  const [FIRST, COUNT] = [1_900_000_000, 200_000_000];
  const ranges = uidMap.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const holds = (id: number) => ranges.some(([from = 0, , count = 0]) => id >= from && id < from + count);
  if (holds(FIRST + COUNT)) return () => FIRST + randomInt(COUNT);
  return () => 20_000 + randomInt(40_000);
}

async function start(layers: Layers, request: TestRequest): Promise<Running> {
  const workspace = await realpath(request.workspace);
  const box = join(dirname(workspace), 'box');
  const shell = await fileIn(layers.host.rootfs ?? '/', '/bin/sh');
  const { args, sources } = await viewOf(request, layers.host);
  await mkdir(box, { recursive: true });
  const group = await layers.cgroups?.make(groupName(randomUUID()), request.limits);
  const uid = layers.uid?.();
  const [file, chain] = launchArguments({
    ...{ limits: request.limits, workspace, box, shell, sources, doors: group?.doors ?? [] },
    ...(uid !== undefined && { uid }),
    bubblewrap: ['bwrap', ...namespaces(), ...args, ...environmentOf(request, layers.host), '--', ...command(request)],
  });
  return follow({ child: startChain(file, chain), group, box });
}

function command(request: TestRequest): string[] {
  return [`${FIRST}/sh`, '-c', FIRST_PROCESS, scriptPath(request)];
}

function environmentOf(request: TestRequest, { tools }: SandboxHost): string[] {
  const { PATH: path, ...rest } = scriptEnvironment(request, '/tmp');
  const bins = tools.map((folder) => join(folder, 'bin'));
  return Object.entries({ ...rest, PATH: [...bins, path].join(':') }).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ]);
}

function namespaces(): string[] {
  return [
    ...[
      '--unshare-all',
      '--unshare-user',
      '--disable-userns',
      '--uid',
      '1000',
      '--gid',
      '1000',
      '--hostname',
      'sandbox',
    ],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv', '--as-pid-1'],
    ...['--json-status-fd', String(STATUS_FD), '--seccomp', String(SECCOMP_FD)],
  ];
}
