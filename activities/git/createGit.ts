/** The `Git` port on bare mirrors and the git command (version 2.38 or later). */
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import type { Git, Live, RemoteRefs } from '../../src/ports.ts';
import { GitError } from './errors.ts';
import { exportTree } from './exportTree.ts';
import * as history from './history.ts';
import type { Local } from './local.ts';
import { Mirrors } from './mirrors.ts';
import type { GitOptions } from './options.ts';
import { push } from './push.ts';
import { callRemoteOrThrow } from './remote.ts';
import * as trees from './trees.ts';

const LS_REMOTE_TIMEOUT_MS = 60_000;

export function createGit(options: GitOptions): Git {
  const mirrors = new Mirrors(options);

  function onMirror<T>(
    repository: RepositoryName,
    commits: Commit[],
    work: (local: Local) => Promise<T>,
    live?: Live,
  ): Promise<T> {
    return mirrors.use(repository, commits, (gitDir) => work({ options, gitDir, repository }), live);
  }

  async function lsRemote(repository: RepositoryName, args: string[], live: Live): Promise<string[][]> {
    const call = { repository, access: 'read', args, timeoutMs: LS_REMOTE_TIMEOUT_MS } as const;
    const { stdout } = await callRemoteOrThrow(options, call, live);
    return stdout
      .toString('utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'));
  }

  return {
    async readRefs(repository, refs, live) {
      const url = options.remoteUrl(repository);
      return refsIn(
        repository,
        refs,
        await lsRemote(repository, ['ls-remote', '--symref', '--end-of-options', url, 'HEAD', ...refs], live),
      );
    },
    async branchNames(repository, live) {
      const lines = await lsRemote(
        repository,
        ['ls-remote', '--heads', '--end-of-options', options.remoteUrl(repository)],
        live,
      );
      return lines.map(([, ref = '']) => ref.slice('refs/heads/'.length));
    },
    dropMirrors: (madeBefore, live) => mirrors.drop(madeBefore, live),
    fetch: (repository, commits, live) =>
      mirrors.use(repository, [], () => mirrors.fetch(repository, commits, live), live),
    isAncestor: (repository, ancestor, descendant) =>
      onMirror(repository, [ancestor, descendant], (local) => history.isAncestor(local, ancestor, descendant)),
    mergeBase: (repository, one, other) =>
      onMirror(repository, [one, other], (local) => history.mergeBase(local, one, other)),
    treeOf: (repository, commit) => onMirror(repository, [commit], (local) => history.treeOf(local, commit)),
    mergeTree: ({ repository, ...sides }) =>
      onMirror(repository, Object.values(sides), (local) => trees.mergeTree(local, sides)),
    commitTree: ({ repository, ...commit }) =>
      onMirror(repository, [...commit.parents, commit.dateOf], (local) => trees.commitTree(local, commit)),
    commitInfo: (repository, commit) => onMirror(repository, [commit], (local) => history.commitInfo(local, commit)),
    firstParents: ({ repository, ...range }) =>
      onMirror(repository, [range.from, ...(range.until ? [range.until] : [])], (local) =>
        history.firstParents(local, range),
      ),
    push: (request, live) =>
      onMirror(
        request.repository,
        [request.commit, request.expected].filter(isCommit),
        (local) => push(local, request, live),
        live,
      ),
    changedPaths: (repository, from, to) =>
      onMirror(repository, [from, to], (local) => history.changedPaths(local, from, to)),
    readFile: (repository, commit, path) =>
      onMirror(repository, [commit], (local) => history.readFile(local, commit, path)),
    replaceFile: (repository, commit, file) =>
      onMirror(repository, [commit], (local) => trees.replaceFile(local, commit, file)),
    exportTree: ({ repository, ...request }, live) =>
      onMirror(repository, [request.commit], (local) => exportTree(local, request, live), live),
  };
}

function isCommit(value: Commit | null): value is Commit {
  return value !== null;
}

function refsIn(repository: RepositoryName, asked: string[], lines: string[][]): RemoteRefs {
  const symref = lines.find(([value, name]) => name === 'HEAD' && value?.startsWith('ref: '))?.[0];
  const main = lines.find(([value, name]) => name === 'HEAD' && !value?.startsWith('ref: '))?.[0];
  if (!symref || !main) throw new GitError('unreadable', `${repository} is empty: it has no default branch`);
  const refs: Record<string, Commit> = {};
  // A pattern of ls-remote also matches the end of longer names.
  for (const [value, name] of lines) if (value && name && name !== 'HEAD' && asked.includes(name)) refs[name] = value;
  return { defaultBranch: symref.slice('ref: refs/heads/'.length), main, refs };
}
