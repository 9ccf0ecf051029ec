/** Mirrors under damage, company and cancellation. */

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { createGit } from '../../activities/git/createGit.ts';
import { MissingCommit } from '../../activities/git/errors.ts';
import type { Git } from '../../src/ports.ts';
import { type GitServer, startGitServer } from '../support/gitServer.ts';
import { program } from '../support/program.ts';
import { alive, type TestRemote, type TestRoot, testRoot } from '../support/repositories.ts';
import { until } from '../support/until.ts';

const REPOSITORY = 'acme/api';
let root: TestRoot;
let server: GitServer;
let remote: TestRemote;
let base: string;
let head: string;

beforeAll(async () => {
  root = testRoot();
  server = await startGitServer(join(root.dir, 'remotes'));
  remote = root.remote(REPOSITORY);
  base = remote.commit({ a: '1', b: 'x'.repeat(10_000) }, { branch: 'main' });
  head = remote.commit({ a: '2' }, { parents: [base], branch: 'feature' });
});

afterAll(async () => {
  await server.close();
  root.remove();
});

function gitIn(folder: string, credentials?: () => Promise<string>): Git {
  return createGit({
    dataDir: join(root.dir, folder),
    remoteUrl: (name) => `${server.url}/${name}.git`,
    protocols: ['http'],
    ...(credentials ? { credentials } : {}),
  });
}

const mirrorIn = (folder: string) => join(root.dir, folder, 'mirrors', `${REPOSITORY}.git`);

/** Command lines and environments of every process, as root sees them. */
function processes(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(mark));
}

describe('the remote as it is now', () => {
  it('gives the default branch, its tip and the refs that exist', async () => {
    const git = gitIn('refs');
    remote.git('update-ref', 'refs/heads/x/refs/heads/feature', base);
    const refs = await git.readRefs(REPOSITORY, ['refs/heads/feature', 'refs/heads/none'], alive());
    remote.git('update-ref', '-d', 'refs/heads/x/refs/heads/feature');
    expect(refs).toEqual({ defaultBranch: 'main', main: base, refs: { 'refs/heads/feature': head } });
    expect((await git.branchNames(REPOSITORY, alive())).sort()).toEqual(['feature', 'main']);
  });

  it('F35: a repository that is gone, and an empty one, are unreadable', async () => {
    root.remote('acme/empty');
    await expect(gitIn('refs').readRefs('acme/gone', [], alive())).rejects.toMatchObject({ reason: 'unreadable' });
    await expect(gitIn('refs').readRefs('acme/empty', [], alive())).rejects.toMatchObject({ reason: 'unreadable' });
    await expect(gitIn('refs').fetch('acme/empty', [base], alive())).rejects.toMatchObject({ reason: 'unreadable' });
  });

  it('a commit that nobody has is a MissingCommit; a remote in trouble is not', async () => {
    const git = gitIn('refs');
    await expect(git.fetch(REPOSITORY, ['2'.repeat(40)], alive())).rejects.toThrow(MissingCommit);
    server.fault = () => ({ status: 502 });
    await expect(git.readRefs(REPOSITORY, [], alive())).rejects.toMatchObject({ reason: 'network' });
    server.fault = () => undefined;
  });
});

describe('mirrors of a certain age', () => {
  it('are dropped whole and made anew at their next use; younger ones stay', async () => {
    const git = gitIn('aged');
    await git.fetch(REPOSITORY, [head], alive());
    const made = join(mirrorIn('aged'), 'info', 'attributes');
    expect(await git.dropMirrors(Date.now() - 60_000, alive())).toBe(0);
    utimesSync(made, new Date(0), new Date(0));
    expect(await git.dropMirrors(Date.now() - 60_000, alive())).toBe(1);
    expect(readdirSync(join(root.dir, 'aged', 'mirrors', 'acme'))).toEqual([]);
    expect(await git.dropMirrors(Date.now(), alive())).toBe(0);
    await git.fetch(REPOSITORY, [head], alive());
    expect(await git.isAncestor(REPOSITORY, base, head)).toBe(true);
    expect(await gitIn('never-made').dropMirrors(Date.now(), alive())).toBe(0);
  });
});

describe('F55: a damaged mirror is made anew', () => {
  const packs = (mirror: string) => readdirSync(join(mirror, 'objects/pack')).filter((name) => name.endsWith('.pack'));
  const damages: [string, (mirror: string) => void][] = [
    [
      'a pack cut short',
      (mirror) =>
        packs(mirror).forEach((name) => {
          truncateSync(join(mirror, 'objects/pack', name), 40);
        }),
    ],
    [
      'a pack gone',
      (mirror) =>
        packs(mirror).forEach((name) => {
          rmSync(join(mirror, 'objects/pack', name));
        }),
    ],
    ['no HEAD', (mirror) => rmSync(join(mirror, 'HEAD'))],
    [
      'an index cut short',
      (mirror) =>
        readdirSync(join(mirror, 'objects/pack'))
          .filter((name) => name.endsWith('.idx'))
          .forEach((name) => {
            truncateSync(join(mirror, 'objects/pack', name), 100);
          }),
    ],
    [
      'an empty folder',
      (mirror) => {
        rmSync(mirror, { recursive: true });
        mkdirSync(mirror);
      },
    ],
  ];
  it.each(damages)('%s', async (title, damage) => {
    const folder = `damaged ${title}`;
    const git = gitIn(folder);
    await git.fetch(REPOSITORY, [head], alive());
    const expected = await git.treeOf(REPOSITORY, head);
    execFileSync('chmod', ['-R', 'u+w', mirrorIn(folder)]);
    damage(mirrorIn(folder));
    await git.fetch(REPOSITORY, [base, head], alive());
    expect(await git.treeOf(REPOSITORY, head)).toBe(expected);
    const merged = await git.mergeTree({ repository: REPOSITORY, ours: base, theirs: head });
    expect(merged).toEqual({ kind: 'clean', tree: expected });
    execFileSync('git', ['--git-dir', mirrorIn(folder), 'fsck', '--connectivity-only'], { stdio: 'pipe' });
  });
});

