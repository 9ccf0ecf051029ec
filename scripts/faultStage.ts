/** What all fault runs of a command share: Temporal, a workflow bundle, the code as JavaScript, a filled GitHub. */
import { existsSync } from 'node:fs';
import { makeTemplate } from '../faults/template.ts';
import type { Stage } from '../faults/world.ts';
import { withCompiled } from './compiled.ts';
import { withOlderVersion } from './olderVersion.ts';
import { sandboxChoice } from './sandbox.ts';
import { type TestServerEnvironment, withTestServer } from './testServer.ts';

/** `older`: whether a run needs the tree of the older version. */
export async function withFaultStage<T>(
  { say, older = false }: { say: (line: string) => void; older?: boolean },
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  if (!existsSync('/proc/self/stat')) throw new Error('fault runs look at processes in /proc: they need Linux');
  const sandbox = await sandboxChoice(process.env, say);
  return withTestServer(say, ({ folder, env }) => {
    if (!older) return onServer({ folder, env, sandbox }, use);
    return withOlderVersion(folder, (version) => {
      say(`the older version is ${version.commit.slice(0, 7)}`);
      return onServer({ folder, env, sandbox, older: version.folder }, use);
    });
  });
}

/** On a Temporal that runs already. `older`: where the version is that works beside this one, if a run needs it. */
export async function onServer<T>(
  given: { folder: string; env: TestServerEnvironment; sandbox: string; older?: string },
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { folder, env, sandbox, older } = given;
  return withCompiled(async (compiled) =>
    use({
      temporal: { address: env.LOCKSTEP_TEST_TEMPORAL_ADDRESS, path: env.LOCKSTEP_TEST_TEMPORAL },
      template: await makeTemplate(folder),
      workflowBundle: env.LOCKSTEP_WORKFLOW_BUNDLE,
      compiled,
      sandbox,
      ...(older !== undefined && { older }),
    }),
  );
}
