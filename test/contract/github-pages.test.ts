import { afterEach, expect, test } from '@jest/globals';
import { botClient, cleanUp, startGitHub } from './github-support.ts';

afterEach(cleanUp);

async function site() {
  const github = await startGitHub();
  const { admin } = github;
  await admin.createRepository('acme/api', { files: { 'README.md': '# The API\n', 'src/a.ts': 'export {};\n' } });
  admin.protect('acme/api');
  const head = await admin.commit('acme/api', 'feature/x', {
    files: { 'src/a.ts': 'const a = "<b>";\n' },
    message: 'Change a',
    author: 'ann',
  });
  await admin.openPullRequest('acme/api', { head: 'feature/x', title: 'Change <a>', body: 'Why', author: 'ann' });
  const get = async (path: string) => {
    const response = await fetch(`${github.url}${path}`);
    return {
      status: response.status,
      text: await response.text(),
      policy: response.headers.get('content-security-policy'),
    };
  };
  return { github, admin, head, get, bot: await botClient(github) };
}

test('a pull request is shown with its conversation, checks, commits and files', async () => {
  const { admin, head, get, bot } = await site();
  await admin.comment('acme/api', 1, {
    author: 'lockstep[bot]',
    body: '<!-- marker -->\n| changeset | state |\n| --- | --- |\n| `x` | landed |',
  });
  const run = await bot('POST', '/repos/acme/api/check-runs', {
    name: 'lockstep',
    head_sha: head,
    conclusion: 'success',
    output: { title: 'All landed', summary: '**Done**' },
  });
  const { status, text } = await get('/acme/api/pull/1');
  expect(status).toBe(200);
  expect(text).toMatch(/Change &#60;a&#62;/);
  expect(text).toMatch(/<th>changeset<\/th>/);
  expect(text).toMatch(/<td><code>x<\/code><\/td>/);
  expect(text).not.toMatch(/marker/);
  expect(text).toMatch(/<b>lockstep<\/b>\s*<span class="muted">All landed/);
  expect(text).toMatch(/<span class="add">\+const a = &#34;&#60;b&#62;&#34;;<\/span>/);
  expect((await get(new URL(run.body.html_url).pathname)).text).toMatch(/<strong>Done<\/strong>/);
});

test('a repository shows what landed on main, its files, branches and rules', async () => {
  const { admin, head, get } = await site();
  await admin.moveRef('acme/api', 'main', head);
  expect((await get('/')).text).toMatch(/acme\/api/);
  const repository = await get('/acme/api/');
  expect(repository.text).toMatch(/Change a/);
  expect(repository.text).toMatch(/<h1>The API<\/h1>/);
  expect((await get('/acme/api/pulls')).text).toMatch(/merged/);
  expect((await get('/acme/api/branches')).text).toMatch(/feature\/x/);
  expect((await get('/acme/api/rules')).text).toMatch(/only the App updates main/);
  expect((await get('/acme/api/tree/feature/x')).text).toMatch(/Change a/);
  expect((await get('/acme/api/blob/feature/x/src/a.ts')).text).toMatch(/const a/);
});

test('addresses that REST and events hand out lead somewhere', async () => {
  const { head, get, bot } = await site();
  const pull = (await bot('GET', '/repos/acme/api/pulls/1')).body;
  const commit = (await bot('GET', `/repos/acme/api/commits/${head}`)).body;
  const compared = (await bot('GET', '/repos/acme/api/compare/main...feature%2Fx')).body;
  const addresses = [
    pull.html_url,
    pull.base.repo.html_url,
    pull.user.avatar_url,
    commit.html_url,
    compared.permalink_url,
    commit.files[0].blob_url,
  ];
  for (const address of addresses) {
    expect([address, (await get(new URL(address).pathname)).status]).toEqual([address, 200]);
  }
});

test('nothing that people write becomes more than text and harmless tags', async () => {
  const { admin, get } = await site();
  const body =
    '<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))\n\n<details open><summary>Log</summary>\n\n`<b>`\n\n</details>';
  await admin.comment('acme/api', 1, { author: 'eve', body });
  const { text, policy } = await get('/acme/api/pull/1');
  expect(text).not.toMatch(/<script|<img src=x|href="javascript/);
  expect(text).toMatch(/<details open><summary>Log<\/summary>/);
  expect(policy).toMatch(/default-src 'none'/);
});

test('what is not there is 404', async () => {
  const { get } = await site();
  const missing = [
    '/acme',
    '/nobody',
    '/acme/web',
    '/acme/api/pull/9',
    '/acme/api/commit/123',
    '/acme/api/tree/none',
    '/acme/api/blob/main/none',
    '/x/y/z',
  ];
  const statuses = await Promise.all(missing.map(async (path) => (await get(path)).status));
  expect(statuses).toEqual([200, 404, 404, 404, 404, 404, 404, 404]);
});
