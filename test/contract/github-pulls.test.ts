import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import {
  botClient,
  cleanUp,
  cloneOf,
  head,
  installationToken,
  type Rest,
  restClient,
  runGit,
  startGitHub,
} from './github-support.ts';

afterEach(cleanUp);

const PULL = '/repos/acme/api/pulls/1';

/** A repository with one open pull request, `feature` into `main`. */
async function openPull(options: Parameters<typeof startGitHub>[0] = {}) {
  const github = await startGitHub(options);
  const { admin } = github;
  const { main } = await admin.createRepository('acme/api', {
    files: { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' },
  });
  const first = await admin.commit('acme/api', 'feature', {
    files: { 'a.txt': 'one\n2\nthree\n' },
    message: 'Change a',
    author: 'ann',
  });
  admin.setRole('ann', 'acme/api', 'write');
  const number = await admin.openPullRequest('acme/api', {
    head: 'feature',
    title: 'Change a',
    body: 'Why',
    author: 'ann',
  });
  expect(number).toBe(1);
  const bot = await botClient(github);
  return { github, admin, main, first, bot };
}

const merge = (client: Rest, body: object = {}) => client('PUT', `${PULL}/merge`, body);

describe('a pull request is true to git', () => {
  test('its files, commits and numbers come from there', async () => {
    const { admin, first, main, bot } = await openPull();
    await admin.commit('acme/api', 'feature', {
      files: { 'b.txt': null, 'c/d.txt': 'b\n', 'e.bin': '\u0000\u0001' },
      message: 'More',
      author: 'ann',
    });
    const { body } = await bot('GET', PULL);
    expect(body).toMatchObject({
      commits: 2,
      changed_files: 3,
      additions: 1,
      deletions: 1,
      state: 'open',
      merged: false,
    });
    expect(body).toMatchObject({ user: { login: 'ann' }, base: { ref: 'main', sha: main }, head: { ref: 'feature' } });
    const files = (await bot('GET', `${PULL}/files`)).body;
    expect(files).toMatchObject([
      { filename: 'a.txt', status: 'modified', patch: '@@ -1,3 +1,3 @@\n one\n-two\n+2\n three' },
      { filename: 'c/d.txt', status: 'renamed', previous_filename: 'b.txt', changes: 0 },
      { filename: 'e.bin', status: 'added' },
    ]);
    expect(files[2].patch).toBeUndefined();
    const commits = (await bot('GET', `${PULL}/commits`)).body;
    expect(commits[0]).toMatchObject({ sha: first, author: { login: 'ann' } });
    expect(commits).toHaveLength(2);
  });

  test('its head follows its branch on every push', async () => {
    const { github, admin, bot } = await openPull();
    const clone = await cloneOf(github, 'acme/api', await installationToken(github));
    await runGit(clone, 'checkout', '-q', 'feature');
    await runGit(clone, 'commit', '-q', '--allow-empty', '-m', 'status');
    await runGit(clone, 'push', '-q', 'origin', 'feature');
    expect((await bot('GET', PULL)).body.head.sha).toBe(await head(clone));
    const forced = await admin.commit('acme/api', 'other', { files: { 'z.txt': 'z' }, message: 'z' });
    await admin.moveRef('acme/api', 'feature', forced);
    expect((await bot('GET', PULL)).body.head.sha).toBe(forced);
  });

  test('nobody knows at first whether it merges cleanly', async () => {
    const { admin, bot } = await openPull();
    const known = () =>
      until('mergeable is known', async () => {
        const { body } = await bot('GET', PULL);
        return body.mergeable === null ? undefined : { mergeable: body.mergeable, state: body.mergeable_state };
      });
    expect((await bot('GET', PULL)).body).toMatchObject({ mergeable: null, mergeable_state: 'unknown' });
    expect(await known()).toEqual({ mergeable: true, state: 'clean' });
    admin.protect('acme/api', { requiredChecks: ['lockstep'] });
    expect(await known()).toEqual({ mergeable: true, state: 'blocked' });
    await admin.commit('acme/api', 'main', { files: { 'a.txt': 'one\nTWO\nthree\n' }, message: 'Conflict' });
    expect((await bot('GET', PULL)).body.mergeable).toBeNull();
    expect(await known()).toEqual({ mergeable: false, state: 'dirty' });
  });

  test('a head that becomes reachable from its base is marked merged, by whoever pushed', async () => {
    const { github, admin, bot, first } = await openPull();
    admin.protect('acme/api');
    const clone = await cloneOf(github, 'acme/api', await installationToken(github));
    await runGit(clone, 'merge', '-q', '--no-ff', '-m', 'Land', 'origin/feature');
    await runGit(clone, 'push', '-q', 'origin', 'HEAD:main');
    expect((await bot('GET', PULL)).body).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'lockstep[bot]' },
      merge_commit_sha: await head(clone),
      head: { sha: first },
    });
    expect((await bot('GET', `${PULL}/merge`)).status).toBe(204);
  });

  test('it is closed, not merged, when its branch is deleted, and reopened when that is back', async () => {
    const { admin, bot, first } = await openPull();
    await admin.moveRef('acme/api', 'feature', null);
    expect((await bot('GET', PULL)).body).toMatchObject({ state: 'closed', merged: false });
    expect((await bot('PATCH', PULL, { state: 'open' })).status).toBe(422);
    await admin.moveRef('acme/api', 'feature', first);
    expect((await bot('PATCH', PULL, { state: 'open' })).body.state).toBe('open');
    expect((await bot('GET', `${PULL}/merge`)).status).toBe(404);
  });
});

