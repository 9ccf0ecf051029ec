/** The webhook's door over real HTTP: what is refused before anything is parsed, and what is taken for nothing. */
import { createHmac } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { buildApp } from '../../server/app.ts';
import { createMetrics } from '../../server/metrics.ts';
import type { ServerEvent } from '../../workflows/messages.ts';

const SECRET = 'a secret that GitHub knows';
const LIMIT = 25 * 1024 * 1024;

const metrics = createMetrics(['server']);
let app: FastifyInstance;
let port: number;
let signalled: ServerEvent[];
let started: number[];

beforeAll(async () => {
  app = buildApp({
    coordinator: 'acme/coordinator',
    webhookSecret: SECRET,
    appSlug: 'lockstep',
    signalQueue: async (events) => void signalled.push(...events),
    startComment: async (comment) => void started.push(comment),
    notReady: async () => [],
    refreshMetrics: async () => undefined,
    logs: createFakeLogStore(),
    metrics,
    logger: pino({ level: 'silent' }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});
afterAll(() => app.close());

beforeEach(() => {
  signalled = [];
  started = [];
  metrics.webhooks.reset();
});

const signature = (body: string | Buffer, algorithm = 'sha256', secret = SECRET) =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
const repository = { full_name: 'acme/coordinator' };
const OPENED = { action: 'opened', repository, pull_request: { number: 12 }, sender: { login: 'ann' } };

type Headers = Record<string, string>;
interface Answer {
  status: number;
  message: string;
}

function open(headers: Headers, answered: (answer: Answer) => void): ClientRequest {
  const outgoing = request({ host: '127.0.0.1', port, path: '/webhooks/github', method: 'POST', headers });
  outgoing.on('response', async (response) => {
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    const { message } = (text.startsWith('{') ? JSON.parse(text) : { message: text }) as { message: string };
    answered({ status: response.statusCode ?? 0, message });
  });
  // The server may answer and hang up before it has read everything.
  return outgoing.on('error', () => undefined);
}

function post(body: string | Buffer, headers: Headers = {}): Promise<Answer> {
  return new Promise((resolve) => {
    open(
      {
        'content-type': 'application/json',
        'x-github-event': 'pull_request',
        'x-github-delivery': 'delivery-1',
        'x-hub-signature-256': signature(body),
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      },
      resolve,
    ).end(body);
  });
}

async function counted(): Promise<Record<string, number>> {
  const { values } = await metrics.webhooks.get();
  return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]).filter(([, value]) => value));
}

const REFUSED: Answer = {
  status: 401,
  message: 'the signature is missing or does not match the webhook secret',
};

describe('I32: a signature', () => {
  const body = JSON.stringify(OPENED);
  it.each<[string, Headers]>([
    ['that is empty', { 'x-hub-signature-256': '' }],
    ['of another secret', { 'x-hub-signature-256': signature(body, 'sha256', 'guessed') }],
    ['of another body', { 'x-hub-signature-256': signature(`${body} `) }],
    ['of SHA-1 alone', { 'x-hub-signature-256': '', 'x-hub-signature': signature(body, 'sha1') }],
    ['of SHA-1 in the place of the other', { 'x-hub-signature-256': signature(body, 'sha1') }],
    ['that is cut', { 'x-hub-signature-256': signature(body).slice(0, -2) }],
    ['without its name', { 'x-hub-signature-256': signature(body).slice('sha256='.length) }],
  ])('%s is refused, and counted', async (_, headers) => {
    expect(await post(body, headers)).toEqual(REFUSED);
    expect(signalled).toEqual([]);
    expect(await counted()).toEqual({ refused: 1 });
  });

  it('is looked at before the body is', async () => {
    expect(await post('{ no json', { 'x-hub-signature-256': signature('other') })).toEqual(REFUSED);
    expect(await post('{ no json')).toEqual({ status: 202, message: 'ignored: another repository' });
  });
});

