/** The workflow bundle as workers run it, in a file of a folder of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { DATA_CONVERTER, WORKFLOWS_PATH } from '../server/temporal/connect.ts';

/** The folder is removed when `use` is done. */
export async function withWorkflowBundle<T>(use: (made: { folder: string; bundle: string }) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tests-'));
  try {
    const logger = new DefaultLogger('WARN');
    const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...DATA_CONVERTER, logger });
    const bundle = join(folder, 'workflows.js');
    await writeFile(bundle, code);
    return await use({ folder, bundle });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
