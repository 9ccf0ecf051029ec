import { generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import {
  appClient,
  appJwt,
  botClient,
  cleanUp,
  cloneOf,
  installationToken,
  remote,
  restClient,
  runGit,
  startGitHub,
  temporaryFolder,
} from './github-support.ts';

afterEach(cleanUp);

const soon = () => Math.floor(Date.now() / 1000);

describe('the App signs in', () => {
  test('with a JWT signed by its key', async () => {
    const github = await startGitHub({ app: { id: 77, slug: 'landing' } });
    await github.admin.createRepository('acme/api');
    const app = await appClient(github);
    expect((await app('GET', '/app')).body).toMatchObject({ id: 77, slug: 'landing' });
    expect((await app('GET', '/app/installations')).body).toHaveLength(1);
    expect((await app('GET', '/app/installations/1')).body).toMatchObject({ app_slug: 'landing' });
    expect((await app('GET', '/repos/acme/api/installation')).body).toMatchObject({ id: github.app.installationId });
  });

  test.each([
    ['an expired one', () => ({ iat: soon() - 600, exp: soon() - 1 })],
    ['one issued in the future', () => ({ iat: soon() + 300 })],
    ['one that lives longer than ten minutes', () => ({ exp: soon() + 3600 })],
    ['one of another App', () => ({ iss: '4711' })],
    [
      'one signed by another key',
      () => ({
        keyPem: generateKeyPairSync('rsa', { modulusLength: 2048 })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      }),
    ],
  ])('but not with %s', async (_, claims) => {
    const github = await startGitHub();
    const client = restClient(github, `Bearer ${await appJwt(github, claims())}`);
    expect((await client('GET', '/app')).status).toBe(401);
  });

  test('and its JWT opens no repository', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    expect((await (await appClient(github))('GET', '/repos/acme/api')).status).toBe(401);
  });

  test('and its bot can be looked up', async () => {
    const github = await startGitHub();
    const anyone = restClient(github, undefined);
    expect((await anyone('GET', '/users/lockstep%5Bbot%5D')).body).toMatchObject({
      login: 'lockstep[bot]',
      type: 'Bot',
    });
    expect((await anyone('GET', '/users/nobody')).status).toBe(404);
    expect((await anyone('GET', '/rate_limit')).status).toBe(200);
  });
});

describe('an installation token', () => {
  test('is refused when unknown', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    const client = restClient(github, 'token ghs_nobodyknowsthis');
    expect(await client('GET', '/repos/acme/api')).toMatchObject({ status: 401, body: { message: 'Bad credentials' } });
    const { code, output } = await runGit(
      await temporaryFolder(),
      'ls-remote',
      remote(github, 'acme/api', 'ghs_nobody'),
    );
    expect(code).not.toBe(0);
    expect(output).toMatch(/Authentication failed/);
  });

  test('expires, on REST and on git', async () => {
    let now = Date.now();
    const github = await startGitHub({ tokenLifeSeconds: 60, now: () => now });
    await github.admin.createRepository('acme/api');
    const token = await installationToken(github);
    const client = restClient(github, `token ${token}`);
    const listing = async () => runGit(await temporaryFolder(), 'ls-remote', remote(github, 'acme/api', token));
    expect((await client('GET', '/repos/acme/api')).status).toBe(200);
    expect((await listing()).code).toBe(0);
    now += 61_000;
    expect((await client('GET', '/repos/acme/api')).status).toBe(401);
    expect((await listing()).output).toMatch(/Authentication failed/);
  });

  test('is narrowed to repositories, on REST and on git', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    await github.admin.createRepository('acme/web');
    const token = await installationToken(github, { repositories: ['api'] });
    const client = restClient(github, `Bearer ${token}`);
    expect((await client('GET', '/repos/acme/api')).status).toBe(200);
    expect((await client('GET', '/repos/acme/web')).status).toBe(404);
    const listed = await client('GET', '/installation/repositories');
    expect(listed.body).toMatchObject({ total_count: 1, repositories: [{ full_name: 'acme/api' }] });
    const git = await runGit(await temporaryFolder(), 'ls-remote', remote(github, 'acme/web', token));
    expect(git.output).toMatch(/not found/);
  });

  test('is narrowed to permissions, on REST and on git', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    const token = await installationToken(github, { permissions: { contents: 'read' } });
    const client = restClient(github, `token ${token}`);
    expect((await client('GET', '/repos/acme/api/branches/main')).status).toBe(200);
    expect(await client('GET', '/repos/acme/api/pulls')).toMatchObject({
      status: 403,
      body: { message: 'Resource not accessible by integration' },
    });
    expect((await client('DELETE', '/repos/acme/api/git/refs/heads/x')).status).toBe(403);
    const clone = await cloneOf(github, 'acme/api', token);
    expect((await runGit(clone, 'push', 'origin', 'HEAD:refs/heads/x')).output).toMatch(/403|denied/);
    expect(await github.admin.readRef('acme/api', 'x')).toBeNull();
  });

  test('is not given for what the App has no access to', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    await github.admin.createRepository('acme/secret', { installed: false });
    const app = await appClient(github);
    const ask = async (body: unknown) => (await app('POST', '/app/installations/1/access_tokens', body)).status;
    expect(await ask({ repositories: ['secret'] })).toBe(422);
    expect(await ask({ repositories: ['nothing'] })).toBe(422);
    expect(await ask({ permissions: { administration: 'write' } })).toBe(422);
    expect((await app('POST', '/app/installations/9/access_tokens')).status).toBe(404);
    expect((await app('GET', '/repos/acme/secret/installation')).status).toBe(404);
    expect((await (await botClient(github))('GET', '/repos/acme/secret')).status).toBe(404);
  });
});

describe('people', () => {
  test('have a role per repository, which the App can ask for', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    for (const [login, role] of [
      ['ann', 'admin'],
      ['ben', 'write'],
      ['cat', 'read'],
    ] as const) {
      github.admin.setRole(login, 'acme/api', role);
    }
    github.admin.addPerson('dan');
    const bot = await botClient(github);
    const roleOf = async (login: string) =>
      (await bot('GET', `/repos/acme/api/collaborators/${login}/permission`)).body;
    expect(await roleOf('ann')).toMatchObject({
      permission: 'admin',
      user: { login: 'ann', permissions: { admin: true } },
    });
    expect(await roleOf('ben')).toMatchObject({ permission: 'write', role_name: 'write' });
    expect(await roleOf('cat')).toMatchObject({ permission: 'read' });
    expect(await roleOf('dan')).toMatchObject({ permission: 'none' });
    expect((await bot('GET', '/repos/acme/api/collaborators/eve/permission')).status).toBe(404);
  });

  test('see and change only what their role lets them', async () => {
    const github = await startGitHub();
    await github.admin.createRepository('acme/api');
    const [cat, dan] = ['cat', 'dan'].map((login) => github.admin.addPerson(login).token);
    github.admin.setRole('cat', 'acme/api', 'read');
    expect((await restClient(github, `token ${cat}`)('GET', '/repos/acme/api')).status).toBe(200);
    expect((await restClient(github, `token ${dan}`)('GET', '/repos/acme/api')).status).toBe(404);
    const clone = await cloneOf(github, 'acme/api', cat ?? '');
    const push = await runGit(clone, 'push', 'origin', 'HEAD:refs/heads/x');
    expect(push.output).toMatch(/Permission to acme\/api.git denied to cat|403/);
    await until('the refused push left nothing', async () => (await github.admin.readRef('acme/api', 'x')) === null);
  });
});