describe('I33: a body', () => {
  it('of more than 25 MB is refused before it is read; one of just so many is not', async () => {
    const tooLarge = await post('{}', { 'content-length': String(LIMIT + 1) });
    expect(tooLarge).toEqual({ status: 413, message: 'Request body is too large' });
    const most = Buffer.alloc(LIMIT, ' ');
    most.write(JSON.stringify(OPENED));
    expect(await post(most)).toEqual({ status: 202, message: 'taken' });
    expect(signalled).toEqual([{ pullRequest: 12, delivery: 'delivery-1' }]);
  });

  it('that says no length is refused when it has become too long', async () => {
    const answer = await new Promise<Answer>((resolve) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const outgoing = open(headers, resolve);
      for (let i = 0; i <= 26; i += 1) outgoing.write(Buffer.alloc(1024 * 1024, ' '));
      outgoing.end();
    });
    expect(answer).toEqual({ status: 413, message: 'Request body is too large' });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx'])(
    'of type %s is refused, signed or not',
    async (type) => {
      const { status } = await post(JSON.stringify(OPENED), { 'content-type': type });
      expect(status).toBe(415);
      expect(signalled).toEqual([]);
    },
  );

  it('that does not come is given up after ten seconds, and others are answered meanwhile', async () => {
    const began = performance.now();
    const slow = new Promise<Answer>((resolve) => {
      const outgoing = open({ 'content-type': 'application/json', 'content-length': '1000' }, resolve);
      outgoing.write('{');
    });
    expect(await post(JSON.stringify(OPENED))).toEqual({ status: 202, message: 'taken' });
    expect((await slow).status).toBe(408);
    const seconds = (performance.now() - began) / 1000;
    expect(seconds).toBeGreaterThan(9);
    expect(seconds).toBeLessThan(30);
  });
});

describe('I34: what is signed and says nothing', () => {
  it.each<[string, string, string | undefined, string]>([
    ['no JSON', '{ no json', 'pull_request', 'ignored: another repository'],
    ['half a character', '"\ud83d"', 'pull_request', 'ignored: another repository'],
    ['null', 'null', 'pull_request', 'ignored: another repository'],
    ['a list', '[1]', 'pull_request', 'ignored: another repository'],
    ['an unknown event', JSON.stringify(OPENED), 'no_such_event', 'ignored: event no_such_event'],
    ['no event', JSON.stringify(OPENED), undefined, 'ignored: event '],
    ['an unknown action', JSON.stringify({ ...OPENED, action: 'dreamt' }), 'pull_request', 'ignored: action dreamt'],
    ['no action', JSON.stringify({ repository }), 'pull_request', 'ignored: action missing'],
    [
      'no pull request',
      JSON.stringify({ ...OPENED, pull_request: { number: '12' } }),
      'pull_request',
      'ignored: no pull request',
    ],
    ['a comment without fields', JSON.stringify({ repository }), 'issue_comment', 'ignored: comment'],
    ['a check run without fields', JSON.stringify({ repository }), 'check_run', 'ignored: check_run'],
  ])('%s is taken for nothing, and counted', async (_, body, event, message) => {
    expect(await post(body, { 'x-github-event': event ?? '' })).toEqual({ status: 202, message });
    expect([signalled, started]).toEqual([[], []]);
    expect(await counted()).toEqual({ ignored: 1 });
  });
});

it('I35: a delivery that comes again is answered as the first was, under its own id, by which the queue knows it', async () => {
  const body = JSON.stringify(OPENED);
  for (const time of [1, 2]) expect([time, await post(body)]).toEqual([time, { status: 202, message: 'taken' }]);
  expect(signalled).toEqual(Array(2).fill({ pullRequest: 12, delivery: 'delivery-1' }));
});

it('I36: an event of another repository is taken for nothing', async () => {
  const body = JSON.stringify({ ...OPENED, repository: { full_name: 'acme/other' } });
  expect(await post(body)).toEqual({ status: 202, message: 'ignored: another repository' });
  expect(signalled).toEqual([]);
  expect(await counted()).toEqual({ ignored: 1 });
});

it('I41: a comment on an issue is taken for nothing', async () => {
  const comment = { id: 5, body: '/lockstep approve', user: { type: 'User' } };
  const about = { action: 'created', repository, comment };
  const issue = JSON.stringify({ ...about, issue: { number: 3 } });
  expect(await post(issue, { 'x-github-event': 'issue_comment' })).toEqual({
    status: 202,
    message: 'ignored: comment',
  });
  const pull = JSON.stringify({ ...about, issue: { number: 3, pull_request: {} } });
  expect(await post(pull, { 'x-github-event': 'issue_comment' })).toEqual({ status: 202, message: 'taken' });
  expect(started).toEqual([5]);
});
