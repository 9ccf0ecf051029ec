import { afterEach, describe, expect, test } from '@jest/globals';
import { until } from '../support/until.ts';
import {
  appClient,
  botClient,
  cleanUp,
  cloneOf,
  installationToken,
  provenEvents,
  runGit,
  startGitHub,
  startReceiver,
  temporaryFolder,
} from './github-support.ts';

afterEach(cleanUp);

async function connected(options: Parameters<typeof startGitHub>[0] = {}) {
  const receiver = await startReceiver();
  const github = await startGitHub({ ...options, webhook: { url: receiver.url, secret: receiver.secret } });
  const names = () =>
    receiver.received.map(({ event, payload }) =>
      payload.action === undefined ? event : `${event}.${payload.action}`,
    );
  return { receiver, github, admin: github.admin, names };
}

describe('events', () => {
  test('come on the occasions on which GitHub sends them, each true to its schema', async () => {
    const { receiver, github, admin, names } = await connected();
    await admin.createRepository('acme/api');
    admin.setRole('ann', 'acme/api', 'write');
    const head = await admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    const number = await admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
    await admin.commit('acme/api', 'feature', { files: { b: 'b' }, message: 'b', author: 'ann' });
    await admin.commit('acme/api', 'release', { files: { r: 'r' }, message: 'r' });
    const bot = await botClient(github);
    const pull = `/repos/acme/api/pulls/${number}`;
    await bot('PATCH', pull, { base: 'release', title: 'B' });
    await bot('PATCH', pull, { base: 'main' });
    await admin.editPullRequest('acme/api', number, { draft: true, by: 'ann' });
    await admin.editPullRequest('acme/api', number, { draft: false, by: 'ann' });
    await bot('PATCH', pull, { state: 'closed' });
    await bot('PATCH', pull, { state: 'open' });
    const { id } = (await bot('POST', `/repos/acme/api/issues/${number}/comments`, { body: 'x' })).body;
    await bot('PATCH', `/repos/acme/api/issues/comments/${id}`, { body: 'y' });
    await bot('DELETE', `/repos/acme/api/issues/comments/${id}`);
    const run = (await bot('POST', '/repos/acme/api/check-runs', { name: 'lockstep', head_sha: head })).body;
    await bot('PATCH', `/repos/acme/api/check-runs/${run.id}`, { conclusion: 'action_required' });
    admin.rerequestCheckRun('acme/api', run.id, 'ann');
    admin.requestAction('acme/api', run.id, { by: 'ann', identifier: 'approve' });
    await bot('PUT', `${pull}/merge`);
    await admin.moveRef('acme/api', 'release', null);
    await admin.settled();
    expect(receiver.problems).toEqual([]);
    expect(names().sort()).toEqual(
      [
        'ping',
        ...Array(6).fill('push'),
        ...[
          'opened',
          'synchronize',
          'edited',
          'edited',
          'converted_to_draft',
          'ready_for_review',
          'closed',
          'reopened',
          'closed',
        ].map((action) => `pull_request.${action}`),
        ...['created', 'edited', 'deleted'].map((action) => `issue_comment.${action}`),
        ...['created', 'completed', 'rerequested', 'requested_action'].map((action) => `check_run.${action}`),
      ].sort(),
    );
    expect(provenEvents.size).toBe(16);
  });

  test('are told only of what the App may read', async () => {
    const { receiver, admin } = await connected();
    await admin.createRepository('acme/api');
    await admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    const pull = await admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
    admin.setApp({ permissions: { metadata: 'read', contents: 'write', pull_requests: 'write', checks: 'write' } });
    await admin.comment('acme/api', pull, { author: 'ann', body: 'hello' });
    admin.setApp({ permissions: { metadata: 'read', issues: 'read' } });
    await admin.comment('acme/api', pull, { author: 'ann', body: 'hello again' });
    await admin.settled();
    const comments = receiver.received.filter(({ event }) => event === 'issue_comment');
    expect(comments.map(({ payload }) => payload.comment.body)).toEqual(['hello again']);
  });

  test('say who did it and what changed', async () => {
    const { receiver, github, admin } = await connected();
    const { main } = await admin.createRepository('acme/api');
    const before = await admin.commit('acme/api', 'feature', { files: { a: 'a' }, message: 'a', author: 'ann' });
    await admin.openPullRequest('acme/api', { head: 'feature', title: 'A', author: 'ann' });
    const clone = await cloneOf(github, 'acme/api', await installationToken(github));
    await runGit(clone, 'checkout', '-q', 'feature');
    await runGit(clone, 'commit', '-q', '--allow-empty', '-m', 'status');
    const after = (await runGit(clone, 'rev-parse', 'HEAD')).output.trim();
    await runGit(clone, 'push', '-q', 'origin', 'feature');
    await (await botClient(github))('PATCH', '/repos/acme/api/pulls/1', { title: 'B' });
    await admin.moveRef('acme/api', 'feature', before);
    await admin.settled();
    const found = (event: string, action?: string) =>
      receiver.received.filter((one) => one.event === event && one.payload.action === action).map((one) => one.payload);
    const synchronized = found('pull_request', 'synchronize').find((one) => one.before === before);
    expect(synchronized).toMatchObject({ after, sender: { login: 'lockstep[bot]', type: 'Bot' }, number: 1 });
    expect(synchronized.pull_request).toMatchObject({ head: { sha: after }, base: { sha: main }, mergeable: null });
    expect(found('pull_request', 'edited')[0].changes).toEqual({ title: { from: 'A' } });
    const pushes = found('push');
    expect(pushes.find((one) => one.after === after)).toMatchObject({
      before,
      forced: false,
      pusher: { name: 'lockstep[bot]' },
    });
    expect(pushes.find((one) => one.before === after)).toMatchObject({ after: before, forced: true, commits: [] });
    expect(pushes.find((one) => one.created)).toMatchObject({ before: '0'.repeat(40) });
    expect(pushes.find((one) => one.after === before && one.created)?.commits[0].added).toEqual(['a']);
    expect(receiver.problems).toEqual([]);
  });

  test('of repositories without the App are not sent', async () => {
    const { admin, names } = await connected();
    await admin.createRepository('acme/secret', { installed: false });
    await admin.settled();
    expect(names()).toEqual(['ping']);
  });
});

