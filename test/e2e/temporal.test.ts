import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { createNamespace } from '../../server/local/temporal/namespace.ts';
import { obtainTemporal } from '../../server/local/temporal/obtain.ts';
import { type RunningTemporal, startTemporal } from '../../server/local/temporal/server.ts';
import { SEARCH_ATTRIBUTES, searchAttributeFaults } from '../../server/temporal/search-attributes.ts';
import { processesNaming, waitFor } from '../support/processes.ts';

let folder = '';
let path = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-temporal-'));
  path = (await obtainTemporal({ say: () => undefined, environment: process.env })).path;
}, 600_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const attributes = new TypedSearchAttributes([
  { key: defineSearchAttributeKey('LockstepRepository', 'KEYWORD_LIST'), value: ['acme/api'] },
  { key: defineSearchAttributeKey('LockstepPullRequest', 'INT'), value: 12 },
  { key: defineSearchAttributeKey('LockstepChangeset', 'KEYWORD'), value: 'checkout-v2' },
  { key: defineSearchAttributeKey('LockstepStatus', 'KEYWORD'), value: 'testing' },
]);

async function startIn(connection: Connection, namespace: string): Promise<void> {
  const client = new Client({ connection, namespace });
  const options = { taskQueue: 'nobody', workflowId: 'w', typedSearchAttributes: attributes };
  await client.workflow.start('any', options);
}

describe('a Temporal server of our own', () => {
  let server: RunningTemporal;
  let connection: Connection;
  const dbFile = () => join(folder, 'state.db');
  beforeAll(async () => {
    server = await startTemporal({ path, dbFile: dbFile(), namespaces: ['lockstep'], uiPort: 0 });
    connection = await Connection.connect({ address: server.address });
  }, 300_000);
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  test('takes workflows with every search attribute, keeps them for 30 days, and has its Web UI', async () => {
    await startIn(connection, 'lockstep');
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'lockstep' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(30 * 24 * 60 * 60);
    expect((await fetch(server.uiUrl ?? '', { headers: { connection: 'close' } })).status).toBe(200);
  });

  test('a namespace made on it can be used at once', async () => {
    for (const namespace of ['one', 'two', 'three']) {
      await createNamespace(server.address, namespace);
      await startIn(connection, namespace);
    }
    await createNamespace(server.address, 'one');
  });

  test('missing search attributes are named', async () => {
    await connection.workflowService.registerNamespace({
      namespace: 'bare',
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    await waitFor('the namespace is known', () =>
      searchAttributeFaults(connection, 'bare').then(
        (faults) => faults.length === Object.keys(SEARCH_ATTRIBUTES).length,
        () => false,
      ),
    );
  });

  test('goes on with its state after SIGKILL', async () => {
    const options = { path, dbFile: join(folder, 'killed.db'), namespaces: ['lockstep'] };
    const first = await startTemporal(options);
    const before = await Connection.connect({ address: first.address });
    await startIn(before, 'lockstep');
    await before.close();
    first.kill();
    await first.ended;
    const second = await startTemporal(options);
    const after = await Connection.connect({ address: second.address });
    const found = await new Client({ connection: after, namespace: 'lockstep' }).workflow.getHandle('w').describe();
    expect(found.status.name).toBe('RUNNING');
    await after.close();
    await second.stop();
  });

  test('is gone when its parent is killed', async () => {
    const file = join(folder, 'orphan.db');
    const module = new URL('../../server/local/temporal/server.ts', import.meta.url).href;
    const program = join(folder, 'parent.mts');
    await writeFile(
      program,
      `import { startTemporal } from '${module}';
       await startTemporal({ path: '${path}', dbFile: '${file}', namespaces: ['x'] });
       process.kill(process.pid, 'SIGKILL');`,
    );
    const parent = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'ignore', 'inherit'] });
    await waitFor('it has started', () => processesNaming(file).length > 0, 20_000);
    await waitFor('it is gone', () => parent.signalCode === 'SIGKILL' && processesNaming(file).length === 0, 20_000);
  });

  test('one that cannot start says why', async () => {
    const options = { path, dbFile: '/proc/none/x.db', namespaces: ['lockstep'] };
    await expect(startTemporal(options)).rejects.toThrow(/Temporal ended before it served .*no such file|unable/is);
  });
});

describe('where Temporal comes from', () => {
  /** A `temporal` command that only tells its version. */
  async function command(name: string, version: string): Promise<string> {
    const bin = join(folder, name);
    await mkdir(bin, { recursive: true });
    await writeFile(
      join(bin, 'temporal'),
      `#!/bin/sh\necho "temporal version ${version} (Server 1.29.1, UI 2.42.1)"\n`,
    );
    await chmod(join(bin, 'temporal'), 0o755);
    return bin;
  }

  async function cache(name: string, script: string): Promise<string> {
    const home = join(folder, name);
    await mkdir(join(home, 'lockstep'), { recursive: true });
    const file = join(home, 'lockstep', `temporal-1.5.1-${process.platform}-${process.arch}`);
    await writeFile(file, script);
    await chmod(file, 0o755);
    return home;
  }

  const obtain = (PATH: string, XDG_CACHE_HOME: string) =>
    obtainTemporal({ say: () => undefined, environment: { PATH, XDG_CACHE_HOME } });
  const WORKS = '#!/bin/sh\necho temporal version 0.0.0-DEV\n';

  test('the one on PATH is first, when it is new enough', async () => {
    const home = await cache('cache-1', WORKS);
    const found = await obtain(`/no/such:${await command('new', '1.6.0')}`, home);
    expect(found.source).toBe('`temporal` on PATH');
    expect(await obtain(await command('old', '1.2.0'), home)).toMatchObject({
      source: expect.stringContaining('the copy in'),
    });
  });

  test('the cache is next', async () => {
    const home = await cache('cache-2', WORKS);
    expect((await obtain('/no/such', home)).path).toContain('cache-2/lockstep/temporal-1.5.1-');
  });
});