describe('in company', () => {
  it('two processes at once make one whole mirror', async () => {
    const args = [...program('test/support/gitProcess.ts'), join(root.dir, 'two'), server.url, REPOSITORY, head];
    const run = async () => {
      const child = spawn(process.execPath, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (data) => {
        out += data;
      });
      child.stderr.on('data', (data) => {
        err += data;
      });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(err);
      return out.trim();
    };
    const trees = await Promise.all([run(), run()]);
    expect(trees).toEqual([remote.git('rev-parse', `${head}^{tree}`), remote.git('rev-parse', `${head}^{tree}`)]);
    expect(readdirSync(join(root.dir, 'two/mirrors/acme'))).toEqual(['api.git']);
  });

  it('a lock, a half-made mirror and a ref lock that a dead process left are taken over', async () => {
    const folder = 'left';
    const mirror = mirrorIn(folder);
    mkdirSync(`${mirror}.new-dead`, { recursive: true });
    mkdirSync(`${mirror}.lock`);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${mirror}.lock`, longAgo, longAgo);
    const git = gitIn(folder);
    await git.fetch(REPOSITORY, [base], alive());
    expect(readdirSync(join(root.dir, folder, 'mirrors/acme'))).toEqual(['api.git']);
    mkdirSync(join(mirror, 'refs/lockstep/keep'), { recursive: true });
    writeFileSync(join(mirror, 'refs/lockstep/keep', `${head}.lock`), '');
    await git.fetch(REPOSITORY, [head], alive());
    expect(await git.isAncestor(REPOSITORY, base, head)).toBe(true);
  });
});

describe('killed in the middle', () => {
  it('a cancelled fetch leaves no process', async () => {
    server.fault = ({ method }) => (method === 'POST' ? 'hang' : undefined);
    const controller = new AbortController();
    const fetching = gitIn('cancelled').fetch(REPOSITORY, [head], { signal: controller.signal });
    const ended = expect(fetching).rejects.toThrow('enough');
    await until('its processes to be there', () => processes('cancelled/mirrors').length > 0);
    controller.abort(new Error('enough'));
    await ended;
    await until('its processes to be gone', () => processes('cancelled/mirrors').length === 0);
    expect(existsSync(mirrorIn('cancelled'))).toBe(false);
    server.fault = () => undefined;
  });

  it('F27: no git outlives a worker that is killed', async () => {
    let hanging = 0;
    server.fault = ({ method }) => {
      if (method !== 'POST') return undefined;
      hanging += 1;
      return 'hang';
    };
    const args = [...program('test/support/gitProcess.ts'), join(root.dir, 'orphan'), server.url, REPOSITORY, head];
    const worker = spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, NODE_OPTIONS: '' } });
    const gits = () => processes('orphan/mirrors').filter((line) => line.includes('fetch'));
    await until('it to hang', () => hanging > 0);
    expect(gits().length).toBeGreaterThan(0);
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await until('git to be gone', () => gits().length === 0);
    server.fault = () => undefined;
  });

  it('the token is in no argument and in no file', async () => {
    const secret = 'ghs_secretsecretsecretsecret';
    const seen: string[] = [];
    server.fault = ({ authorization }) => {
      seen.push(...processes(secret));
      return authorization ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } };
    };
    await gitIn('secret', async () => secret).fetch(REPOSITORY, [head], alive());
    server.fault = () => undefined;
    expect(seen).toEqual([]);
    expect(() => execFileSync('grep', ['-r', secret, join(root.dir, 'secret')])).toThrow();
  });
});

it('F17: a full disk fails a fetch and a log so that they are tried again, and leaves nothing half behind', async () => {
  const folder = join(root.dir, 'full');
  mkdirSync(folder);
  const large = root.remote('acme/large');
  const commit = large.commit({ noise: randomBytes(1_500_000).toString('latin1') }, { branch: 'main' });
  const disk = ['--dev-bind', '/', '/', '--size', String(8 * 1024 * 1024), '--tmpfs', folder];
  const what = [folder, server.url, 'acme/large', commit];
  const command = [...disk, process.execPath, ...program('test/support/fullDisk.ts'), ...what];
  const { stdout } = await execa('bwrap', command);
  expect(JSON.parse(stdout)).toEqual({
    full: {
      fetch: expect.stringMatching(/^tried again: .*No space left on device/s),
      log: expect.stringMatching(/^tried again: the log run could not be kept: .*ENOSPC/),
    },
    again: { fetch: 'done', log: 'done' },
    fsck: expect.not.stringMatching(/missing|dangling|broken|error/),
  });
});