describe('deliveries', () => {
  test('are listed newest first and sent again with their id', async () => {
    const { receiver, github, admin } = await connected();
    await admin.createRepository('acme/api');
    await admin.settled();
    receiver.answer = 503;
    await admin.commit('acme/api', 'x', { files: { x: 'x' }, message: 'x' });
    await admin.settled();
    const app = await appClient(github);
    const [failed] = (await app('GET', '/app/hook/deliveries')).body;
    expect(failed).toMatchObject({ event: 'push', status_code: 503, redelivery: false });
    const whole = (await app('GET', `/app/hook/deliveries/${failed.id}`)).body;
    expect(whole.request.payload.ref).toBe('refs/heads/x');
    expect(whole.request.headers['x-hub-signature-256']).toMatch(/^sha256=/);
    expect(whole.response.payload).toBe('ok');
    receiver.answer = 202;
    expect((await app('POST', `/app/hook/deliveries/${failed.id}/attempts`)).status).toBe(202);
    await admin.settled();
    const [again] = (await app('GET', '/app/hook/deliveries')).body;
    expect(again).toMatchObject({ guid: failed.guid, redelivery: true, status: 'OK', status_code: 202 });
    expect(receiver.received.filter((one) => one.guid === failed.guid)).toHaveLength(2);
    expect((await app('POST', '/app/hook/deliveries/1/attempts')).status).toBe(404);
  });

  test('are listed a page at a time by cursor', async () => {
    const { github, admin } = await connected();
    await admin.createRepository('acme/api');
    for (const branch of ['a', 'b', 'c'])
      await admin.commit('acme/api', branch, { files: { [branch]: branch }, message: branch });
    await admin.settled();
    const app = await appClient(github);
    const ids: number[] = [];
    let next: string | undefined = '/app/hook/deliveries?per_page=2';
    while (next !== undefined) {
      const answer = await app('GET', next);
      ids.push(...answer.body.map((one: { id: number }) => one.id));
      next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]?.replace(github.apiUrl, '');
    }
    expect(ids).toEqual(
      admin
        .deliveries()
        .map((one) => one.id)
        .reverse(),
    );
    expect(ids).toHaveLength(5);
  });

  test('are not waited for by whoever caused them', async () => {
    const { receiver, admin } = await connected();
    let open = (): void => undefined;
    receiver.gate = new Promise((resolve) => {
      open = resolve;
    });
    await admin.createRepository('acme/api');
    const commit = await admin.commit('acme/api', 'main', { files: { x: 'x' }, message: 'x' });
    expect(await admin.readRef('acme/api', 'main')).toBe(commit);
    expect(admin.deliveries().some((one) => one.status === 'pending')).toBe(true);
    open();
    await admin.settled();
    expect(admin.deliveries().map((one) => one.status)).toEqual(['OK', 'OK', 'OK']);
  });

  test('can be lost, doubled and sent to nobody, for tests', async () => {
    const { receiver, admin } = await connected();
    await admin.settled();
    admin.setWebhookDelivery('drop');
    await admin.createRepository('acme/api');
    admin.setWebhookDelivery((delivery) => (delivery.event === 'push' ? 3 : 'send'));
    await admin.commit('acme/api', 'x', { files: { x: 'x' }, message: 'x' });
    await admin.settled();
    expect(receiver.received.map((one) => one.event)).toEqual(['ping', 'push', 'push', 'push']);
    expect(new Set(receiver.received.slice(1).map((one) => one.guid)).size).toBe(1);
    const [, lost] = admin.deliveries();
    expect(lost).toMatchObject({ event: 'push', status: 'timed out', statusCode: 504 });
    admin.setWebhookDelivery('on');
    admin.redeliver(lost?.id ?? 0);
    await admin.settled();
    expect(receiver.received.at(-1)).toMatchObject({ event: 'push', guid: lost?.guid });
    admin.setWebhook('http://127.0.0.1:1/', 'x');
    await admin.settled();
    expect(admin.deliveries().at(-1)).toMatchObject({ event: 'ping', status: 'failed to connect to host' });
  });

  test('that were not sent before a stop are sent after the next start', async () => {
    const dir = await temporaryFolder();
    const receiver = await startReceiver();
    const first = await startGitHub({ dir, webhook: { url: receiver.url, secret: receiver.secret } });
    await first.admin.createRepository('acme/api');
    await first.admin.settled();
    const [delivery] = first.admin.deliveries();
    const before = receiver.received.length;
    let open = (): void => undefined;
    receiver.gate = new Promise((resolve) => {
      open = resolve;
    });
    // At once: what waits longer than ten seconds for its answer has timed out.
    for (let count = 0; count < 12; count += 1) first.admin.redeliver(delivery?.id ?? 0);
    await until('the senders to be busy', () => receiver.received.length === before + 8);
    const stopped = first.stop();
    open();
    await stopped;
    expect(receiver.received).toHaveLength(before + 8);
    const second = await startGitHub({ dir });
    await second.admin.settled();
    expect(receiver.received).toHaveLength(before + 12);
    expect(receiver.problems).toEqual([]);
    expect(second.admin.deliveries().every((one) => one.status === 'OK')).toBe(true);
  });
});
