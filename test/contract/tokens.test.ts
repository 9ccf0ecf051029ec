/** Tokens: narrowed to one repository and one call's permissions, renewed when refused, right on a wrong clock. */

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toFailure } from '../../activities/failures.ts';
import { createGit } from '../../activities/git/createGit.ts';
import { createForge } from '../../activities/github/createForge.ts';
import { createTokens, type TokenAnswer, type TokenOptions, type Tokens } from '../../activities/github/tokens.ts';
import { type LocalGitHub, startLocalGitHub } from '../../server/local/github/index.ts';
import { alive } from '../support/repositories.ts';

const COORDINATOR = 'acme/coordinator';
const MEMBER = 'acme/api';
let dir: string;
let local: LocalGitHub;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lockstep-tokens-'));
  local = await startLocalGitHub({ dir });
  for (const repository of [COORDINATOR, MEMBER]) await local.admin.createRepository(repository);
});

afterAll(async () => {
  await local.stop();
  rmSync(dir, { recursive: true, force: true });
});

function tokens(more: Partial<TokenOptions> = {}) {
  return createTokens({
    appId: local.app.id,
    privateKey: local.app.privateKeyPem,
    apiUrl: local.apiUrl,
    pacing: 'none',
    ...more,
  });
}

async function status(path: string, token: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(`${local.apiUrl}${path}`, { ...init, headers: { authorization: `token ${token}` } });
  return response.status;
}

it('a token opens its repository for its purpose, and nothing else', async () => {
  const token = await tokens().forApi(COORDINATOR, { pull_requests: 'read' });
  expect(await status(`/repos/${COORDINATOR}/pulls`, token)).toBe(200);
  expect(await status(`/repos/${MEMBER}/pulls`, token)).toBe(404);
  const check = { method: 'POST', body: JSON.stringify({ name: 'x', head_sha: '0'.repeat(40) }) };
  expect(await status(`/repos/${COORDINATOR}/check-runs`, token, check)).toBe(403);
});

it('a token is kept while it has five minutes to live, by its narrowing', async () => {
  let ahead = 0;
  const held = tokens({ now: () => Date.now() + ahead });
  const first = await held.forApi(COORDINATOR, { checks: 'read' });
  expect(await held.forApi(COORDINATOR, { checks: 'read' })).toBe(first);
  expect(await held.forApi(COORDINATOR, { checks: 'write' })).not.toBe(first);
  expect(await held.forApi(MEMBER, { checks: 'read' })).not.toBe(first);
  ahead = 56 * 60_000;
  // A clock that far ahead is set right by GitHub's own.
  expect(await held.forApi(COORDINATOR, { checks: 'read' })).not.toBe(first);
});

it.each([-10, 10])('F38: a clock that is %i minutes wrong does not matter', async (minutes) => {
  const wrong = tokens({ now: () => Date.now() + minutes * 60_000 });
  const token = await wrong.forApi(COORDINATOR, { pull_requests: 'read' });
  expect(await status(`/repos/${COORDINATOR}/pulls`, token)).toBe(200);
  expect(await wrong.forApi(COORDINATOR, { pull_requests: 'read' })).toBe(token);
});

it('F36: a token that GitHub refuses is minted again once, for REST and for git', async () => {
  const all = tokens();
  const expired = `ghs_${'x'.repeat(36)}`;
  const forgotten = new Set<string>();
  const once: Tokens = {
    ...all,
    forget: (token) => void forgotten.add(token),
    forApi: async (repository, permissions) => (forgotten.has(expired) ? all.forApi(repository, permissions) : expired),
    forGit: async (repository, access, refused) =>
      refused === expired ? all.forGit(repository, access, refused) : expired,
  };
  const forge = createForge({
    coordinator: COORDINATOR,
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    tokens: once,
    pacing: 'none',
  });
  const git = createGit({
    dataDir: join(dir, 'data'),
    remoteUrl: (name) => `${local.url}/${name}.git`,
    protocols: ['http'],
    credentials: once.forGit,
  });
  expect(await forge.listOpenPullRequests()).toEqual([]);
  expect((await git.readRefs(MEMBER, [], alive())).defaultBranch).toBe('main');
});

it('a token that was refused is not given again', async () => {
  const held = tokens();
  const first = await held.forGit(MEMBER, 'read');
  expect(await held.forGit(MEMBER, 'read')).toBe(first);
  expect(await held.forGit(MEMBER, 'read', first)).not.toBe(first);
});

it('F35: no token for a repository that the App is not on, in the words git understands', async () => {
  await expect(tokens().forGit('acme/never-was', 'read')).rejects.toMatchObject({ reason: 'unreadable' });
  await local.admin.createRepository('acme/left');
  local.admin.setInstalled('acme/left', false);
  const held = tokens();
  await held.forGit(MEMBER, 'read');
  await expect(held.forGit('acme/left', 'read')).rejects.toMatchObject({ reason: 'unreadable' });
});

describe('F37: what GitHub answers who asks for a token is heard', () => {
  const heard = (more: Partial<TokenOptions> = {}) => {
    const answers: TokenAnswer[] = [];
    return { answers, tokens: tokens({ ...more, answered: (answer) => void answers.push(answer) }) };
  };

  it('a key that it does not know: no verdict about the repository', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const { answers, tokens: held } = heard({ privateKey: pem });
    await expect(held.forGit(MEMBER, 'write')).rejects.toMatchObject({ reason: 'unauthorized' });
    expect(answers).toEqual([{ owner: 'acme', refusal: 'key' }]);
  });

  it('a suspended App: the same, for git, for REST and for a token of before; and then a token', async () => {
    const { answers, tokens: held } = heard();
    const before = await held.forApi(MEMBER, { pull_requests: 'read' });
    local.admin.setSuspended('acme', true);
    await expect(held.forGit(MEMBER, 'write')).rejects.toMatchObject({ reason: 'unauthorized' });
    const refused = await held.forApi(COORDINATOR, { checks: 'read' }).catch(toFailure);
    expect(refused).toMatchObject({ type: 'WaitingForGitHub', nonRetryable: false });
    expect(await status(`/repos/${MEMBER}/pulls`, before)).toBe(403);
    local.admin.setSuspended('acme', false);
    await held.forGit(MEMBER, 'write');
    const suspended = { owner: 'acme', refusal: 'suspended' };
    expect(answers).toEqual([{ owner: 'acme' }, suspended, suspended, { owner: 'acme' }]);
  });

  it('that it is not installed on one repository is no outage', async () => {
    const { answers, tokens: held } = heard();
    await expect(held.forGit('acme/never-was', 'read')).rejects.toMatchObject({ reason: 'unreadable' });
    expect(answers).toEqual([]);
  });
});