describe('pull requests are opened, edited and listed', () => {
  test('only between branches that differ, and once', async () => {
    const { bot } = await openPull();
    const open = (body: object) => bot('POST', '/repos/acme/api/pulls', { title: 'T', base: 'main', ...body });
    expect((await open({ head: 'feature' })).body.errors[0].message).toMatch(/already exists for acme:feature/);
    expect((await open({ head: 'main' })).body.errors[0].message).toMatch(/No commits between main and main/);
    expect((await open({ head: 'nowhere' })).status).toBe(422);
    expect((await open({})).status).toBe(422);
  });

  test('retargeted, retitled, closed and reopened', async () => {
    const { admin, main, bot } = await openPull();
    const release = await admin.commit('acme/api', 'release', { files: { 'r.txt': 'r' }, message: 'r', from: main });
    const edited = await bot('PATCH', PULL, { base: 'release', title: 'New title', body: 'Because' });
    expect(edited.body).toMatchObject({ base: { ref: 'release', sha: release }, title: 'New title', body: 'Because' });
    expect((await bot('PATCH', PULL, { state: 'closed' })).body).toMatchObject({ state: 'closed', merged: false });
    expect((await bot('PATCH', PULL, { state: 'open' })).body).toMatchObject({ state: 'open', closed_at: null });
    expect((await bot('PATCH', PULL, { base: 'nowhere' })).status).toBe(422);
  });

  test('by state, head and base, a page at a time', async () => {
    const { admin, bot } = await openPull();
    for (const branch of ['f2', 'f3', 'f4']) {
      await admin.commit('acme/api', branch, { files: { [branch]: branch }, message: branch });
      await bot('POST', '/repos/acme/api/pulls', { title: branch, head: branch, base: 'main', draft: branch === 'f4' });
    }
    await bot('PATCH', '/repos/acme/api/pulls/2', { state: 'closed' });
    const numbers = async (query: string) =>
      (await bot('GET', `/repos/acme/api/pulls?${query}`)).body.map((pull: { number: number }) => pull.number);
    expect(await numbers('')).toEqual([4, 3, 1]);
    expect(await numbers('state=closed')).toEqual([2]);
    expect(await numbers('state=all&direction=asc')).toEqual([1, 2, 3, 4]);
    expect(await numbers('head=acme:f3')).toEqual([3]);
    expect(await numbers('base=release')).toEqual([]);
    const first = await bot('GET', '/repos/acme/api/pulls?per_page=2');
    expect(first.body).toHaveLength(2);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(await numbers(next.split('?')[1] ?? '')).toEqual([1]);
    expect((await bot('GET', '/repos/acme/api/pulls/4')).body.draft).toBe(true);
    expect((await bot('GET', '/repos/acme/api/pulls/99')).status).toBe(404);
  });
});

