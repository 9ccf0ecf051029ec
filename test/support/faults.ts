/** The stage of fault runs, or of attacks, on the tests' Temporal. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stage } from '../../faults/world.ts';
import { onServer } from '../../scripts/faultStage.ts';

export async function onTestServer<T>(
  use: (stage: Stage) => Promise<T>,
  open: typeof onServer<T> = onServer,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-faults-tests-'));
  const env = {
    LOCKSTEP_TEST_TEMPORAL: needed('LOCKSTEP_TEST_TEMPORAL'),
    LOCKSTEP_TEST_TEMPORAL_ADDRESS: needed('LOCKSTEP_TEST_TEMPORAL_ADDRESS'),
    LOCKSTEP_WORKFLOW_BUNDLE: needed('LOCKSTEP_WORKFLOW_BUNDLE'),
  };
  try {
    return await open({ folder, env, sandbox: needed('LOCKSTEP_TEST_SANDBOX') }, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function needed(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run tests by npm test -- <path>`);
  return value;
}
