import { describe, expect, test } from '@jest/globals';
import { importsOf, readImports } from '../../scripts/imports.ts';
import { FOLDERS, roomFaults } from '../../scripts/rooms.ts';

const faults = (file: string, text: string) => roomFaults(importsOf(file, text));

describe('the rooms', () => {
  test('every import of the repository goes one way', async () => {
    const imports = await readImports('.', FOLDERS);
    expect(imports.length).toBeGreaterThan(0);
    expect(roomFaults(imports)).toEqual([]);
  });

  test.each([
    ['src/plan.ts', "import { readFile } from 'node:fs/promises';", 'src may import of packages only'],
    ['src/plan.ts', "import pino from 'pino';", 'src may import of packages only'],
    ['src/plan.ts', "export * from '../activities/index.ts';", 'src may not import activities'],
    ['src/plan.ts', "const x = await import('../server/main.ts');", 'src may not import server'],
    ['src/plan.ts', "let x: import('../activities/index.ts').A;", 'src may not import activities'],
    ['workflows/queue.ts', "import { createActivities } from '../activities/index.ts';", 'only types from activities'],
    ['workflows/queue.ts', "import { type A } from '../activities/index.ts';", 'only types from activities'],
    ['workflows/queue.ts', "import { randomUUID } from 'node:crypto';", 'workflows may import of packages only'],
    [
      'activities/git/run.ts',
      "import { queue } from '../../workflows/queue.ts';",
      'activities may not import workflows',
    ],
    [
      'activities/git/run.ts',
      "import type { Config } from '../../server/config.ts';",
      'activities may not import server',
    ],
    ['server/main.ts', "import { startTemporal } from './local/temporal/server.ts';", 'server may not import local'],
    ['server/main.ts', "import { fixture } from '../test/support/fixture.ts';", 'server may not import test'],
  ])('%s may not say %s', (file, text, expected) => {
    expect(faults(file, text)).toContainEqual(expect.stringContaining(expected));
  });

  test.each([
    ['src/plan.ts', "import { parse } from 'yaml';"],
    [
      'workflows/queue.ts',
      "import type { Activities } from '../activities/index.ts'; import { plan } from '../src/plan.ts';",
    ],
    ['server/main.ts', "import { queue } from '../workflows/queue.ts'; import { readFile } from 'node:fs';"],
    ['server/local/demo/main.ts', "import { buildApp } from '../../app.ts';"],
    ['test/e2e/demo.test.ts', "import { hub } from '../../server/local/github/hub.ts';"],
  ])('%s may say %s', (file, text) => {
    expect(faults(file, text)).toEqual([]);
  });

  test('a parser never reaches the workflow bundle, however far down', () => {
    const imports = [
      ...importsOf('workflows/queue.ts', "import { plan } from '../src/plan.ts';"),
      ...importsOf('src/plan.ts', "import { parse } from './manifest.ts';"),
      ...importsOf('src/manifest.ts', "import { parse } from 'yaml'; import type { Z } from 'zod';"),
    ];
    expect(roomFaults(imports)).toEqual([
      'workflows/queue.ts → src/plan.ts → src/manifest.ts → yaml: must not be part of the workflow bundle',
    ]);
  });
});
