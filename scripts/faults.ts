/**
 * `npm run faults`: real processes, really killed at every point where an effect on the outside happens, and what the
 * invariants say of it. `--only <text>` those whose name has that text. The last line says `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { perform, type Run } from '../faults/run.ts';
import { pointRuns } from '../faults/runs.ts';
import { makeTemplate } from '../faults/template.ts';
import type { Stage } from '../faults/world.ts';
import { withCompiled } from './compiled.ts';
import { sandboxChoice } from './sandbox.ts';
import { withTestServer } from './testServer.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '3' },
    },
  });
  const runs = pointRuns(Number(values.seed)).filter(({ name }) => name.includes(values.only));
  const sandbox = await sandboxChoice(process.env, say);
  const failed = await withTestServer(say, ({ folder, env }) =>
    withCompiled(async (compiled) => {
      const stage: Stage = {
        temporal: { address: env.LOCKSTEP_TEST_TEMPORAL_ADDRESS ?? '' },
        template: await makeTemplate(folder),
        workflowBundle: env.LOCKSTEP_WORKFLOW_BUNDLE ?? '',
        compiled,
        sandbox,
      };
      return performAll(stage, runs, Number(values.parallel));
    }),
  );
  console.log(`${runs.length - failed} passed, ${failed} failed`);
  return failed > 0 || runs.length === 0 ? 1 : 0;
}

async function performAll(stage: Stage, runs: Run[], parallel: number): Promise<number> {
  const waiting = [...runs];
  let failed = 0;
  const work = async () => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const { complaints, deaths, milliseconds, folder } = await perform(stage, run);
      const seconds = (milliseconds / 1000).toFixed(1);
      console.log(
        `${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${run.name} (seed ${run.seed}): ${seconds} s, ${deaths} killed`,
      );
      for (const complaint of complaints) console.log(`         ${complaint}`);
      if (folder !== undefined) console.log(`         its files: ${folder}`);
      if (complaints.length > 0) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return failed;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
