/** Git in memory: commits with their files as values. It answers as `activities/git` does; a three-way merge is by whole files. */
import { createHash } from 'node:crypto';
import { GitError, MissingCommit } from '../activities/git/errors.ts';
import { type Commit, type RepositoryName, STAGING_PREFIX } from '../src/changeset.ts';
import type { CommitInfo, Git, Push, PushAnswer } from '../src/ports.ts';

export type Files = Record<string, string>;

interface StoredCommit extends CommitInfo {
  tree: string;
  /** Of the committer. */
  date: number;
}

export interface RefUpdate {
  at: number;
  repository: RepositoryName;
  ref: string;
  old: Commit | null;
  new: Commit | null;
  by: 'lockstep' | 'somebody';
}

export interface Repositories {
  git: Git;
  commits: Map<Commit, StoredCommit>;
  record: RefUpdate[];
  /** Sentences of the server, by repository: what it refuses on its main. */
  rules: Map<RepositoryName, string>;
  ref(repository: RepositoryName, branch: string): Commit | undefined;
  filesOf(commit: Commit): Files;
  branches(repository: RepositoryName): string[];
  /** As the server takes it: by a lease, but by the rules of GitHub only for Lockstep. */
  move(update: Omit<RefUpdate, 'at' | 'old'>): void;
  make(about: { files: Files; parents: Commit[]; message: string; author?: string }): Commit;
}

const hash = (...of: string[]) => createHash('sha1').update(of.join('\0')).digest('hex');

