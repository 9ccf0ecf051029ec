/** Requests for runs of test scripts, each with folders of its own. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Limits, USUAL_LIMITS } from '../../src/limits.ts';
import type { TestRequest } from '../../src/ports.ts';

export interface Wanted {
  timeoutMs?: number;
  limits?: Partial<Limits>;
}

export async function prepareRun(root: string, script: string, wanted: Wanted = {}): Promise<TestRequest> {
  const run = randomUUID();
  const [workspace, scripts] = [join(root, run, 'workspace'), join(root, run, 'scripts')];
  await mkdir(workspace, { recursive: true });
  await mkdir(scripts);
  await writeFile(join(scripts, 'run_integration_tests.sh'), script);
  await chmod(join(scripts, 'run_integration_tests.sh'), 0o755);
  const environment = { LOCKSTEP_CHANGESET: 'checkout-v2', LOCKSTEP_WORKSPACE: workspace, CI: 'true' };
  const { timeoutMs = 20_000, limits } = wanted;
  const network = { kind: 'loopback' } as const;
  return { run, workspace, scripts, environment, timeoutMs, limits: { ...USUAL_LIMITS, ...limits }, network };
}
