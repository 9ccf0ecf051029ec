import { afterEach, describe, expect, test } from '@jest/globals';
import { botClient, cleanUp, restClient, startGitHub } from './github-support.ts';

afterEach(cleanUp);

async function openPull() {
  const github = await startGitHub();
  const { admin } = github;
  await admin.createRepository('acme/api');
  const head = await admin.commit('acme/api', 'feature', { files: { 'a.txt': 'a' }, message: 'a', author: 'ann' });
  for (const [login, role] of [
    ['ann', 'write'],
    ['cat', 'read'],
  ] as const)
    admin.setRole(login, 'acme/api', role);
  await admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
  const person = (login: string) => restClient(github, `token ${admin.addPerson(login).token}`);
  return { github, admin, head, bot: await botClient(github), ann: person('ann'), cat: person('cat') };
}

const COMMENTS = '/repos/acme/api/issues/1/comments';
const comment = (id: number) => `/repos/acme/api/issues/comments/${id}`;
const CHECKS = '/repos/acme/api/check-runs';

describe('comments', () => {
  test('are written, read, edited and deleted', async () => {
    const { bot } = await openPull();
    const made = await bot('POST', COMMENTS, { body: 'Hello' });
    expect(made).toMatchObject({ status: 201, body: { body: 'Hello', user: { login: 'lockstep[bot]' } } });
    expect(made.body.performed_via_github_app.slug).toBe('lockstep');
    const { id } = made.body;
    expect((await bot('PATCH', comment(id), { body: 'Hello again' })).body.body).toBe('Hello again');
    expect((await bot('GET', comment(id))).body.body).toBe('Hello again');
    expect((await bot('GET', '/repos/acme/api/pulls/1')).body.comments).toBe(1);
    expect((await bot('DELETE', comment(id))).status).toBe(204);
    expect((await bot('GET', comment(id))).status).toBe(404);
    expect((await bot('GET', COMMENTS)).body).toEqual([]);
  });

  test('are listed in pages', async () => {
    const { admin, bot } = await openPull();
    for (const body of ['1', '2', '3']) await admin.comment('acme/api', 1, { author: 'ann', body });
    const second = await bot('GET', `${COMMENTS}?per_page=2&page=2`);
    expect(second.body.map((one: { body: string }) => one.body)).toEqual(['3']);
    expect(second.headers.get('link')).toMatch(/page=1>; rel="prev"/);
  });

  test('are refused empty, too long, or where there is nothing to comment on', async () => {
    const { bot } = await openPull();
    expect((await bot('POST', COMMENTS, { body: ' ' })).status).toBe(422);
    expect((await bot('POST', COMMENTS, { body: 'x'.repeat(65_537) })).status).toBe(422);
    expect((await bot('POST', COMMENTS, { body: 'x'.repeat(65_536) })).status).toBe(201);
    expect((await bot('POST', COMMENTS, {})).status).toBe(422);
    expect((await bot('POST', '/repos/acme/api/issues/7/comments', { body: 'x' })).status).toBe(404);
  });

  test('of others are changed by those with write access only, and by no App', async () => {
    const { admin, bot, ann, cat } = await openPull();
    const id = await admin.comment('acme/api', 1, { author: 'ben', body: 'Mine' });
    expect((await cat('PATCH', comment(id), { body: 'x' })).status).toBe(403);
    expect((await bot('PATCH', comment(id), { body: 'x' })).status).toBe(403);
    expect((await ann('PATCH', comment(id), { body: 'x' })).status).toBe(200);
    expect((await cat('POST', COMMENTS, { body: 'Readers may comment' })).status).toBe(201);
  });

  test('get reactions, each once', async () => {
    const { admin, bot } = await openPull();
    const id = await admin.comment('acme/api', 1, { author: 'ann', body: '/lockstep approve' });
    const react = (content: string) => bot('POST', `${comment(id)}/reactions`, { content });
    expect((await react('eyes')).status).toBe(201);
    expect((await react('eyes')).status).toBe(200);
    expect((await react('sad')).status).toBe(422);
    expect((await bot('GET', `${comment(id)}/reactions`)).body).toMatchObject([{ content: 'eyes' }]);
    expect((await bot('GET', comment(id))).body.reactions).toMatchObject({ total_count: 1, eyes: 1 });
  });
});

