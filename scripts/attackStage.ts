/** What `npm run attacks` needs: as for fault runs, with a GitHub for attacks. */
import { existsSync } from 'node:fs';
import { makeAttacksTemplate } from '../attacks/template.ts';
import type { Stage } from '../faults/world.ts';
import { withCompiled } from './compiled.ts';
import { sandboxChoice } from './sandbox.ts';
import { type TestServerEnvironment, withTestServer } from './testServer.ts';

export async function withAttackStage<T>(say: (line: string) => void, use: (stage: Stage) => Promise<T>): Promise<T> {
  if (!existsSync('/proc/self/stat')) throw new Error('attacks are watched in /proc: they need Linux');
  const sandbox = await sandboxChoice(process.env, say);
  if (sandbox === 'none') throw new Error('there is no sandbox here that could be attacked');
  return withTestServer(say, ({ folder, env }) => attacksOnServer({ folder, env, sandbox }, use));
}

/** On a Temporal that runs already. */
export function attacksOnServer<T>(
  { folder, env, sandbox }: { folder: string; env: TestServerEnvironment; sandbox: string },
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  return withCompiled(async (compiled) =>
    use({
      temporal: { address: env.LOCKSTEP_TEST_TEMPORAL_ADDRESS, path: env.LOCKSTEP_TEST_TEMPORAL },
      template: await makeAttacksTemplate(folder),
      workflowBundle: env.LOCKSTEP_WORKFLOW_BUNDLE,
      compiled,
      sandbox,
    }),
  );
}
