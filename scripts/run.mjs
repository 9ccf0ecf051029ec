/**
 * The door of every `npm run` command: checks the machine, installs the dependencies when they are missing or stale, then
 * runs the command. Plain JavaScript without dependencies, because it is the first thing that runs after a clone.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runForeground } from './setup/child.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { findPrerequisites, missingPrerequisites } from './setup/prerequisites.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const COMMANDS = {
  demo: 'server/local/demo/main.ts',
  test: 'scripts/test.ts',
  check: 'scripts/check.ts',
  histories: 'scripts/recordHistories.ts',
  model: 'scripts/model.ts',
  faults: 'scripts/faults.ts',
  recovery: 'scripts/recovery.ts',
  fuzz: 'scripts/fuzz.ts',
  attacks: 'scripts/attacks.ts',
  mutants: 'mutants/main.ts',
  licenses: 'scripts/dependencies.ts',
  sbom: 'scripts/sbom.ts',
  audit: 'scripts/audit.ts',
  'check:imports': 'scripts/check-imports.ts',
  doctor: 'server/doctor/main.ts',
  codec: 'server/codec/main.ts',
  start: 'server/start.ts',
  'start:server': 'server/main.ts',
  'start:worker': 'server/worker.ts',
};

const say = (line) => process.stderr.write(`lockstep: ${line}\n`);

async function main([name, ...args]) {
  const file = COMMANDS[name ?? ''];
  if (file === undefined) {
    say(`expected one of ${Object.keys(COMMANDS).join(', ')}, found ${name ?? 'nothing'}`);
    return 64;
  }
  const missing = missingPrerequisites(findPrerequisites());
  if (missing.length > 0) {
    for (const line of missing) say(line);
    return 78;
  }
  await installDependencies(ROOT, say);
  return runForeground(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], { cwd: ROOT });
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error.message);
    process.exitCode = 1;
  },
);
