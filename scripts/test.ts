/**
 * `npm test`: every test, against a real Temporal server of its own. The last line says `N passed, N failed`.
 * Arguments go to jest: `npm test -- test/unit`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withCompiled } from './compiled.ts';
import { sandboxChoice } from './sandbox.ts';
import { runForeground } from './setup/child.mjs';
import { type JestResult, tally } from './tally.ts';
import { withTestServer } from './testServer.ts';

const JEST = join('node_modules', 'jest', 'bin', 'jest.js');

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

async function main(args: string[]): Promise<number> {
  const sandbox = await sandboxChoice(process.env, say);
  // One server, one bundle and one compilation for all test files: each file takes a namespace of its own.
  const run = async ({ folder, env }: { folder: string; env: Record<string, string> }) => {
    const report = join(folder, 'jest.json');
    const code = await runForeground(process.execPath, [JEST, '--json', `--outputFile=${report}`, ...args], {
      env: {
        ...process.env,
        NODE_OPTIONS:
          `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings=ExperimentalWarning`.trim(),
        ...env,
        LOCKSTEP_TEST_SANDBOX: sandbox,
      },
    });
    const { passed, failed } = tally(await readReport(report), code);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
    return failed > 0 && code === 0 ? 1 : code;
  };
  return withCompiled((compiled) =>
    withTestServer(say, ({ folder, env }) => run({ folder, env: { ...env, LOCKSTEP_TEST_COMPILED: compiled } })),
  );
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
