/**
 * Git's objects without git: commits by their content, trees as sets of named values, merges as git makes them. Kept for a
 * whole exploration and shared by all its states: what is named by its content is the same in each.
 */
import { createHash } from 'node:crypto';
import type { Commit } from '../src/changeset.ts';
import type { CommitInfo, MergeTreeResult } from '../src/ports.ts';
import { ModelFault } from './modelFault.ts';

/** `path → content`. Two changes of one path conflict, changes of different paths never do. */
export type Tree = Readonly<Record<string, string>>;

interface Stored {
  parents: Commit[];
  tree: Tree;
  message: string;
}

export type Objects = ReturnType<typeof createObjects>;

export function createObjects() {
  const commits = new Map<Commit, Stored>();
  const ancestors = new Map<Commit, Set<Commit>>();

  function get(commit: Commit): Stored {
    const found = commits.get(commit);
    if (found === undefined) throw new ModelFault(`expected a commit ${commit}, found none`);
    return found;
  }

  /** The commit itself among them. */
  function ancestorsOf(commit: Commit): Set<Commit> {
    const known = ancestors.get(commit);
    if (known !== undefined) return known;
    const all = new Set([commit, ...get(commit).parents.flatMap((parent) => [...ancestorsOf(parent)])]);
    ancestors.set(commit, all);
    return all;
  }

  function add(made: Stored): Commit {
    const id = createHash('sha1').update(printTree(made.tree)).update('\0');
    const commit = id.update(made.parents.join(' ')).update('\0').update(made.message).digest('hex');
    commits.set(commit, made);
    return commit;
  }

  function mergeBase(one: Commit, other: Commit): Commit | undefined {
    const theirs = ancestorsOf(other);
    const common = [...ancestorsOf(one)].filter((commit) => theirs.has(commit));
    return common.find((best) => !common.some((commit) => commit !== best && ancestorsOf(commit).has(best)));
  }

  return {
    commits: commits as ReadonlyMap<Commit, Readonly<Stored>>,
    get,
    add,
    mergeBase,
    isAncestor: (ancestor: Commit, descendant: Commit) => ancestorsOf(descendant).has(ancestor),
    info(commit: Commit): CommitInfo {
      const { parents, message } = get(commit);
      return { commit, parents, message, authorEmail: 'lockstep@example.org' };
    },
    firstParents(from: Commit, until: Commit | undefined, limit: number): CommitInfo[] {
      const excluded = until === undefined ? new Set<Commit>() : ancestorsOf(until);
      const history: CommitInfo[] = [];
      for (let next: Commit | undefined = from; next !== undefined && !excluded.has(next); ) {
        if (history.length === limit) break;
        history.push(this.info(next));
        next = get(next).parents[0];
      }
      return history;
    },
    merge(ours: Commit, theirs: Commit, base: Commit | undefined): MergeTreeResult {
      const before = base ?? mergeBase(ours, theirs);
      return mergeTrees(before === undefined ? {} : get(before).tree, get(ours).tree, get(theirs).tree);
    },
  };
}

function mergeTrees(before: Tree, ours: Tree, theirs: Tree): MergeTreeResult {
  const merged: Record<string, string> = {};
  const conflicts: string[] = [];
  for (const path of new Set([before, ours, theirs].flatMap(Object.keys))) {
    const [was, one, other] = [before[path], ours[path], theirs[path]];
    if (one !== was && other !== was && one !== other) conflicts.push(path);
    const now = one === was ? other : one;
    if (now !== undefined) merged[path] = now;
  }
  return conflicts.length > 0
    ? { kind: 'conflict', paths: conflicts.sort() }
    : { kind: 'clean', tree: printTree(merged) };
}

/** A tree's id: its content, sorted. */
export function printTree(tree: Tree): string {
  return JSON.stringify(Object.entries(tree).sort(([one], [other]) => (one < other ? -1 : 1)));
}

export function readTree(id: string): Tree {
  return Object.fromEntries(JSON.parse(id) as [string, string][]);
}
