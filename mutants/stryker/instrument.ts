/** Has Stryker put its changes into the code that decides, each behind a switch, and makes one file of it and its unit tests. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The last that runs on Node 20. What it brings along nothing else needs: it lives in a folder of its own. */
const INSTRUMENTER = '@stryker-mutator/instrumenter';
const VERSION = '9.6.1';

const CHANGED = ['src/plan', 'src/landing', 'src/queue'];

/** The explorer and the simulator, which would notice more, are left out on purpose. */
const TESTS = [
  'plan',
  'landing',
  'landingFacts',
  'landingExactly',
  'landingTexts',
  'landingHalfway',
  'landingLooks',
  'stray',
  'attempt',
  'pipeline',
  'queue',
  'queueExactly',
  'queueSearch',
  'landingSearch',
];

interface Place {
  line: number;
  column: number;
}

export interface Change {
  id: string;
  fileName: string;
  mutatorName: string;
  replacement: string;
  /** From 0. */
  location: { start: Place; end: Place };
}

interface Instrumenter {
  instrument(
    files: { name: string; content: string; mutate: true }[],
    options: object,
  ): Promise<{ files: { name: string; content: string }[]; mutants: Change[] }>;
}

const SILENT = Object.fromEntries(
  ['debug', 'trace', 'info', 'warn', 'error', 'fatal'].map((level) => [level, () => undefined]),
);

/** `cache`: a folder that stays. The file is written into `root`, a copy of the tree whose sources are changed. */
export async function instrument(root: string, cache: string): Promise<{ changes: Change[]; file: string }> {
  const { Instrumenter } = await obtain(join(cache, `stryker-${VERSION}`));
  const logger = { ...SILENT, isDebugEnabled: () => false };
  const files: { name: string; content: string; mutate: true }[] = [];
  for (const folder of CHANGED) {
    for (const one of (await readdir(join(root, folder))).toSorted()) {
      const name = `${folder}/${one}`;
      files.push({ name, content: await readFile(join(root, name), 'utf8'), mutate: true });
    }
  }
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const { files: changed, mutants } = await new Instrumenter(logger).instrument(files, options);
  for (const { name, content } of changed) await writeFile(join(root, name), content);
  const file = join(root, 'unit-tests.mjs');
  await bundle(root, file);
  return { changes: mutants, file };
}

async function obtain(folder: string): Promise<{ Instrumenter: new (logger: object) => Instrumenter }> {
  const installed = join(folder, 'node_modules', INSTRUMENTER);
  if (!existsSync(installed)) {
    await mkdir(folder, { recursive: true });
    const args = ['install', '--no-save', '--no-package-lock', '--prefix', folder, `${INSTRUMENTER}@${VERSION}`];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return import(pathToFileURL(join(installed, 'dist', 'src', 'index.js')).href);
}

async function bundle(root: string, outfile: string): Promise<void> {
  const imports = TESTS.map((name) => `import './test/unit/${name}.test.ts';`);
  await build({
    stdin: {
      contents: [...imports, `export { tests } from './mutants/stryker/jest.ts';`].join('\n'),
      resolveDir: root,
    },
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: { '@jest/globals': './mutants/stryker/jest.ts' },
    outfile,
    logLevel: 'warning',
  });
}
