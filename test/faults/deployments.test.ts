/** An old deployment that nobody switched off, with a Temporal of its own: neither knows of the other. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from '@temporalio/client';
import { createNamespace } from '../../server/local/temporal/namespace.ts';
import { freePort } from '../../server/local/temporal/server.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import type { QueueState } from '../../src/queue/state.ts';
import type { ChangesetStatus } from '../../workflows/messages.ts';
import { until } from '../support/until.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

const MEMBERS = ['acme/api', 'acme/web'];
const OTHER = 'another-deployment';

let world: World;
beforeAll(async () => {
  // Webhooks come to one of them; the other has to look.
  world = await createWorld({ members: MEMBERS, env: { LOCKSTEP_RECONCILE_MS: '2000' } });
  const dataDir = join(world.folder, 'other-data');
  const namespace = `${OTHER}-${world.namespace}`;
  await Promise.all([mkdir(dataDir), createNamespace(world.address, namespace)]);
  const env = { TEMPORAL_NAMESPACE: namespace, LOCKSTEP_DATA_DIR: dataDir };
  await world.startServer({ ...env, LOCKSTEP_LISTEN: `127.0.0.1:${await freePort()}` });
  await world.startWorker(env);
}, 300_000);
afterAll(() => world?.stop());

const entriesOf = async (client: Client) =>
  (await client.workflow.getHandle(QUEUE_WORKFLOW_ID).query<QueueState>('status')).entries.length;

async function lookAgain(client: Client, pullRequest: number, names: string[]): Promise<void> {
  for (const name of names) {
    const changeset = client.workflow.getHandle(world.changesetId(pullRequest, name));
    const status = await changeset.query<ChangesetStatus>('status').catch(() => undefined);
    if (status?.phase.at === 'operator') await changeset.signal('resolve', { action: 'check', by: 'olga' });
  }
}

test('F45: of two deployments at work on one pull request each change lands once, and both come to rest', async () => {
  const names = ['first', 'second', 'third'];
  for (const name of names) {
    for (const repository of MEMBERS) await world.branch(repository, `feature/${name}`, { [`${name}.txt`]: 'x\n' });
  }
  const on = (name: string) => Object.fromEntries(MEMBERS.map((repository) => [repository, `feature/${name}`]));
  const number = await world.submit(manifest(...names.map((name) => ({ name, on: on(name) }))));
  const clients = [world.namespace, `${OTHER}-${world.namespace}`].map(
    (namespace) => new Client({ connection: world.client.connection, namespace }),
  );
  await until('both to be at work', async () =>
    (await Promise.all(clients.map(entriesOf))).every((count) => count > 0),
  );
  await world.whenMerged(number);
  // Who meets the other between two repositories takes that for a half landing, and asks a person, who looks again.
  await until('both to rest', async () => {
    for (const client of clients) await lookAgain(client, number, names);
    return (await Promise.all(clients.map(entriesOf))).every((count) => count === 0);
  });
  for (const repository of MEMBERS) {
    const history = (await world.history(repository)).join('\n');
    for (const name of names) {
      expect(history.split(`Lockstep-Changeset: acme/coordinator#${number}/${name}`)).toHaveLength(2);
      expect(await world.show(repository, `${name}.txt`)).toBe('x\n');
    }
  }
  expect((await world.manifestOf(number)).match(/status: success/g)).toHaveLength(names.length);
}, 300_000);
