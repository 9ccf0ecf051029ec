/** A Temporal server and a workflow bundle for one command, and the environment that tells where they are. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { obtainTemporal } from '../server/local/temporal/obtain.ts';
import { startTemporal } from '../server/local/temporal/server.ts';
import { DATA_CONVERTER, WORKFLOWS_PATH } from '../server/temporal/connect.ts';

const QUIET = new DefaultLogger('WARN');

/** `folder` is removed when `use` is done. */
export async function withTestServer<T>(
  say: (line: string) => void,
  use: (made: { folder: string; env: Record<string, string> }) => Promise<T>,
): Promise<T> {
  const temporal = await obtainTemporal({ say, environment: process.env });
  say(`Temporal: ${temporal.source} (${temporal.path})`);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tests-'));
  const bundle = join(folder, 'workflows.js');
  const dbFile = join(folder, 'temporal.db');
  const server = await startTemporal({ path: temporal.path, dbFile, namespaces: ['default'] });
  try {
    const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...DATA_CONVERTER, logger: QUIET });
    await writeFile(bundle, code);
    const env = {
      LOCKSTEP_TEST_TEMPORAL: temporal.path,
      LOCKSTEP_TEST_TEMPORAL_ADDRESS: server.address,
      LOCKSTEP_WORKFLOW_BUNDLE: bundle,
    };
    return await use({ folder, env });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
