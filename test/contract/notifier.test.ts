import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isPublic } from '../../activities/notify/address.ts';
import { createFakeNotifier, type FakeNotifier } from '../../activities/notify/fake.ts';
import { createOnce } from '../../activities/notify/once.ts';
import { createSlackNotifier, slackUrlFault } from '../../activities/notify/slack.ts';
import { freePort } from '../../server/local/temporal/server.ts';
import type { Notifier } from '../../src/ports.ts';
import { HOOK, type Slack, startSlack } from '../support/slack.ts';

let slack: Slack;
let fake: FakeNotifier;
beforeAll(async () => {
  slack = await startSlack();
});
beforeEach(() => {
  slack.emulator.reset();
  fake = createFakeNotifier();
});
afterAll(() => slack.emulator.close());

const notifiers: [string, () => Notifier, () => Promise<string[]>][] = [
  ['slack', () => createSlackNotifier({ url: slack.webhookUrl, allowLoopback: true }), () => slack.read()],
  ['fake', () => fake, async () => fake.messages],
];

describe.each(notifiers)('notifier: %s', (_, make, read) => {
  test('the team reads what it is told, in order', async () => {
    const notifier = make();
    await notifier.notify({ text: 'checkout-v2 failed: <https://example.com/1|acme/coordinator#12>' });
    await notifier.notify({ text: 'ünïcode 🚦 "quoted"\nsecond line' });
    expect(await read()).toEqual([
      'checkout-v2 failed: <https://example.com/1|acme/coordinator#12>',
      'ünïcode 🚦 "quoted"\nsecond line',
    ]);
  });
});

describe('notifier: what was sent', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-notified-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const asked = (current: string) => createOnce(fake, { folder, current: () => current }).notify({ text: current });

  test('is not sent again by the next attempt, also of another process; what is another notification is', async () => {
    await asked('run-1');
    await asked('run-1');
    await asked('run-2');
    expect(fake.messages).toEqual(['run-1', 'run-2']);
  });

  test('is what Slack took: one that failed is tried again', async () => {
    fake.trouble = new Error('away');
    await expect(asked('run-1')).rejects.toThrow('away');
    fake.trouble = undefined;
    await asked('run-1');
    expect(fake.messages).toEqual(['run-1']);
  });

  test('is forgotten after a day', async () => {
    await asked('run-1');
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    await utimes(join(folder, 'run-1'), yesterday, yesterday);
    await asked('run-2');
    expect(await readdir(folder)).toEqual(['run-2']);
  });
});

describe('notifier: slack', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** The notifier in front of a server that is not well. */
  async function facing(listener: RequestListener, timeoutMs = 5_000): Promise<Notifier> {
    const port = await freePort();
    const listening = createServer(listener).listen(port, '127.0.0.1');
    server = listening;
    await new Promise((resolve) => listening.once('listening', resolve));
    return createSlackNotifier({ url: `http://127.0.0.1:${port}${HOOK}`, allowLoopback: true, timeoutMs });
  }

  test('a refusal throws with what Slack said, and without the URL', async () => {
    const notifier = await facing((_, response) => response.writeHead(404).end('no_service'));
    const failure = await notifier.notify({ text: 'x' }).catch((error: Error) => error);
    expect(String(failure)).toContain('expected 200, found 404 ("no_service")');
    expect(String(failure)).not.toContain('the-secret');
  });

  test('I45: a redirect is not followed', async () => {
    const seen: string[] = [];
    const notifier = await facing((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await expect(notifier.notify({ text: 'x' })).rejects.toThrow('found 307');
    expect(seen).toEqual([HOOK]);
  });

  test('a server that does not answer, or dribbles, is given up in time', async () => {
    const silent = await facing(() => undefined, 150);
    await expect(silent.notify({ text: 'x' })).rejects.toThrow('no answer within 150 ms');
    server?.closeAllConnections();
    server?.close();
    const dribbling = await facing((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('.'), 20);
      response.once('close', () => clearInterval(drip));
    }, 150);
    await expect(dribbling.notify({ text: 'x' })).rejects.toThrow('no answer within 150 ms');
  });

  test('I45: a name that leads into this machine is refused when it is connected to', async () => {
    const notifier = createSlackNotifier({ url: 'https://localhost:1/services/the-secret' });
    await expect(notifier.notify({ text: 'x' })).rejects.toThrow('expected an address of the open internet');
  });

  test.each([
    'http://hooks.slack.com/services/x',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://10.1.2.3/x',
    'https://169.254.169.254/latest',
    'https://2130706433/x',
    'https://user:pass@hooks.slack.com/x',
    'file:///etc/passwd',
    'not a url',
  ])('I45: %s is no webhook', (url) => {
    expect(slackUrlFault({ url })).toBeDefined();
    expect(() => createSlackNotifier({ url })).toThrow();
  });

  test('loopback may be allowed, and opens nothing else', () => {
    expect(slackUrlFault({ url: 'http://localhost:4003/x', allowLoopback: true })).toBeUndefined();
    expect(slackUrlFault({ url: 'https://hooks.slack.com/services/x', allowLoopback: true })).toBeUndefined();
    expect(slackUrlFault({ url: 'http://10.1.2.3/x', allowLoopback: true })).toContain('expected https');
    expect(slackUrlFault({ url: 'https://10.1.2.3/x', allowLoopback: true })).toContain('open internet');
  });

  test('public addresses are told from others', () => {
    for (const address of ['3.68.170.153', '2600:1f18::1']) expect(isPublic(address)).toBe(true);
    for (const address of ['172.31.0.1', '100.64.0.1', 'fe80::1', 'fd00::1', '::', '0.0.0.0', 'localhost']) {
      expect(isPublic(address)).toBe(false);
    }
  });
});
