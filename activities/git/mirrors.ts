/**
 * Bare mirrors, one per repository. A mirror is a cache: it is made by temp and rename, and when git says that it is
 * damaged it is removed and made anew. Its `HEAD` points nowhere and `info/attributes` switches off everything that
 * a repository's own `.gitattributes` could ask for, so that bytes stay as they were committed.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import type { Live } from '../../src/ports.ts';
import { GitError } from './errors.ts';
import { withLock } from './lock.ts';
import type { GitOptions } from './options.ts';
import { callRemoteOrThrow } from './remote.ts';
import { runGit } from './run.ts';
import { gitEnvironment } from './settings.ts';

const ATTRIBUTES = '* -text !eol -ident -filter !working-tree-encoding !merge -export-ignore -export-subst\n';
const KEEP = 'refs/lockstep/keep';
const HOUR_MS = 3_600_000;

/** Local work has no activity's life to follow; it is short, and a damaged mirror's renewal has its own time limit. */
export const ALONE: Live = { signal: new AbortController().signal };

export class Mirrors {
  private readonly options: GitOptions;

  constructor(options: GitOptions) {
    this.options = options;
  }

  pathOf(repository: RepositoryName): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]*\/(?!\.\.?$)[A-Za-z0-9._-]+$/.test(repository)) {
      throw new GitError('failed', `"${repository}" is not a repository name (expected owner/name)`);
    }
    return join(this.options.dataDir, 'mirrors', `${repository}.git`);
  }

  /** Runs `work` on the mirror, making it first; a damaged one is made anew, with `commits`, and `work` runs once more. */
  async use<T>(
    repository: RepositoryName,
    commits: readonly Commit[],
    work: (gitDir: string) => Promise<T>,
    live = ALONE,
  ): Promise<T> {
    const gitDir = await this.ensure(repository, live);
    try {
      return await work(gitDir);
    } catch (error) {
      if (!(error instanceof GitError && error.reason === 'corrupt')) throw error;
      await this.renew(repository, live);
      await this.fetch(repository, commits, live);
      return work(gitDir);
    }
  }

  /** Makes commits present with their history. */
  async fetch(repository: RepositoryName, commits: readonly Commit[], live: Live): Promise<void> {
    const gitDir = await this.ensure(repository, live);
    const missing = await this.missing(gitDir, commits);
    if (missing.length === 0) return;
    await withLock(gitDir, live, async () => {
      await this.sweep(gitDir);
      const refspecs = missing.map((commit) => `+${commit}:${KEEP}/${commit}`);
      await this.download(repository, gitDir, refspecs, live);
    });
  }

  /** Each under its lock, and out of the way in one step: nobody finds half of one. */
  async drop(madeBefore: number, live: Live): Promise<number> {
    let dropped = 0;
    for (const gitDir of await this.all()) {
      await withLock(gitDir, live, async () => {
        const made = await stat(join(gitDir, 'info', 'attributes')).catch(() => undefined);
        if (made === undefined || made.mtimeMs >= madeBefore) return;
        const gone = `${gitDir}.new-${randomUUID()}`;
        await rename(gitDir, gone);
        await rm(gone, { recursive: true, force: true });
        dropped += 1;
      });
    }
    return dropped;
  }

  private async all(): Promise<string[]> {
    const root = join(this.options.dataDir, 'mirrors');
    const owners = (await readdir(root).catch(() => [])).filter((name) => !name.startsWith('.'));
    const names = owners.map(async (owner) => {
      const found = await readdir(join(root, owner)).catch(() => []);
      return found.filter((name) => name.endsWith('.git')).map((name) => join(root, owner, name));
    });
    return (await Promise.all(names)).flat();
  }

  private async missing(gitDir: string, commits: readonly Commit[]): Promise<Commit[]> {
    if (commits.length === 0) return [];
    const end = await runGit({
      args: ['cat-file', '--batch-check=%(objecttype)'],
      gitDir,
      environment: gitEnvironment(this.options),
      stdin: commits.map((commit) => `${commit}\n`).join(''),
    });
    const types = end.stdout.toString('utf8').split('\n');
    return commits.filter((_, index) => types[index] !== 'commit');
  }

  private async ensure(repository: RepositoryName, live: Live): Promise<string> {
    const gitDir = this.pathOf(repository);
    if (existsSync(gitDir)) return gitDir;
    await mkdir(dirname(gitDir), { recursive: true });
    await withLock(gitDir, live, async () => {
      if (!existsSync(gitDir)) await this.make(repository, gitDir, live);
    });
    return gitDir;
  }

  private async renew(repository: RepositoryName, live: Live): Promise<void> {
    const gitDir = this.pathOf(repository);
    await withLock(gitDir, live, async () => {
      await rm(gitDir, { recursive: true, force: true });
      await this.make(repository, gitDir, live);
    });
  }

  private async make(repository: RepositoryName, gitDir: string, live: Live): Promise<void> {
    const folder = dirname(gitDir);
    const prefix = `${basename(gitDir)}.new-`;
    // We hold the lock: what lies here is of a process that died.
    for (const name of await readdir(folder)) {
      if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
    }
    // Not a temporary folder, which only its maker may read: the test worker may be another user.
    const fresh = join(folder, `${prefix}${randomUUID()}`);
    await mkdir(fresh);
    try {
      const init = await runGit({
        args: ['init', '--quiet', '--bare', '--template=', '--initial-branch=none', fresh],
        environment: gitEnvironment(this.options),
      });
      if (init.code !== 0) throw new GitError('failed', `git init: ${init.stderr}`);
      await mkdir(join(fresh, 'info'), { recursive: true });
      await writeFile(join(fresh, 'info', 'attributes'), ATTRIBUTES);
      await this.download(repository, fresh, ['+HEAD:refs/lockstep/main'], live);
      await rename(fresh, gitDir);
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }

  private async download(repository: RepositoryName, gitDir: string, refspecs: string[], live: Live): Promise<void> {
    const args = ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-gc', '--end-of-options'];
    const url = this.options.remoteUrl(repository);
    await callRemoteOrThrow(
      this.options,
      { repository, access: 'read', args: [...args, url, ...refspecs], gitDir },
      live,
    );
  }

  /** Removes what a killed fetch left. Under the mirror's lock, so no lock file of git's is anybody's. */
  private async sweep(gitDir: string): Promise<void> {
    for (const name of await readdir(join(gitDir, KEEP)).catch(() => [])) {
      if (name.endsWith('.lock')) await rm(join(gitDir, KEEP, name), { force: true });
    }
    for (const lock of ['packed-refs.lock', 'shallow.lock']) await rm(join(gitDir, lock), { force: true });
    const packs = join(gitDir, 'objects', 'pack');
    for (const name of await readdir(packs).catch(() => [])) {
      if (!name.startsWith('tmp_')) continue;
      const { mtimeMs } = await stat(join(packs, name)).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (Date.now() - mtimeMs > HOUR_MS) await rm(join(packs, name), { force: true });
    }
  }
}