describe('merging', () => {
  test('makes the commit that GitHub makes', async () => {
    const { admin, bot, main, first } = await openPull();
    const { status, body } = await merge(bot, { sha: first });
    expect([status, body.merged]).toEqual([200, true]);
    expect(await admin.readRef('acme/api', 'main')).toBe(body.sha);
    const commit = (await bot('GET', `/repos/acme/api/commits/${body.sha}`)).body;
    expect(commit.parents.map((parent: { sha: string }) => parent.sha)).toEqual([main, first]);
    expect(commit.commit.message).toBe('Merge pull request #1 from acme/feature\n\nChange a');
    expect((await bot('GET', PULL)).body).toMatchObject({ merged: true, merge_commit_sha: body.sha, state: 'closed' });
    expect(await merge(bot)).toMatchObject({ status: 405, body: { message: 'Pull Request is not mergeable' } });
    expect(admin.record().at(-1)).toMatchObject({ ref: 'refs/heads/main', by: 'lockstep[bot]', via: 'rest' });
  });

  test('by squash and by rebase, where the repository allows it', async () => {
    const { admin, bot, main } = await openPull();
    await admin.commit('acme/api', 'main', { files: { 'm.txt': 'm' }, message: 'Meanwhile' });
    await admin.commit('acme/api', 'feature', { files: { 'n.txt': 'n' }, message: 'And n', author: 'ann' });
    admin.setMergeMethods('acme/api', ['rebase']);
    expect((await merge(bot)).body.message).toBe('Merge commits are not allowed on this repository.');
    expect((await merge(bot, { merge_method: 'squash' })).status).toBe(405);
    expect((await merge(bot, { merge_method: 'rebase' })).status).toBe(200);
    const log = (await bot('GET', '/repos/acme/api/commits')).body;
    const messages = log.map((one: { commit: { message: string } }) => one.commit.message);
    expect(messages).toEqual(['And n', 'Change a', 'Meanwhile', 'Initial commit']);
    expect(log.at(-1).sha).toBe(main);
    expect((await bot('GET', PULL)).body).toMatchObject({ merged: true, state: 'closed' });
    admin.setMergeMethods('acme/api', ['squash']);
    await admin.commit('acme/api', 'late', { files: { 'l.txt': 'l' }, message: 'l' });
    const number = await admin.openPullRequest('acme/api', { head: 'late', title: 'Late', author: 'ann' });
    const squashed = await bot('PUT', `/repos/acme/api/pulls/${number}/merge`, { merge_method: 'squash' });
    const commit = (await bot('GET', `/repos/acme/api/commits/${squashed.body.sha}`)).body;
    expect(commit).toMatchObject({ commit: { message: 'Late (#2)' }, parents: [{ sha: log[0].sha }] });
  });

  test('is refused with 409 when the head is another, with 405 on conflict and for drafts', async () => {
    const { admin, bot, main } = await openPull();
    expect(await merge(bot, { sha: main })).toMatchObject({
      status: 409,
      body: { message: 'Head branch was modified. Review and try the merge again.' },
    });
    await admin.editPullRequest('acme/api', 1, { draft: true });
    expect((await merge(bot)).body.message).toBe('Pull Request is still a draft');
    await admin.editPullRequest('acme/api', 1, { draft: false });
    await admin.commit('acme/api', 'main', { files: { 'a.txt': 'one\nTWO\nthree\n' }, message: 'Conflict' });
    expect(await merge(bot)).toMatchObject({ status: 405, body: { message: 'Pull Request is not mergeable' } });
  });

  test.each([
    ['success', 200],
    ['neutral', 200],
    ['skipped', 200],
    ['failure', 405],
    ['cancelled', 405],
  ])('with a required check that ended in %s answers %i', async (conclusion, status) => {
    const { admin, bot, first } = await openPull();
    admin.protect('acme/api', { coordinator: true, requiredChecks: ['lockstep'] });
    const expected = 'Repository rule violations found\n\nRequired status check "lockstep" is expected.\n\n';
    expect((await merge(bot)).body.message).toBe(expected);
    await bot('POST', '/repos/acme/api/check-runs', { name: 'lockstep', head_sha: first, conclusion });
    expect((await merge(bot, { sha: first })).status).toBe(status);
  });

  test('on the coordinator is open to maintainers, elsewhere to the App alone', async () => {
    const { github, admin, main } = await openPull();
    const ann = restClient(github, `token ${admin.addPerson('ann').token}`);
    const cat = restClient(github, `token ${admin.addPerson('cat').token}`);
    admin.setRole('cat', 'acme/api', 'read');
    admin.protect('acme/api');
    expect((await merge(ann)).body.message).toMatch(/Cannot update this protected ref/);
    const rulesets = (await ann('GET', '/repos/acme/api/rulesets')).body;
    for (const { id } of rulesets) admin.removeRuleset('acme/api', id);
    admin.protect('acme/api', { coordinator: true });
    expect((await merge(cat)).status).toBe(403);
    expect(await admin.readRef('acme/api', 'main')).toBe(main);
    expect((await merge(ann)).status).toBe(200);
    expect(admin.record().at(-1)).toMatchObject({ by: 'ann', via: 'rest' });
  });
});
