/**
 * The sandbox: a script sees the system's programs, its workspace and its scripts, and nothing else. No network but a
 * loopback of its own, no other process, no rights, no system call that reaches around these. Linux with bubblewrap ≥ 0.8.
 */
import { lstat, readFile, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { TestEnd, TestRequest } from '../../src/ports.ts';
import { type Box, endOf, exists, type Running, scriptCommand, scriptEnvironment, untilTrue } from './box.ts';
import { seccompProgram } from './seccomp/program.ts';

/** Private to each run and in memory; a script that fills it gets "no space left". */
const TMP_BYTES = 1024 * 1024 * 1024;
const DEAD_WITHIN_MS = 10_000;

/** Of `/etc`, what programs need to start and to talk to themselves; no accounts, keys or host names of the machine. */
const ETC = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'alternatives',
  'ssl/certs',
  'localtime',
  'mime.types',
  'protocols',
  'services',
];
const PASSWD = 'root:x:0:0::/root:/bin/sh\ntester:x:1000:1000::/tmp:/bin/sh\n';
const GROUP = 'root:x:0:\ntester:x:1000:\n';
const HOSTS = '127.0.0.1 localhost\n::1 localhost\n';

/** Descriptors that bubblewrap is started with, beside the standard three. */
const STATUS_FD = 3;
const SECCOMP_FD = 7;
const FILES: [fd: number, path: string, content: string][] = [
  [4, '/etc/passwd', PASSWD],
  [5, '/etc/group', GROUP],
  [6, '/etc/hosts', HOSTS],
];

export function createBubblewrapBox(): Box {
  return { start };
}

/** Why bubblewrap does not serve on this machine, as a sentence; `undefined` when a whole sandbox could be set up. */
export async function bubblewrapFault(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `bubblewrap needs Linux, found ${process.platform}`;
  if (seccompProgram(process.arch) === undefined) return `the sandbox has no system call filter for ${process.arch}`;
  const run = await execa('bwrap', [...(await systemArguments()), ...namespaces(), '--', '/bin/sh', '-c', 'exit 0'], {
    reject: false,
    timeout: 10_000,
    stdio: stdio(),
  });
  if (!run.failed) return undefined;
  if (run.code === 'ENOENT') return 'bubblewrap (bwrap) is not installed';
  return `bubblewrap does not work here: ${String(run.stderr).trim() || run.shortMessage}`;
}

async function start(request: TestRequest): Promise<Running> {
  const environment = Object.entries(scriptEnvironment(request, '/tmp'));
  const args = [
    ...(await systemArguments()),
    ...namespaces(),
    ...['--bind', await realpath(request.workspace), request.workspace],
    ...['--ro-bind', await realpath(request.scripts), request.scripts],
    ...['--remount-ro', '/'],
    ...['--chdir', request.workspace],
    ...environment.flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--', ...scriptCommand(request)],
  ];
  const child = execa('bwrap', args, {
    // bubblewrap itself needs nothing, and hands on what it has (`--clearenv` clears only what comes after it).
    env: {},
    extendEnv: false,
    preferLocal: false,
    reject: false,
    buffer: false,
    stdio: stdio(),
  });
  const status = collect(child.stdio[STATUS_FD]);
  const complaint = collect(child.stderr);
  return {
    output: child.stdout,
    ended: child.then(async (result) =>
      endFrom(await status.whole, `${result.shortMessage ?? ''} ${await complaint.whole}`),
    ),
    kill: () => void child.kill('SIGKILL'),
    gone: async () => {
      await child;
      await status.whole;
      await untilDead(status.soFar());
    },
  };
}

function stdio() {
  const files = FILES.map(([, , content]) => new TextEncoder().encode(content));
  const filter = seccompProgram(process.arch);
  if (filter === undefined) throw new Error(`the sandbox has no system call filter for ${process.arch}`);
  return ['ignore', 'pipe', 'pipe', 'pipe', ...files, filter] as ['ignore', 'pipe', 'pipe', 'pipe', ...Uint8Array[]];
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
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...['--json-status-fd', String(STATUS_FD), '--seccomp', String(SECCOMP_FD)],
  ];
}

async function systemArguments(): Promise<string[]> {
  return [
    ...(await systemFolders()),
    ...ETC.flatMap((name) => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...FILES.flatMap(([fd, path]) => ['--ro-bind-data', String(fd), path]),
    ...['--proc', '/proc', '--dev', '/dev', '--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
    ...(await nodeArguments(process.execPath)),
  ];
}

/** `/usr` and the top-level folders that lead into it, links as links. */
async function systemFolders(): Promise<string[]> {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const path of ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']) {
    const found = await lstat(path).catch(() => undefined);
    if (found?.isSymbolicLink()) args.push('--symlink', await readlink(path), path);
    else if (found?.isDirectory()) args.push('--ro-bind', path, path);
  }
  return args;
}

/** Node, npm and npx where the worker's own are, when that is not below `/usr`. Not their whole folder: it may be a home. */
async function nodeArguments(node: string): Promise<string[]> {
  if (node.startsWith('/usr/')) return [];
  const folder = dirname(node);
  const modules = join(folder, '..', 'lib', 'node_modules');
  const args = ['--ro-bind', node, node, '--ro-bind-try', modules, modules];
  for (const name of ['npm', 'npx', 'corepack']) {
    const target = await readlink(join(folder, name)).catch(() => undefined);
    if (target !== undefined) args.push('--symlink', target, join(folder, name));
  }
  return args;
}

/** bubblewrap reports an exit code only of a script that it did start: without one, the sandbox failed, not the test. */
function endFrom(status: string, complaint: string): TestEnd {
  const code = /"exit-code": (\d+)/.exec(status)?.[1];
  if (code === undefined) throw new Error(`the sandbox could not be run: ${complaint.trim().slice(0, 2_000)}`);
  return endOf(Number(code));
}

/**
 * The kernel kills a process namespace with its first process, and lets that one go only after all others: when it is gone, or
 * a zombie that nobody has collected, nothing of the sandbox is alive.
 */
async function untilDead(status: string): Promise<void> {
  const first = /"child-pid": (\d+)/.exec(status)?.[1];
  if (first === undefined) return;
  const dead = async () => {
    const stat = await readFile(`/proc/${first}/stat`, 'utf8').catch(() => undefined);
    return stat === undefined || stat.split(') ').at(-1)?.startsWith('Z') === true;
  };
  if (await untilTrue(dead, DEAD_WITHIN_MS)) return;
  if (await exists(`/proc/${first}`))
    throw new Error(`the sandbox of process ${first} is alive ${DEAD_WITHIN_MS} ms after SIGKILL`);
}

/** The first 64 KiB of a stream as text. */
function collect(stream: NodeJS.ReadableStream): { soFar: () => string; whole: Promise<string> } {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    if (text.length < 65_536) text += chunk.toString();
  });
  const whole = new Promise<string>((resolve) => {
    stream.once('close', () => resolve(text));
    stream.once('error', () => resolve(text));
  });
  return { soFar: () => text, whole };
}
