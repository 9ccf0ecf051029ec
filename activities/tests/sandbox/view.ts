/** What a test script sees: the system's programs and some of its settings, tools, its scripts, and its own writable folders. */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { TestRequest } from '../../../src/ports.ts';
import { exists } from '../box.ts';
import type { SandboxHost } from './host.ts';
import { STAGED, type Staged } from './launch.ts';

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
/** Where the first process's shell is seen. */
export const FIRST = '/run/lockstep';

/** Of a prepared root file system; what else it has is not seen. */
const TOP = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt'];

/** Given to bubblewrap as descriptors. */
export const FILES: [fd: number, path: string, content: string][] = [
  [5, '/etc/passwd', 'root:x:0:0::/root:/bin/sh\ntester:x:1000:1000::/tmp:/bin/sh\n'],
  [6, '/etc/group', 'root:x:0:\ntester:x:1000:\n'],
  [7, '/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'],
];

export interface View {
  /** Arguments of bubblewrap. */
  args: string[];
  /** What must be staged for them, in this order. */
  sources: string[];
}

export async function viewOf(request: TestRequest, host: SandboxHost): Promise<View> {
  const [scripts, tools] = [await realpath(request.scripts), await toolsOf(host)];
  const staged: Staged[] = [{ source: scripts, target: request.scripts }, ...tools];
  const rootIndex = staged.length;
  const root = host.rootfs === undefined ? '' : STAGED.readOnly(rootIndex);
  return {
    sources: [...staged.map(({ source }) => source), ...(host.rootfs === undefined ? [] : [host.rootfs])],
    args: [
      ...(await systemFolders(host.rootfs ?? '', root)),
      ...ETC.flatMap((name) => ['--ro-bind-try', `${root}/etc/${name}`, `/etc/${name}`]),
      ...FILES.flatMap(([fd, path]) => ['--ro-bind-data', String(fd), path]),
      ...['--proc', '/proc', '--dev', '/dev', '--bind', STAGED.shm, '/dev/shm', '--remount-ro', '/dev'],
      ...['--bind', STAGED.tmp, '/tmp'],
      ...['--ro-bind', STAGED.first, FIRST],
      ...(host.rootfs === undefined ? await packageManagers() : []),
      // Tools before the workspace: whatever they hide, it is not that.
      ...tools.flatMap(({ target }, index) => ['--ro-bind', STAGED.readOnly(index + 1), target]),
      ...['--bind', STAGED.workspace, request.workspace],
      ...['--ro-bind', STAGED.readOnly(0), request.scripts],
      ...['--remount-ro', '/', '--chdir', request.workspace],
    ],
  };
}

/** The top-level folders, links as links. `shown`: where bubblewrap finds them. */
async function systemFolders(root: string, shown: string): Promise<string[]> {
  const args: string[] = [];
  for (const path of root === '' ? TOP.filter((name) => name !== '/opt') : TOP) {
    const found = await lstat(join(root, path)).catch(() => undefined);
    if (found?.isSymbolicLink()) args.push('--symlink', await readlink(join(root, path)), path);
    else if (found?.isDirectory()) args.push('--ro-bind', `${shown}${path}`, path);
  }
  return args;
}

/** More links than this lead in a circle. */
const MOST_LINKS = 40;

/** The file behind a path of a root file system, whose links are meant from that root: seen from the host, they lead elsewhere. */
export async function fileIn(root: string, path: string): Promise<string> {
  let [done, open, links] = ['/', path.split('/'), 0];
  for (let part = open.shift(); part !== undefined; part = open.shift()) {
    const next = posix.join(done, part);
    const link = await readlink(join(root, next)).catch(() => undefined);
    if (link === undefined) {
      done = next;
      continue;
    }
    links += 1;
    if (links > MOST_LINKS) throw new Error(`${join(root, path)} has too many links`);
    open = [...link.split('/'), ...open];
    if (link.startsWith('/')) done = '/';
  }
  return join(root, done);
}

/** The operator's own, and Node.js where the worker's is not below `/usr`. Not its whole folder: it may be a home. */
async function toolsOf({ tools, rootfs }: SandboxHost): Promise<Staged[]> {
  const named = await Promise.all(tools.map(async (target) => ({ source: await realpath(target), target })));
  const node = process.execPath;
  if (rootfs !== undefined || node.startsWith('/usr/')) return named;
  const modules = join(dirname(node), '..', 'lib', 'node_modules');
  const both = (await exists(modules)) ? [node, modules] : [node];
  return [...both.map((path) => ({ source: path, target: path })), ...named];
}

/** npm and its like beside Node.js are links into its modules. */
async function packageManagers(): Promise<string[]> {
  const folder = dirname(process.execPath);
  if (folder.startsWith('/usr/')) return [];
  const args: string[] = [];
  for (const name of ['npm', 'npx', 'corepack']) {
    const target = await readlink(join(folder, name)).catch(() => undefined);
    if (target !== undefined) args.push('--symlink', target, join(folder, name));
  }
  return args;
}