describe('check runs', () => {
  test('go from queued to an end, and are found by commit', async () => {
    const { head, bot } = await openPull();
    const { id } = (await bot('POST', CHECKS, { name: 'lockstep', head_sha: head, external_id: 'p1' })).body;
    const run = `${CHECKS}/${id}`;
    expect((await bot('GET', run)).body).toMatchObject({ status: 'queued', conclusion: null, external_id: 'p1' });
    await bot('PATCH', run, { status: 'in_progress', output: { title: 'Testing', summary: '1 of 2' } });
    expect((await bot('PATCH', run, { status: 'completed' })).status).toBe(422);
    const done = await bot('PATCH', run, { conclusion: 'success' });
    expect(done.body).toMatchObject({ status: 'completed', output: { title: 'Testing', summary: '1 of 2' } });
    expect(done.body.completed_at).toMatch(/Z$/);
    expect(done.body.pull_requests).toMatchObject([{ number: 1, head: { sha: head } }]);
  });

  test('of one name are shown by the newest', async () => {
    const { head, bot } = await openPull();
    for (const conclusion of ['action_required', 'success']) {
      await bot('POST', CHECKS, { name: 'lockstep', head_sha: head, conclusion });
    }
    const list = async (query: string) => (await bot('GET', `/repos/acme/api/commits/feature/check-runs${query}`)).body;
    expect(await list('')).toMatchObject({ total_count: 1, check_runs: [{ conclusion: 'success' }] });
    expect(await list('?filter=all')).toMatchObject({ total_count: 2 });
    expect(await list('?check_name=other')).toMatchObject({ total_count: 0 });
    const bySha = await bot('GET', `/repos/acme/api/commits/${head}/check-runs`);
    expect(bySha.body.total_count).toBe(1);
  });

  test('collect annotations, fifty a request', async () => {
    const { head, bot } = await openPull();
    const note = { path: 'changesets/x.yaml', start_line: 7, end_line: 7, annotation_level: 'failure', message: 'bad' };
    const output = (count: number) => ({
      title: 'T',
      summary: 'S',
      annotations: Array.from({ length: count }, () => note),
    });
    const made = await bot('POST', CHECKS, { name: 'lockstep', head_sha: head, output: output(50) });
    const run = `${CHECKS}/${made.body.id}`;
    expect((await bot('PATCH', run, { output: output(51) })).status).toBe(422);
    expect((await bot('PATCH', run, { output: output(10) })).body.output.annotations_count).toBe(60);
    const listed = await bot('GET', `${run}/annotations?per_page=100`);
    expect(listed.body).toHaveLength(60);
    expect(listed.body[0]).toMatchObject({ path: 'changesets/x.yaml', start_line: 7, message: 'bad' });
  });

  test('are the App’s alone, on commits that exist, within the limits of their buttons', async () => {
    const { head, bot, ann } = await openPull();
    const run = { name: 'lockstep', head_sha: head };
    expect((await ann('POST', CHECKS, run)).status).toBe(403);
    expect((await bot('POST', CHECKS, { ...run, head_sha: '1'.repeat(40) })).status).toBe(422);
    const action = { label: 'Approve', description: 'Land it', identifier: 'x'.repeat(21) };
    expect((await bot('POST', CHECKS, { ...run, actions: [action] })).status).toBe(422);
  });
});

describe('contents, refs and comparisons', () => {
  test('come from git at any commit', async () => {
    const { admin, head, bot } = await openPull();
    await admin.commit('acme/api', 'main', {
      files: { 'd/é f.txt': 'text\n', 'd/x.sh': { text: '#!/bin/sh\n', executable: true } },
      message: 'd',
    });
    const file = await bot('GET', `/repos/acme/api/contents/${encodeURIComponent('d/é f.txt')}`);
    expect(Buffer.from(file.body.content, 'base64').toString()).toBe('text\n');
    const folder = await bot('GET', '/repos/acme/api/contents/d?ref=main');
    expect(folder.body.map((entry: { path: string }) => entry.path)).toEqual(['d/x.sh', 'd/é f.txt']);
    expect((await bot('GET', '/repos/acme/api/contents/a.txt?ref=feature')).body.sha).toHaveLength(40);
    expect((await bot('GET', `/repos/acme/api/contents/a.txt?ref=${head}`)).status).toBe(200);
    expect((await bot('GET', '/repos/acme/api/contents/a.txt')).status).toBe(404);
    const binary = await admin.commit('acme/api', 'main', { files: { long: 'é'.repeat(1000) }, message: 'long' });
    const long = (await bot('GET', `/repos/acme/api/contents/long?ref=${binary}`)).body;
    expect(Buffer.from(long.content, 'base64').toString()).toBe('é'.repeat(1000));
  });

  test('branches and refs with slashes are found', async () => {
    const { admin, head, bot } = await openPull();
    await admin.moveRef('acme/api', 'lockstep/1/a', head);
    const ref = await bot('GET', '/repos/acme/api/git/ref/heads/lockstep/1/a');
    expect(ref.body).toMatchObject({ ref: 'refs/heads/lockstep/1/a', object: { sha: head } });
    expect((await bot('GET', `/repos/acme/api/branches/${encodeURIComponent('lockstep/1/a')}`)).body.commit.sha).toBe(
      head,
    );
    expect((await bot('GET', '/repos/acme/api/git/matching-refs/heads/lockstep')).body).toHaveLength(1);
    expect((await bot('GET', '/repos/acme/api/branches')).body).toHaveLength(3);
    expect((await bot('DELETE', '/repos/acme/api/git/refs/heads/lockstep/1/a')).status).toBe(204);
    expect((await bot('GET', '/repos/acme/api/git/ref/heads/lockstep/1/a')).status).toBe(404);
    expect(admin.record().at(-1)).toMatchObject({ old: head, new: null, by: 'lockstep[bot]', via: 'rest' });
    admin.protect('acme/api');
    expect((await bot('DELETE', '/repos/acme/api/git/refs/heads/main')).status).toBe(422);
    expect((await bot('GET', '/repos/acme/api/branches/main')).body.protected).toBe(true);
  });

  test('a comparison says how two commits stand to each other', async () => {
    const { admin, head, bot } = await openPull();
    const compare = async (basehead: string) => (await bot('GET', `/repos/acme/api/compare/${basehead}`)).body;
    expect(await compare('main...feature')).toMatchObject({ status: 'ahead', ahead_by: 1, behind_by: 0 });
    expect(await compare('feature...main')).toMatchObject({ status: 'behind' });
    expect(await compare('main...main')).toMatchObject({ status: 'identical', commits: [] });
    await admin.commit('acme/api', 'main', { files: { m: 'm' }, message: 'm' });
    const apart = await compare(`main...${head}`);
    expect(apart).toMatchObject({ status: 'diverged', ahead_by: 1, behind_by: 1, files: [{ filename: 'a.txt' }] });
    expect((await bot('GET', '/repos/acme/api/compare/main...nowhere')).status).toBe(404);
  });
});
