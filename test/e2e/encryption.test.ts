/** With keys for payloads, Temporal keeps nothing that it need not know: looked for in its database file itself. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { buildCodecApp } from '../../server/codec/app.ts';
import { readPayloadKeys } from '../../server/environment/payloadKeys.ts';
import { type RunningTemporal, startTemporal } from '../../server/local/temporal/server.ts';
import { dataConverterOf } from '../../server/temporal/connect.ts';
import { pipelineWorkflowId } from '../../src/changeset.ts';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, manifest, type World } from '../support/world.ts';

const CANARY = `canary-${randomBytes(6).toString('hex')}`;
const key = () => randomBytes(32).toString('base64');
const payloadKeys = key();

let folder = '';
let temporal: RunningTemporal;
let world: World;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-encryption-'));
  const path = process.env.LOCKSTEP_TEST_TEMPORAL ?? '';
  temporal = await startTemporal({ path, dbFile: join(folder, 'state.db'), namespaces: [] });
  world = await createWorld({ members: ['acme/api'], temporal, payloadKeys });
}, 300_000);
afterAll(async () => {
  await world?.stop();
  await temporal?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The database and its journal, as bytes. */
async function timesInDatabase(text: string): Promise<number> {
  const files = (await readdir(folder)).filter((name) => name.startsWith('state.db'));
  const contents = await Promise.all(files.map((name) => readFile(join(folder, name), 'latin1')));
  return contents.reduce((sum, content) => sum + content.split(text).length - 1, 0);
}

/** What Temporal's own command line says. */
async function asked(args: string[]): Promise<string> {
  const { stdout } = await execa(process.env.LOCKSTEP_TEST_TEMPORAL ?? '', [...args, '--address', temporal.address]);
  return stdout;
}

/** Messages of activities that fail now, as Temporal has them. */
async function failuresOf(workflowId: string): Promise<string[]> {
  const { workflowService } = world.client;
  const request = { namespace: world.namespace, execution: { workflowId } };
  const { pendingActivities } = await workflowService.describeWorkflowExecution(request);
  return (pendingActivities ?? []).flatMap(({ lastFailure }) => lastFailure?.message ?? []);
}

test('a change goes its way, and Temporal keeps no branch, no log, no message of a failure', async () => {
  await world.branch('acme/api', `feature/${CANARY}-green`, { 'a.txt': '1\n' });
  await world.branch('acme/api', `feature/${CANARY}-red`, {
    slow: '3\n',
    broken: `Error: ${CANARY} is negative\n`,
  });
  const number = await world.submit(
    manifest(
      { name: 'green', on: { 'acme/api': `feature/${CANARY}-green` } },
      { name: 'red', on: { 'acme/api': `feature/${CANARY}-red` } },
    ),
  );
  await world.phase(number, 'red', 'testing');
  world.github.admin.setSuspended('acme', true);
  const pipeline = pipelineWorkflowId(COORDINATOR, number);
  const failing = await until('an activity to fail', async () => {
    const failures = await failuresOf(pipeline);
    return failures.length > 0 ? failures : undefined;
  });
  expect([...new Set(failing)]).toEqual(['Encoded failure']);
  expect(await timesInDatabase('suspended')).toBe(0);
  world.github.admin.setSuspended('acme', false);
  await world.whenMerged(number);
  expect((await world.failureComments(number)).join()).toContain(`${CANARY} is negative`);
  const status = await world.status<{ sentence: string }>(pipeline);
  expect(status.sentence).not.toBe('');
  expect(await timesInDatabase(CANARY)).toBe(0);

  const query = ['workflow', 'query', '--workflow-id', pipeline, '--type', 'status', '--namespace', world.namespace];
  expect(await asked([...query])).not.toContain(status.sentence);
  const { payloadCodecs = [] } = dataConverterOf({
    payloadKeys: readPayloadKeys({ LOCKSTEP_PAYLOAD_KEYS: payloadKeys }, []) ?? [],
  });
  const codec = buildCodecApp([...payloadCodecs], undefined);
  const codecUrl = await codec.listen({ host: '127.0.0.1', port: 0 });
  expect(await asked([...query, '--codec-endpoint', codecUrl])).toContain(status.sentence);
  await codec.close();

  // It would be seen: the same word, not encrypted.
  const connection = await Connection.connect({ address: temporal.address });
  const plain = new Client({ connection, namespace: world.namespace });
  await plain.workflow.start('any', { taskQueue: 'nobody', workflowId: 'plain', args: [CANARY] });
  await until('the word to be in the database', async () => (await timesInDatabase(CANARY)) > 0);
  await plain.workflow.getHandle('plain').terminate();
  await connection.close();
}, 300_000);
