/** Temporary bare repositories made by real git, as the remotes of a test. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Live } from '../../src/ports.ts';

export type Files = Record<string, string | Buffer | { mode: string; content: string }>;

export interface TestRemote {
  path: string;
  /** Commits files (the whole tree) on parents, optionally moving a branch there; gives the commit. */
  commit(files: Files, where?: { parents?: string[]; branch?: string; message?: string }): string;
  git(...args: string[]): string;
}

export interface TestRoot {
  dir: string;
  /** A new one, where the root was not made from one that has it. */
  remote(repository: string): TestRemote;
  remove(): void;
}

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
};

/** `from`: begins as a copy of that root, which costs a fraction of making its repositories again. */
export function testRoot(from?: TestRoot): TestRoot {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-git-'));
  if (from !== undefined) cpSync(from.dir, dir, { recursive: true });
  return {
    dir,
    remote: (repository) => openRemote(join(dir, 'remotes', `${repository}.git`)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function openRemote(path: string): TestRemote {
  let clock = 1_700_000_000;
  const run = (args: string[], more: { input?: string | Buffer; env?: Record<string, string> } = {}) =>
    execFileSync('git', [`--git-dir=${path}`, ...args], {
      input: more.input ?? '',
      env: { ...ENVIRONMENT, ...more.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1e9,
    })
      .toString('utf8')
      .trim();
  if (!existsSync(path)) {
    mkdirSync(path, { recursive: true });
    run(['init', '--quiet', '--bare', '--initial-branch=main', path]);
    run(['config', 'http.receivepack', 'true']);
  }
  return {
    path,
    git: (...args) => run(args),
    commit(files, where = {}) {
      const env = { GIT_INDEX_FILE: join(path, 'test-index') };
      rmSync(env.GIT_INDEX_FILE, { force: true });
      const lines = Object.entries(files).map(([name, file]) => {
        const { mode, content } =
          typeof file === 'object' && !Buffer.isBuffer(file) ? file : { mode: '100644', content: file };
        const object = mode === '160000' ? String(content) : run(['hash-object', '-w', '--stdin'], { input: content });
        return `${mode} ${object}\t${name}\0`;
      });
      run(['update-index', '-z', '--index-info'], { env, input: lines.join('') });
      const tree = run(['write-tree', '--missing-ok'], { env });
      clock += 60;
      const date = `@${clock} +0200`;
      const parents = (where.parents ?? []).flatMap((parent) => ['-p', parent]);
      const commit = run(['commit-tree', tree, ...parents, '-m', where.message ?? 'change'], {
        env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      });
      if (where.branch) run(['update-ref', `refs/heads/${where.branch}`, commit]);
      return commit;
    },
  };
}

/** Long work that nobody cancels. */
export function alive(): Live {
  return { signal: new AbortController().signal };
}
