import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningTemporal, startTemporal } from '../../server/local/temporal/server.ts';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

describe('with the tests’ Temporal', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld({ members: ['acme/api', 'acme/web'], env: { LOCKSTEP_RECONCILE_MS: '4000' } });
  }, 300_000);
  afterAll(() => world?.stop());

  test('F11: a worker killed during the tests: they are run again elsewhere, and the changeset lands once', async () => {
    const head = await world.branch('acme/api', 'feature/slow', { slow: '3' });
    const number = await world.submit(manifest({ name: 'slow', on: { 'acme/api': 'feature/slow' } }));
    await world.phase(number, 'slow', 'testing');
    await world.worker.kill();
    world.worker = await world.startWorker();
    await world.whenMerged(number);
    expect(await world.landed('acme/api', head)).toBe(true);
    const mine = (await world.history('acme/api')).filter((message) => message.includes(`#${number}/slow`));
    expect(mine).toHaveLength(1);
    expect(await world.failureComments(number)).toEqual([]);
  }, 300_000);

  test('F1, F5: the server killed while a pull request is opened: it is found by reconciliation', async () => {
    await world.server.kill();
    const head = await world.branch('acme/web', 'feature/unseen', { 'unseen.txt': 'x' });
    const number = await world.submit(manifest({ name: 'unseen', on: { 'acme/web': 'feature/unseen' } }));
    await world.github.admin.settled();
    world.server = await world.startServer();
    await world.whenMerged(number);
    expect(await world.landed('acme/web', head)).toBe(true);
  }, 300_000);

  test('F3, F4: every webhook delivered three times in random order: one pipeline, one landing, one comment', async () => {
    world.github.admin.setWebhookDelivery('drop');
    const head = await world.branch('acme/api', 'feature/thrice', { 'thrice.txt': 'x' });
    const number = await world.submit(manifest({ name: 'thrice', on: { 'acme/api': 'feature/thrice' } }));
    await world.github.admin.settled();
    const ids = world.github.admin.deliveries().map(({ id }) => id);
    world.github.admin.setWebhookDelivery('on');
    for (const id of shuffled([...ids, ...ids, ...ids])) world.github.admin.redeliver(id);
    await world.whenMerged(number);
    await world.github.admin.settled();
    expect(await world.landed('acme/api', head)).toBe(true);
    expect((await world.history('acme/api')).filter((message) => message.includes(`#${number}/thrice`))).toHaveLength(
      1,
    );
    expect((await world.comments(number)).filter((body) => body.includes('"version":'))).toHaveLength(1);
  }, 300_000);

  test('F5: all webhooks lost: the pull request still lands', async () => {
    world.github.admin.setWebhookDelivery('drop');
    const head = await world.branch('acme/web', 'feature/lost', { 'lost.txt': 'x' });
    const number = await world.submit(manifest({ name: 'lost', on: { 'acme/web': 'feature/lost' } }));
    await world.whenMerged(number);
    expect(await world.landed('acme/web', head)).toBe(true);
    world.github.admin.setWebhookDelivery('on');
  }, 300_000);
});

describe('with a Temporal of its own', () => {
  let folder: string;
  let temporal: RunningTemporal;
  let world: World;
  const path = process.env.LOCKSTEP_TEST_TEMPORAL ?? '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-temporal-'));
    temporal = await startTemporal({ path, dbFile: join(folder, 'state.db'), namespaces: ['default'] });
    world = await createWorld({ members: ['acme/api'], temporal, env: { LOCKSTEP_RECONCILE_MS: '4000' } });
  }, 300_000);
  afterAll(async () => {
    await world?.stop();
    await temporal?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('F6, F7: Temporal killed and started again on its file: the changeset goes on and lands; webhooks meanwhile get 503', async () => {
    const head = await world.branch('acme/api', 'feature/slow', { slow: '3' });
    const number = await world.submit(manifest({ name: 'slow', on: { 'acme/api': 'feature/slow' } }));
    await world.phase(number, 'slow', 'testing');
    const port = Number(temporal.address.split(':')[1]);
    temporal.kill();
    await temporal.ended;
    await world.branch('acme/api', 'feature/late', { 'late.txt': 'x' });
    const late = await world.submit(manifest({ name: 'late', on: { 'acme/api': 'feature/late' } }));
    await until('the delivery that failed', () =>
      world.github.admin
        .deliveries()
        .some((delivery) => delivery.repository === COORDINATOR && delivery.statusCode === 503),
    );
    temporal = await startTemporal({ path, dbFile: join(folder, 'state.db'), namespaces: ['default'], port });
    await world.whenMerged(number);
    await world.whenMerged(late);
    expect(await world.landed('acme/api', head)).toBe(true);
  }, 240_000);
});

function shuffled<T>(all: T[]): T[] {
  return all
    .map((one) => ({ one, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}
