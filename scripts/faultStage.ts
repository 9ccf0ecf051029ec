/** What all fault runs share, made for one command: Temporal, a workflow bundle, the code as JavaScript, a filled GitHub. */
import { makeTemplate } from '../faults/template.ts';
import type { Stage } from '../faults/world.ts';
import { withCompiled } from './compiled.ts';
import { withOlderVersion } from './olderVersion.ts';
import { sandboxChoice } from './sandbox.ts';
import { withTestServer } from './testServer.ts';

export async function withFaultStage<T>(say: (line: string) => void, use: (stage: Stage) => Promise<T>): Promise<T> {
  const sandbox = await sandboxChoice(process.env, say);
  return withTestServer(say, ({ folder, env }) =>
    withCompiled((compiled) =>
      withOlderVersion(folder, async (older) => {
        say(`the older version is ${older.commit.slice(0, 7)}`);
        return use({
          temporal: { address: env.LOCKSTEP_TEST_TEMPORAL_ADDRESS, path: env.LOCKSTEP_TEST_TEMPORAL },
          template: await makeTemplate(folder),
          workflowBundle: env.LOCKSTEP_WORKFLOW_BUNDLE,
          compiled,
          sandbox,
          older: older.folder,
        });
      }),
    ),
  );
}
