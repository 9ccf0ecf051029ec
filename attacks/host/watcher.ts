/**
 * Looks at the host's process table from outside every sandbox, as a process of its own that does nothing else: which process
 * namespaces there are, whose tests run in each, when the script ended and when the last process was gone.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { SeenRun } from './watch.ts';

const EVERY_MS = 8;

interface Tree extends SeenRun {
  /** The kernel gives its number again when it is gone. */
  namespace: string;
  first?: number;
  members: Set<number>;
}

const workspaces = process.argv[2] ?? '';
const own = link('/proc/self/ns/pid');
const known = new Map<number, Tree | undefined>();
const trees: Tree[] = [];

function look(): void {
  const began = now();
  const pids = new Set(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
  for (const pid of known.keys()) if (!pids.has(pid)) known.delete(pid);
  for (const pid of pids) if (!known.has(pid)) meet(pid, began);
  for (const tree of trees) if (tree.goneAt === undefined) follow(tree, began);
}

/** A namespace is inherited by whatever is started in it, and cannot be left. */
function meet(pid: number, at: number): void {
  const namespace = link(`/proc/${pid}/ns/pid`);
  if (namespace === undefined) return;
  if (namespace === own) {
    known.set(pid, undefined);
    return;
  }
  const tree =
    trees.findLast((one) => one.namespace === namespace && one.goneAt === undefined) ?? newTree(namespace, at);
  known.set(pid, tree);
  tree.members.add(pid);
  if (/^NSpid:.*\t1$/m.test(read(`/proc/${pid}/status`))) tree.first = pid;
}

function newTree(namespace: string, at: number): Tree {
  const tree: Tree = { namespace, changeset: '', appearedAt: at, most: 0, members: new Set() };
  trees.push(tree);
  return tree;
}

function follow(tree: Tree, began: number): void {
  if (tree.changeset === '') nameIt(tree);
  for (const pid of tree.members) {
    const stat = read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
    const [state = 'X', parent] = stat;
    if (known.get(pid) !== tree || state === 'Z' || state === 'X') {
      tree.members.delete(pid);
      continue;
    }
    if (tree.script === undefined && Number(parent) === tree.first) tree.script = pid;
  }
  tree.most = Math.max(tree.most, tree.members.size);
  if (tree.script !== undefined && tree.members.has(tree.script)) tree.scriptAliveAt = began;
  if (tree.members.size === 0) tree.goneAt = now();
}

/** By the environment of its first process: another world's is nobody's. */
function nameIt(tree: Tree): void {
  const environment = read(`/proc/${tree.first}/environ`).split('\0');
  const value = (name: string) => environment.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);
  if (value('LOCKSTEP_WORKSPACE')?.startsWith(workspaces)) tree.changeset = value('LOCKSTEP_CHANGESET') ?? '';
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

setInterval(look, EVERY_MS);
process.on('message', () => {
  look();
  const runs = trees.filter(({ changeset }) => changeset !== '');
  process.send?.(runs.map(({ members: _, first: __, namespace: ___, ...run }) => run));
});
process.on('disconnect', () => process.exit(0));
