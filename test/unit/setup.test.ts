import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockFaults } from '../../scripts/check-lock.mjs';
import { exclusive } from '../../scripts/setup/exclusive.mjs';
import { missingPrerequisites } from '../../scripts/setup/prerequisites.mjs';
import { tally } from '../../scripts/tally.ts';
import { waitFor } from '../support/processes.ts';

const run = promisify(execFile);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-setup-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('prerequisites', () => {
  test.each([
    ['20.0.0', '2.38.0'],
    ['22.11.0', '2.52.1'],
    ['24.0.0', '3.0'],
  ])('Node %s and git %s serve', (node, git) => {
    expect(missingPrerequisites({ node, git })).toEqual([]);
  });

  test('what is too old or missing is named, all at once', () => {
    expect(missingPrerequisites({ node: '18.20.4', git: '2.37.9' })).toEqual([
      expect.stringContaining('Node 20 or newer is needed, found 18.20.4: install it from'),
      expect.stringContaining('git 2.38 or newer is needed, found 2.37.9'),
    ]);
    expect(missingPrerequisites({ node: '20.1.0', git: undefined })).toEqual([
      expect.stringContaining('found none on PATH'),
    ]);
  });
});

describe('the lock between processes', () => {
  const HOLDER = `
    import { exclusive } from '${new URL('../../scripts/setup/exclusive.mjs', import.meta.url).href}';
    const [folder, what, file] = process.argv.slice(2);
    await exclusive(folder, async () => {
      if (what === 'hold') { process.stdout.write('held'); await new Promise(() => setInterval(() => {}, 1000)); }
      const { readFileSync, writeFileSync } = await import('node:fs');
      const seen = Number(readFileSync(file, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 5));
      writeFileSync(file, String(seen + 1));
    }, { pollMs: 5 });`;
  let holder = '';
  beforeAll(async () => {
    holder = join(folder, 'holder.mjs');
    await writeFile(holder, HOLDER);
  });

  test('lets one in at a time, of many processes', async () => {
    const [lock, count] = [join(folder, 'many'), join(folder, 'count')];
    await writeFile(count, '0');
    await Promise.all(Array.from({ length: 12 }, () => run(process.execPath, [holder, lock, 'count', count])));
    expect(await readFile(count, 'utf8')).toBe('12');
  });

  test('of a holder that was killed is taken over at once, and by one', async () => {
    const [lock, count] = [join(folder, 'dead'), join(folder, 'count-dead')];
    await writeFile(count, '0');
    const child = spawn(process.execPath, [holder, lock, 'hold', count], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await waitFor('the lock is held', () => output === 'held');
    const waited: number[] = [];
    const waiting = exclusive(lock, async () => 'mine', { pollMs: 5, waiting: (pid) => waited.push(pid) });
    await waitFor('somebody waits for it', () => waited.length > 0);
    expect(waited[0]).toBe(child.pid);
    const others = Array.from({ length: 6 }, () => run(process.execPath, [holder, lock, 'count', count]));
    child.kill('SIGKILL');
    expect(await waiting).toBe('mine');
    await Promise.all(others);
    expect(await readFile(count, 'utf8')).toBe('6');
  });

  test('is free again after work that failed', async () => {
    const lock = join(folder, 'failed');
    await expect(exclusive(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await exclusive(lock, async () => 'yes')).toBe('yes');
  });
});

describe('package-lock.json', () => {
  const binary = (os: string, cpu: string) => ({ os: [os], cpu: [cpu] });
  const packages = {
    'node_modules/tool': { optionalDependencies: { 'tool-a': '1', 'tool-b': '1', 'tool-c': '1', 'tool-d': '1' } },
    'node_modules/tool-a': binary('linux', 'x64'),
    'node_modules/tool-b': binary('linux', 'arm64'),
    'node_modules/tool-c': binary('darwin', 'x64'),
    'node_modules/tool-d': binary('darwin', 'arm64'),
  };

  test('of this repository installs on every platform', async () => {
    expect(lockFaults(JSON.parse(await readFile('package-lock.json', 'utf8')))).toEqual([]);
  });

  test('without a platform, for a newer Node, or naming a host, is refused', () => {
    expect(lockFaults({ packages })).toEqual([]);
    const { 'node_modules/tool-d': _, ...without } = packages;
    expect(lockFaults({ packages: without })).toEqual([
      'node_modules/tool: no entry for its optional dependency tool-d',
      'node_modules/tool: no binary for darwin arm64',
    ]);
    expect(lockFaults({ packages: { 'node_modules/x': { engines: { node: '>=22' } } } })).toHaveLength(1);
    expect(lockFaults({ packages: { 'node_modules/x': { resolved: 'https://mirror.example/x.tgz' } } })).toHaveLength(
      1,
    );
  });
});

describe('the tally of a test run', () => {
  const result = { numPassedTests: 7, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };

  test('counts files that could not be run as failures', () => {
    expect(tally(result, 0)).toEqual({ passed: 7, failed: 0 });
    expect(tally({ ...result, numFailedTests: 2, numRuntimeErrorTestSuites: 1 }, 1)).toEqual({ passed: 7, failed: 3 });
  });

  test('a run that ended badly is never green', () => {
    expect(tally(undefined, 0)).toEqual({ passed: 0, failed: 1 });
    expect(tally(result, 1)).toEqual({ passed: 7, failed: 1 });
  });
});
