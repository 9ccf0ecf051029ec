/** `npm run check`: what CI runs before the tests. Everything is run, also after a fault, so that all are seen at once. */
import { join } from 'node:path';
import { runForeground } from './setup/child.mjs';

const bin = (...path: string[]) => join('node_modules', ...path);

const CHECKS: { name: string; command: string[] }[] = [
  { name: 'types', command: [bin('typescript', 'bin', 'tsc'), '-p', '.'] },
  { name: 'lint and format', command: [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--colors=off'] },
  { name: 'imports between the rooms', command: ['--import', 'tsx', join('scripts', 'check-imports.ts')] },
  {
    name: 'licences and versions of dependencies',
    command: ['--import', 'tsx', join('scripts', 'dependencies.ts'), '--check'],
  },
  { name: 'package-lock.json', command: [join('scripts', 'check-lock.mjs')] },
];

const failed: string[] = [];
for (const { name, command } of CHECKS) {
  const started = performance.now();
  const code = await runForeground(process.execPath, command);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) failed.push(name);
}
console.log(failed.length === 0 ? 'check: ok' : `check: failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
