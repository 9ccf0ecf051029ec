/** F37: that GitHub gives no tokens is told once, and so is the end of it; never for each request or repository. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pino from 'pino';
import { createFakeNotifier, type FakeNotifier } from '../../activities/notify/fake.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createOutages } from '../../server/outages.ts';
import type { Notifier } from '../../src/ports.ts';

let folder = '';
let slack: FakeNotifier;
let logged: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-outages-'));
  slack = createFakeNotifier();
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function worker(notifier: Notifier | undefined = slack) {
  const metrics = createMetrics(['control']);
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const hear = createOutages({ folder: join(folder, 'outages'), logger, metrics, notifier, againAfterMs: [1, 1] });
  const gauge = async () => (await metrics.appRefused.get()).values[0]?.value;
  return { hear, gauge };
}

const KEY = { owner: 'acme', refusal: 'key' } as const;
const SUSPENDED = { owner: 'acme', refusal: 'suspended' } as const;

test('F37: a refused key is told once, whatever is asked for; and that it is over', async () => {
  const { hear, gauge } = worker();
  for (const owner of ['acme', 'acme', 'other', 'acme']) await hear({ ...KEY, owner });
  expect(slack.messages).toEqual([expect.stringContaining("GitHub refuses the App's private key")]);
  expect(await gauge()).toBe(1);
  for (const owner of ['other', 'acme', 'other']) await hear({ owner });
  expect(slack.messages.slice(1)).toEqual([expect.stringContaining('GitHub gives Lockstep tokens again')]);
  expect(await gauge()).toBe(0);
  expect(logged).toEqual(slack.messages);
  await hear(KEY);
  expect(slack.messages).toHaveLength(3);
});

test('F37: a suspension is of one owner: another’s tokens do not end it', async () => {
  const { hear } = worker();
  for (const answer of [SUSPENDED, { owner: 'other' }, SUSPENDED, { owner: 'other' }]) await hear(answer);
  expect(slack.messages).toEqual([expect.stringContaining('the App is suspended on acme')]);
  await hear({ owner: 'acme' });
  expect(slack.messages[1]).toContain('tokens again for the repositories of acme');
});

test('F37: two workers tell it once; one that is started again with another key tells that it is over', async () => {
  const [one, other] = [worker(), worker()];
  await one.hear(KEY);
  await other.hear(KEY);
  expect(slack.messages).toHaveLength(1);
  await worker().hear({ owner: 'acme' });
  expect(slack.messages).toHaveLength(2);
  // The one with the wrong key goes on being refused.
  await one.hear(KEY);
  await other.hear({ owner: 'acme' });
  expect(slack.messages).toHaveLength(2);
});

test('F37: Slack that fails is asked again, then it is dropped with a line in the log', async () => {
  let failures = 2;
  const failing: Notifier = {
    notify: async (message) => (failures-- > 0 ? Promise.reject(new Error('500')) : slack.notify(message)),
  };
  await worker(failing).hear(KEY);
  expect(slack.messages).toHaveLength(1);
  failures = 3;
  await worker(failing).hear(SUSPENDED);
  expect([slack.messages.length, logged.at(-1)]).toEqual([1, 'the team was not told']);
});

test('F37: without Slack it stands in the log', async () => {
  const { hear } = worker();
  const silent = createOutages({
    folder,
    logger: pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line).msg) }),
    metrics: createMetrics(['control']),
    notifier: undefined,
  });
  await silent(KEY);
  expect(logged).toEqual([expect.stringContaining("GitHub refuses the App's private key")]);
  await hear({ owner: 'acme' });
});
