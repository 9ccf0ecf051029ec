/** Limits: what is asked for, what is granted, and what people read of it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { TestDeps } from '../../activities/deps.ts';
import { runTests } from '../../activities/tests/runTests.ts';
import { idFrom } from '../../activities/tests/sandbox/createSandbox.ts';
import { readTestsConfig } from '../../server/config.ts';
import { grantLimits, type Limits, USUAL_BOUNDS, USUAL_LIMITS } from '../../src/limits.ts';
import { readConfiguration } from '../../src/manifest/readConfiguration.ts';
import type { TestEnd, TestRequest } from '../../src/ports.ts';
import { overLimit, size } from '../../src/report/limits.ts';
import { failureSentence } from '../../src/report/phases.ts';

const GIB = 1024 ** 3;

test('what is asked for is granted within the bounds, what is not is as usual, or less where the bounds are', () => {
  expect(grantLimits({ timeMs: 1, memoryBytes: 3 * GIB }, USUAL_BOUNDS)).toEqual({
    limits: { ...USUAL_LIMITS, memoryBytes: 3 * GIB },
  });
  expect(grantLimits({ timeMs: 1 }, { ...USUAL_BOUNDS, memoryBytes: GIB })).toEqual({
    limits: { ...USUAL_LIMITS, memoryBytes: GIB },
  });
  expect(grantLimits({ timeMs: 2, cpus: 64 }, { ...USUAL_BOUNDS, timeMs: 1 })).toEqual({
    beyond: [
      { bound: 'cpus', asked: 64, allowed: 16 },
      { bound: 'timeMs', asked: 2, allowed: 1 },
    ],
  });
});

test('each limit is named with its size', () => {
  const told = (['memory', 'processes', 'disk', 'files', 'output'] as const).map((name) =>
    overLimit(name, USUAL_LIMITS),
  );
  expect(told).toEqual([
    'ran out of memory (2 GiB)',
    'started too many processes (1024 at the same time)',
    'filled their disk (1 GiB)',
    'made too many files (131072, for a disk of 1 GiB)',
    'wrote too much output (1 GiB)',
  ]);
  expect([1, 1024, 1536, 512 * 1024 ** 2].map(size)).toEqual(['1 bytes', '1 KiB', '1.5 KiB', '512 MiB']);
});

test('a limit that was met is a sentence on the pull request', () => {
  const log = { id: 'log', bytes: 0, truncated: false, tail: '' };
  const result = { kind: 'limit' as const, limit: overLimit('memory', USUAL_LIMITS), durationMs: 1, log };
  expect(failureSentence({ kind: 'tests', result })).toBe('the tests ran out of memory (2 GiB).');
});

describe('lockstep.yaml', () => {
  const read = (limits: string) =>
    readConfiguration(`repositories: [acme/api]\ndefaults:\n  network: loopback\n  limits: ${limits}\n`, {
      path: 'lockstep.yaml',
    });

  test('sets some of them', () => {
    expect(read('{ memory: 512MiB, processes: 100, cpus: 0.5, disk: 2 GiB, output: 10MiB }')).toMatchObject({
      configuration: {
        defaults: {
          limits: {
            memoryBytes: 512 * 1024 ** 2,
            processes: 100,
            cpus: 0.5,
            diskBytes: 2 * GIB,
            outputBytes: 10 * 1024 ** 2,
          },
        },
      },
    });
  });

  test.each([
    ['{ memory: 512 }', '"512" is not a size (expected 512MiB or 2GiB)'],
    ['{ memory: 1MiB }', '"1MiB" is out of range (expected 16 MiB to 1 TiB)'],
    ['{ memory: 5GB }', '"5GB" is not a size (expected 512MiB or 2GiB)'],
    ['{ processes: 1 }', 'expected a whole number from 8 to 1000000, found "1"'],
    ['{ cpus: 0 }', '"0" is not a number of processors (expected 0.1 to 1024)'],
    ['{ cpus: two }', '"two" is not a number of processors (expected 0.1 to 1024)'],
    ['{ ram: 1GiB }', expect.stringContaining('unknown key "ram"')],
    ['lots', 'expected a map of limits, found "lots"'],
  ])('%s is refused', (limits, message) => {
    expect(read(limits)).toMatchObject({ problems: [{ message }] });
  });

  test('any other network is refused', () => {
    const found = readConfiguration('repositories: [acme/api]\ndefaults:\n  network: host\n', {
      path: 'lockstep.yaml',
    });
    expect(found).toMatchObject({ problems: [{ message: 'expected loopback, found "host"' }] });
  });
});

describe('the operator', () => {
  const env = { LOCKSTEP_COORDINATOR: 'acme/coordinator', LOCKSTEP_DATA_DIR: mkdtempSync(join(tmpdir(), 'lockstep-')) };

  test('bounds them by variables, and names what the sandbox is made from', () => {
    const { bounds, host } = readTestsConfig({
      ...env,
      LOCKSTEP_MAX_MEMORY: '4GiB',
      LOCKSTEP_MAX_CPUS: '1.5',
      LOCKSTEP_MAX_PROCESSES: '99',
      LOCKSTEP_MAX_TEST_MS: '60000',
      LOCKSTEP_SANDBOX_CGROUP: '/sys/fs/cgroup/tests',
      LOCKSTEP_SANDBOX_ROOTFS: '/srv/rootfs',
      LOCKSTEP_SANDBOX_TOOLS: '/opt/node:/opt/jdk',
    });
    expect(bounds).toEqual({ ...USUAL_BOUNDS, memoryBytes: 4 * GIB, cpus: 1.5, processes: 99, timeMs: 60_000 });
    expect(host).toEqual({
      cgroups: { folder: '/sys/fs/cgroup/tests' },
      rootfs: '/srv/rootfs',
      tools: ['/opt/node', '/opt/jdk'],
    });
    expect(readTestsConfig(env)).toMatchObject({ bounds: USUAL_BOUNDS, host: { cgroups: 'find', tools: [] } });
    expect(readTestsConfig({ ...env, LOCKSTEP_SANDBOX: 'bubblewrap-only' }).host.cgroups).toBe('without');
  });

  test.each([
    ['LOCKSTEP_MAX_MEMORY', '4GB', 'expected a size of 16 MiB or more, found "4GB"'],
    ['LOCKSTEP_MAX_PROCESSES', '2', 'expected 8 or more, found "2"'],
    ['LOCKSTEP_MAX_CPUS', 'all', 'expected a number of processors such as 2 or 0.5, found "all"'],
    ['LOCKSTEP_SANDBOX_ROOTFS', 'rootfs', 'expected an absolute path, found "rootfs"'],
    ['LOCKSTEP_SANDBOX_TOOLS', '/a:b', 'expected absolute paths with : between, found "/a:b"'],
    ['LOCKSTEP_SANDBOX_CGROUP', 'none', 'expected an absolute path, found "none"'],
  ])('is told what is wrong with %s', (name, value, problem) => {
    expect(() => readTestsConfig({ ...env, [name]: value })).toThrow(`${name}: ${problem}`);
  });
});

describe('a run of the tests', () => {
  async function run(end: TestEnd, about: { attempt?: number; limits?: Partial<Limits> } = {}) {
    const asked: TestRequest[] = [];
    const log = { id: 'log', bytes: 0, truncated: false, tail: '' };
    const deps = {
      coordinator: 'acme/coordinator',
      git: { exportTree: async () => undefined },
      runner: {
        run: async (request: TestRequest) => {
          asked.push(request);
          return { end, durationMs: 1, log };
        },
      },
      bounds: USUAL_BOUNDS,
      workspaces: mkdtempSync(join(tmpdir(), 'lockstep-tries-')),
      live: () => ({ signal: new AbortController().signal }),
      attempt: () => about.attempt ?? 1,
      ranMs: () => 0,
    } as unknown as TestDeps;
    const id = { coordinator: 'acme/coordinator', pullRequest: 1, name: 'x' };
    const vector = { coordinator: 'c0', members: [], others: [] };
    const limits = about.limits ? { limits: about.limits } : {};
    const result = await runTests(deps, { id, vector, timeoutMs: 1, run: 'run', ...limits });
    return { result, asked };
  }

  test('gets the limits of lockstep.yaml, and none beyond the bounds', async () => {
    const { asked } = await run({ kind: 'exit', code: 0 }, { limits: { processes: 100 } });
    expect(asked).toMatchObject([{ limits: { ...USUAL_LIMITS, processes: 100 }, network: { kind: 'loopback' } }]);
    await expect(run({ kind: 'exit', code: 0 }, { limits: { memoryBytes: 16 * GIB } })).rejects.toMatchObject({
      nonRetryable: true,
      message:
        'lockstep.yaml asks for more than tests may use here: defaults.limits.memory is 16 GiB, and the test worker allows at most 8 GiB (LOCKSTEP_MAX_MEMORY)',
    });
  });

  test('F19: whose script was killed is run again, and red only when that goes on', async () => {
    const killed = { kind: 'signal' as const, signal: 'SIGKILL' };
    for (const attempt of [1, 2]) await expect(run(killed, { attempt })).rejects.toThrow('it is run again');
    expect((await run(killed, { attempt: 3 })).result).toMatchObject({ kind: 'failed', failure: killed });
    const crashed = { kind: 'signal' as const, signal: 'SIGSEGV' };
    expect((await run(crashed)).result).toMatchObject({ kind: 'failed', failure: crashed });
  });

  test('F18: that met a limit is red at once', async () => {
    const met = { kind: 'limit' as const, limit: 'ran out of memory (2 GiB)' };
    expect((await run(met)).result).toMatchObject({ kind: 'failed', failure: met });
  });
});

test('the id of a run is nobody’s, and one that there is', () => {
  const [all, few] = [idFrom('         0          0 4294967295\n'), idFrom('0 100000 65536\n')];
  for (let i = 0; i < 100; i++) {
    expect(all()).toBeGreaterThanOrEqual(1_900_000_000);
    expect(few()).toBeLessThan(65_536);
  }
});
