/**
 * `npm test`: every test, against a real Temporal server of its own. The last line says `N passed, N failed`.
 * Arguments go to jest: `npm test -- test/unit`.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { obtainTemporal } from '../server/local/temporal/obtain.ts';
import { startTemporal } from '../server/local/temporal/server.ts';
import { DATA_CONVERTER, WORKFLOWS_PATH } from '../server/temporal/connect.ts';
import { sandboxChoice } from './sandbox.ts';
import { runForeground } from './setup/child.mjs';
import { type JestResult, tally } from './tally.ts';

const JEST = join('node_modules', 'jest', 'bin', 'jest.js');

const QUIET = new DefaultLogger('WARN');

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

async function main(args: string[]): Promise<number> {
  const sandbox = await sandboxChoice(process.env, say);
  const temporal = await obtainTemporal({ say, environment: process.env });
  say(`Temporal: ${temporal.source} (${temporal.path})`);
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-tests-'));
  const report = join(folder, 'jest.json');
  const bundle = join(folder, 'workflows.js');
  // One server and one bundle for all test files: each file takes a namespace of its own.
  const server = await startTemporal({
    path: temporal.path,
    dbFile: join(folder, 'temporal.db'),
    namespaces: ['default'],
  });
  try {
    await writeFile(
      bundle,
      (await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...DATA_CONVERTER, logger: QUIET })).code,
    );
    const code = await runForeground(process.execPath, [JEST, '--json', `--outputFile=${report}`, ...args], {
      env: {
        ...process.env,
        NODE_OPTIONS:
          `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings=ExperimentalWarning`.trim(),
        LOCKSTEP_TEST_TEMPORAL: temporal.path,
        LOCKSTEP_TEST_TEMPORAL_ADDRESS: server.address,
        LOCKSTEP_WORKFLOW_BUNDLE: bundle,
        LOCKSTEP_TEST_SANDBOX: sandbox,
      },
    });
    const { passed, failed } = tally(await readReport(report), code);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed > 0 && code === 0 ? 1 : code;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function readReport(path: string): Promise<JestResult | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as JestResult);
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.stdout.write('0 passed, 1 failed\n');
  return 1;
});