export function createRepositories(about: {
  now(): number;
  order(): number;
  remote: Remote;
  moved?(repository: RepositoryName, ref: string): void;
}): Repositories {
  const trees = new Map<string, Files>();
  const commits = new Map<Commit, StoredCommit>();
  const refs = new Map<string, Commit>();
  const record: RefUpdate[] = [];
  const rules = new Map<RepositoryName, string>();

  const keep = (files: Files): string => {
    const sorted = Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
    const tree = hash('tree', JSON.stringify(sorted));
    trees.set(tree, sorted);
    return tree;
  };
  const find = (repository: string, commit: Commit): StoredCommit => {
    const found = commits.get(commit);
    if (found === undefined) throw new MissingCommit(repository, commit);
    return found;
  };
  const filesOf = (commit: Commit): Files => trees.get(find('?', commit).tree) ?? {};
  const add = (about: Omit<StoredCommit, 'commit'>): Commit => {
    const { tree, parents, message, authorEmail, date } = about;
    const commit = hash('commit', tree, ...parents, message, authorEmail, String(date));
    commits.set(commit, { ...about, commit });
    return commit;
  };
  const ancestors = (from: Commit): Set<Commit> => {
    const seen = new Set<Commit>();
    const open = [from];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(commits.get(next)?.parents ?? []));
    }
    return seen;
  };
  const isAncestor = (ancestor: Commit, descendant: Commit) => ancestors(descendant).has(ancestor);
  const mergeBase = (one: Commit, other: Commit): Commit | undefined => {
    const theirs = ancestors(other);
    const common = [...ancestors(one)].filter((commit) => theirs.has(commit));
    const best = common.filter((commit) => !common.some((more) => more !== commit && isAncestor(commit, more)));
    return best.sort()[0];
  };
  const key = (repository: string, ref: string) => `${repository} ${ref}`;

  function move(update: Omit<RefUpdate, 'at' | 'old'>): void {
    const at = key(update.repository, update.ref);
    record.push({ ...update, at: about.order(), old: refs.get(at) ?? null });
    if (update.new === null) refs.delete(at);
    else refs.set(at, update.new);
    about.moved?.(update.repository, update.ref);
  }

  function receive({ repository, ref, commit, expected }: Push): PushAnswer {
    const now = refs.get(key(repository, ref)) ?? null;
    if (now === commit) return { kind: 'pushed' };
    const rule = rules.get(repository);
    if (rule !== undefined && ref === MAIN) return { kind: 'refused', message: rule };
    if (now !== expected) return { kind: 'stale' };
    move({ repository, ref, new: commit, by: 'lockstep' });
    return { kind: 'pushed' };
  }

  function assertForward({ repository, ref, commit, expected }: Push): void {
    if (ref.startsWith(`refs/heads/${STAGING_PREFIX}`)) return;
    if (commit === null || expected === null || !isAncestor(expected, commit)) {
      throw new GitError('failed', `refusing to push ${commit} to ${ref} of ${repository}`);
    }
  }

  const git: Git = {
    readRefs: (repository, wanted) =>
      about.remote(`read ${repository}`, () => {
        const main = refs.get(key(repository, MAIN));
        if (main === undefined) throw new GitError('unreadable', `${repository} not found`);
        const found = wanted.flatMap((ref) => {
          const commit = refs.get(key(repository, ref));
          return commit === undefined ? [] : [[ref, commit] as const];
        });
        return { defaultBranch: 'main', main, refs: Object.fromEntries(found) };
      }),
    branchNames: (repository) => about.remote(`branches ${repository}`, () => branches(repository)),
    async fetch(repository, wanted) {
      for (const commit of wanted) find(repository, commit);
    },
    isAncestor: async (repository, ancestor, descendant) => {
      for (const commit of [ancestor, descendant]) find(repository, commit);
      return isAncestor(ancestor, descendant);
    },
    mergeBase: async (_, one, other) => mergeBase(one, other),
    treeOf: async (repository, commit) => find(repository, commit).tree,
    async mergeTree({ repository, ours, theirs, base }) {
      for (const commit of [ours, theirs]) find(repository, commit);
      const common = base ?? mergeBase(ours, theirs);
      const merged = merge(common === undefined ? {} : filesOf(common), filesOf(ours), filesOf(theirs));
      return 'files' in merged
        ? { kind: 'clean', tree: keep(merged.files) }
        : { kind: 'conflict', paths: merged.paths };
    },
    commitTree: async ({ repository, tree, parents, message, dateOf }) =>
      add({ tree, parents, message, authorEmail: BOT, date: find(repository, dateOf).date }),
    async commitInfo(repository, commit) {
      const { parents, authorEmail, message } = find(repository, commit);
      return { commit, parents, authorEmail, message };
    },
    async firstParents({ repository, from, until, limit }) {
      const without = until === undefined ? new Set<Commit>() : ancestors(until);
      const found: CommitInfo[] = [];
      let next: Commit | undefined = from;
      while (next !== undefined && !without.has(next) && found.length < limit) {
        const { commit, parents, authorEmail, message } = find(repository, next);
        found.push({ commit, parents, authorEmail, message });
        next = parents[0];
      }
      return found;
    },
    async push(push) {
      assertForward(push);
      if (push.commit !== null) find(push.repository, push.commit);
      const { repository, ref } = push;
      return about.remote(`push ${repository} ${ref}`, () => receive(push));
    },
    async changedPaths(_, from, to) {
      const [before, after] = [filesOf(from), filesOf(to)];
      const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
      return [...paths].filter((path) => before[path] !== after[path]).sort();
    },
    async readFile(_, commit, path) {
      const text = filesOf(commit)[path];
      if (text === undefined) return undefined;
      const content = new TextEncoder().encode(text);
      return { mode: path.endsWith('.sh') ? '100755' : '100644', bytes: content.length, content };
    },
    replaceFile: async (_, commit, { path, text }) => keep({ ...filesOf(commit), [path]: text }),
    dropMirrors: async () => 0,
    async exportTree() {
      throw new Error('tests are not run from files here');
    },
  };

  function branches(repository: RepositoryName): string[] {
    const prefix = key(repository, 'refs/heads/');
    return [...refs.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  }

  return {
    git,
    commits,
    record,
    rules,
    ref: (repository, branch) => refs.get(key(repository, `refs/heads/${branch}`)),
    filesOf,
    branches,
    move,
    make: ({ files, parents, message, author = 'ann@example.com' }) =>
      add({ tree: keep(files), parents, message, authorEmail: author, date: about.now() }),
  };
}

export type Remote = <T>(what: string, effect: () => T) => Promise<T>;

const MAIN = 'refs/heads/main';
const BOT = 'lockstep@example.com';

function merge(base: Files, ours: Files, theirs: Files): { files: Files } | { paths: string[] } {
  const files: Files = {};
  const conflicts: string[] = [];
  for (const path of new Set([...Object.keys(base), ...Object.keys(ours), ...Object.keys(theirs)])) {
    const [was, mine, other] = [base[path], ours[path], theirs[path]];
    const result = mine === other || other === was ? mine : mine === was ? other : null;
    if (result === null) conflicts.push(path);
    else if (result !== undefined) files[path] = result;
  }
  return conflicts.length > 0 ? { paths: conflicts.sort() } : { files };
}
