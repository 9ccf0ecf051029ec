/** A Temporal server and a workflow bundle for one command, and the environment that tells where they are. */
import { join } from 'node:path';
import { obtainTemporal } from '../server/local/temporal/obtain.ts';
import { startTemporal } from '../server/local/temporal/server.ts';
import { withWorkflowBundle } from './workflowBundle.ts';

export type TestServerEnvironment = Record<
  'LOCKSTEP_TEST_TEMPORAL' | 'LOCKSTEP_TEST_TEMPORAL_ADDRESS' | 'LOCKSTEP_WORKFLOW_BUNDLE',
  string
>;

/** `folder` is removed when `use` is done. */
export async function withTestServer<T>(
  say: (line: string) => void,
  use: (made: { folder: string; env: TestServerEnvironment }) => Promise<T>,
): Promise<T> {
  const temporal = await obtainTemporal({ say, environment: process.env });
  say(`Temporal: ${temporal.source} (${temporal.path})`);
  return withWorkflowBundle(async ({ folder, bundle }) => {
    const dbFile = join(folder, 'temporal.db');
    const server = await startTemporal({ path: temporal.path, dbFile, namespaces: ['default'] });
    try {
      const env = {
        LOCKSTEP_TEST_TEMPORAL: temporal.path,
        LOCKSTEP_TEST_TEMPORAL_ADDRESS: server.address,
        LOCKSTEP_WORKFLOW_BUNDLE: bundle,
      };
      return await use({ folder, env });
    } finally {
      await server.stop();
    }
  });
}
