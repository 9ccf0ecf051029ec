import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import type { LocalGitHub } from '../../server/local/github/index.ts';
import { until } from '../support/until.ts';
import {
  botClient,
  cleanUp,
  cloneOf,
  head,
  installationToken,
  remote,
  runGit,
  startGitHub,
  temporaryFolder,
} from './github-support.ts';

afterEach(cleanUp);

/** A protected repository, a person who may write, and clones of both the person and the bot. */
async function protectedRepository(options: { coordinator?: boolean } = {}) {
  const github = await startGitHub();
  const { main } = await github.admin.createRepository('acme/api');
  github.admin.protect('acme/api', options);
  const { token } = github.admin.addPerson('ann');
  github.admin.setRole('ann', 'acme/api', 'admin');
  const bot = await installationToken(github);
  return { github, main, ann: await cloneOf(github, 'acme/api', token), bot: await cloneOf(github, 'acme/api', bot) };
}

async function commitIn(clone: string, file: string, text = `${file}\n`): Promise<string> {
  await mkdir(join(clone, file, '..'), { recursive: true });
  await writeFile(join(clone, file), text);
  await runGit(clone, 'add', '-A');
  await runGit(clone, 'commit', '-q', '-m', `Add ${file}`);
  return head(clone);
}

const push = (clone: string, ...args: string[]) => runGit(clone, 'push', '--porcelain', 'origin', ...args);
const mainOf = (github: LocalGitHub) => github.admin.readRef('acme/api', 'main');

describe('main is protected in the receive path', () => {
  test("a person's push to main is refused, whatever their role, and other refs of the push with it", async () => {
    const { github, main, ann } = await protectedRepository();
    await commitIn(ann, 'x.txt');
    const { code, output } = await push(ann, 'HEAD:refs/heads/main', 'HEAD:refs/heads/other');
    expect(code).toBe(1);
    expect(output).toMatch(
      /!\tHEAD:refs\/heads\/main\t\[remote rejected\] \(push declined due to repository rule viol/,
    );
    expect(output).toMatch(/remote: error: GH013: Repository rule violations found for refs\/heads\/main\./);
    expect(output).toMatch(/remote: - Cannot update this protected ref\./);
    expect(await mainOf(github)).toBe(main);
    expect(await github.admin.readRef('acme/api', 'other')).toBeNull();
  });

  test('on the coordinator too: its bypass is for pull requests, not for pushes', async () => {
    const { github, main, ann } = await protectedRepository({ coordinator: true });
    await commitIn(ann, 'x.txt');
    expect((await push(ann, 'HEAD:refs/heads/main')).output).toMatch(/Cannot update this protected ref/);
    expect(await mainOf(github)).toBe(main);
  });

  test('the App fast-forwards it', async () => {
    const { github, main, bot } = await protectedRepository();
    const next = await commitIn(bot, 'x.txt');
    const lease = `--force-with-lease=refs/heads/main:${main}`;
    expect(await push(bot, lease, `${next}:refs/heads/main`)).toMatchObject({ code: 0 });
    expect(await mainOf(github)).toBe(next);
    expect(github.admin.record().at(-1)).toMatchObject({
      repository: 'acme/api',
      ref: 'refs/heads/main',
      old: main,
      new: next,
      by: 'lockstep[bot]',
      via: 'git',
    });
    expect((await push(bot, lease, `${next}:refs/heads/main`)).code).toBe(0);
  });

  test('nobody force-pushes or deletes it, not even the App', async () => {
    const { github, bot } = await protectedRepository();
    const next = await commitIn(bot, 'x.txt');
    await push(bot, 'HEAD:refs/heads/main');
    await runGit(bot, 'reset', '-q', '--hard', 'HEAD~1');
    await commitIn(bot, 'sibling.txt');
    const forced = await push(bot, '--force', 'HEAD:refs/heads/main');
    expect(forced.output).toMatch(/\[remote rejected\] \(push declined due to repository rule violations\)/);
    expect(forced.output).toMatch(/Cannot force-push to this branch/);
    expect((await push(bot, ':refs/heads/main')).output).toMatch(/Cannot delete this protected ref/);
    expect(await mainOf(github)).toBe(next);
  });

  test('other branches are free: staging refs can be replaced and deleted', async () => {
    const { github, bot } = await protectedRepository();
    await commitIn(bot, 'x.txt');
    await push(bot, 'HEAD:refs/heads/lockstep/1/a');
    await runGit(bot, 'reset', '-q', '--hard', 'HEAD~1');
    const sibling = await commitIn(bot, 'y.txt');
    expect((await push(bot, '--force', 'HEAD:refs/heads/lockstep/1/a')).code).toBe(0);
    expect(await github.admin.readRef('acme/api', 'lockstep/1/a')).toBe(sibling);
    expect((await push(bot, ':refs/heads/lockstep/1/a')).code).toBe(0);
    expect(await github.admin.readRef('acme/api', 'lockstep/1/a')).toBeNull();
  });
});

describe('rules that appear later', () => {
  test('bind the App, and can be read by it before it pushes', async () => {
    const { github, main, bot } = await protectedRepository();
    const id = github.admin.addRule('acme/api', { type: 'required_signatures' });
    const client = await botClient(github);
    const rules = await client('GET', '/repos/acme/api/rules/branches/main');
    expect(rules.body.map((rule: { type: string }) => rule.type)).toEqual([
      'update',
      'non_fast_forward',
      'deletion',
      'required_signatures',
    ]);
    const bypass = async (ruleset: number) =>
      (await client('GET', `/repos/acme/api/rulesets/${ruleset}`)).body.current_user_can_bypass;
    const ids: number[] = rules.body.map((rule: { ruleset_id: number }) => rule.ruleset_id);
    expect(await Promise.all(ids.map(bypass))).toEqual(['always', 'never', 'never', 'never']);
    await commitIn(bot, 'x.txt');
    expect((await push(bot, 'HEAD:refs/heads/main')).output).toMatch(/Commits must have verified signatures/);
    expect((await push(bot, 'HEAD:refs/heads/lockstep/1/a')).code).toBe(0);
    expect(await mainOf(github)).toBe(main);
    github.admin.removeRuleset('acme/api', id);
    expect((await push(bot, 'HEAD:refs/heads/main')).code).toBe(0);
    expect((await client('GET', '/repos/acme/api/rulesets')).body).toHaveLength(3);
    expect((await client('GET', '/repos/acme/api/branches/main/protection')).body.message).toBe('Branch not protected');
  });

  test('linear history is judged with the pushed objects', async () => {
    const { github, bot } = await protectedRepository();
    github.admin.addRule('acme/api', { type: 'required_linear_history' });
    await runGit(bot, 'checkout', '-q', '-b', 'side');
    await commitIn(bot, 'side.txt');
    await runGit(bot, 'checkout', '-q', 'main');
    await commitIn(bot, 'x.txt');
    expect((await push(bot, 'HEAD:refs/heads/main')).code).toBe(0);
    await runGit(bot, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
    expect((await push(bot, 'HEAD:refs/heads/main')).output).toMatch(/must not contain merge commits/);
  });

  test('required checks are judged by what ran on the pushed commit', async () => {
    const { github, bot } = await protectedRepository();
    github.admin.protect('acme/api', { requiredChecks: ['build'] });
    const sha = await commitIn(bot, 'x.txt');
    expect((await push(bot, 'HEAD:refs/heads/main')).output).toMatch(/Required status check "build" is expected/);
    await push(bot, 'HEAD:refs/heads/staging');
    const client = await botClient(github);
    const run = { name: 'build', head_sha: sha, status: 'completed', conclusion: 'success' };
    expect((await client('POST', '/repos/acme/api/check-runs', run)).status).toBe(201);
    expect((await push(bot, 'HEAD:refs/heads/main')).code).toBe(0);
  });
});

test('the App changes no workflow file without the permission, not even by a merge; people do', async () => {
  const { github, ann, bot } = await protectedRepository();
  await commitIn(ann, '.github/workflows/ci.yml');
  expect((await push(ann, 'HEAD:refs/heads/feature')).code).toBe(0);
  await runGit(bot, 'fetch', '-q', 'origin');
  await commitIn(bot, 'x.txt');
  await runGit(bot, 'merge', '-q', '--no-ff', '-m', 'Merge feature', 'origin/feature');
  const { output } = await push(bot, 'HEAD:refs/heads/lockstep/1/a');
  expect(output).toMatch(
    /refusing to allow a GitHub App to create or update workflow `.github\/workflows\/ci.yml` without/,
  );
  expect(await github.admin.readRef('acme/api', 'lockstep/1/a')).toBeNull();
});

test('pushes to one repository are really concurrent, and git decides which comes first', async () => {
  const { github, main, bot } = await protectedRepository();
  const clones = [
    bot,
    ...(await Promise.all([1, 2, 3].map(async () => cloneOf(github, 'acme/api', await installationToken(github))))),
  ];
  const tips = await Promise.all(clones.map((clone, index) => commitIn(clone, `${index}.txt`)));
  const outcomes = await Promise.all(clones.map((clone) => push(clone, 'HEAD:refs/heads/main')));
  const winners = outcomes.flatMap(({ code }, index) => (code === 0 ? [tips[index]] : []));
  expect(winners).toHaveLength(1);
  expect(await mainOf(github)).toBe(winners[0]);
  const moves = github.admin.record().filter((update) => update.ref === 'refs/heads/main' && update.old !== null);
  expect(moves.map((update) => [update.old, update.new])).toEqual([[main, winners[0]]]);
});

test('a push whose client goes away after sending it is made all the same, and recorded', async () => {
  const { github, main, bot } = await protectedRepository();
  const tip = await commitIn(bot, 'x.txt');
  const pack = await execa('git', ['pack-objects', '--stdout', '--revs', '-q'], {
    cwd: bot,
    input: `${tip}\n^${main}\n`,
    encoding: 'buffer',
  });
  const command = `${main} ${tip} refs/heads/main\0report-status side-band-64k\n`;
  const body = Buffer.concat([
    Buffer.from(`${(command.length + 4).toString(16).padStart(4, '0')}${command}0000`),
    Buffer.from(pack.stdout),
  ]);
  const token = await installationToken(github);
  const request = [
    'POST /acme/api.git/git-receive-pack HTTP/1.1',
    `Host: ${new URL(github.url).host}`,
    `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
    'Content-Type: application/x-git-receive-pack-request',
    `Content-Length: ${body.length}`,
  ];
  const socket = connect(Number(new URL(github.url).port), '127.0.0.1');
  socket.write(`${request.join('\r\n')}\r\n\r\n`);
  // Gone as soon as the bytes have left, without reading a word of the answer.
  socket.write(body, () => socket.destroy());
  await until('it is recorded', () => github.admin.record().some((update) => update.new === tip));
  expect(await mainOf(github)).toBe(tip);
});

test('any commit can be fetched by its id, and a pull request by its number', async () => {
  const { github, ann } = await protectedRepository();
  const orphan = await github.admin.commit('acme/api', 'gone', { files: { 'gone.txt': '1' }, message: 'Gone' });
  const number = await github.admin.openPullRequest('acme/api', { head: 'gone', title: 'Gone', author: 'ann' });
  await github.admin.moveRef('acme/api', 'gone', null);
  const { token } = github.admin.addPerson('ann');
  const dir = await temporaryFolder();
  await runGit(dir, 'init', '-q');
  const fetched = await runGit(dir, 'fetch', '-q', '--depth=1', remote(github, 'acme/api', token), orphan);
  expect(fetched).toMatchObject({ code: 0 });
  expect(await head(dir, 'FETCH_HEAD')).toBe(orphan);
  expect((await runGit(ann, 'ls-remote', 'origin', `refs/pull/${number}/head`)).output).toMatch(orphan);
  expect((await push(ann, `HEAD:refs/pull/${number}/head`)).code).not.toBe(0);
});

test('an administrator with bypass moves main anywhere, and the record says so', async () => {
  const { github, main } = await protectedRepository();
  const foreign = await github.admin.commit('acme/api', 'main', {
    files: { 'x.txt': '1' },
    message: 'x',
    author: 'ann',
  });
  await github.admin.moveRef('acme/api', 'main', main);
  expect(await mainOf(github)).toBe(main);
  expect(github.admin.record().slice(-2)).toMatchObject([
    { old: main, new: foreign, by: 'ann', via: 'git' },
    { old: foreign, new: main, by: 'admin', via: 'admin' },
  ]);
});
