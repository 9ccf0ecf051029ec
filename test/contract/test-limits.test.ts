/** Each limit is met on purpose: its breach is a red test that names it, and what is killed from outside is no test at all. */
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { findCgroups, seenHere } from '../../activities/tests/cgroup/find.ts';
import { createFakeTestRunner } from '../../activities/tests/fake.ts';
import { createTestRunner } from '../../activities/tests/runner.ts';
import { createUnsandboxedBox } from '../../activities/tests/unsandboxed.ts';
import type { Limits } from '../../src/limits.ts';
import { processesNaming, waitFor } from '../support/processes.ts';
import { prepareRun } from '../support/runs.ts';
import { IS_GROUPED, openedSandbox } from '../support/sandboxes.ts';

const MIB = 1024 ** 2;
const choice = process.env.LOCKSTEP_TEST_SANDBOX;
const box = choice === 'none' ? undefined : await openedSandbox(choice);
const sandboxed = box === undefined ? describe.skip : describe;
const grouped = IS_GROUPED ? describe : describe.skip;

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-limits-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const live = () => ({ signal: new AbortController().signal });

async function run(script: string, limits: Partial<Limits> = {}, inBox = box) {
  if (inBox === undefined) throw new Error('there is no sandbox here');
  const runner = createTestRunner({ box: inBox, logs: createFakeLogStore() });
  return runner.run(await prepareRun(root, `#!/bin/sh\n${script}\n`, { limits }), live());
}

sandboxed('what tests write', () => {
  const MUCH = 'head -c 50000000 /dev/zero > big';

  test.each([
    ['the workspace', MUCH],
    ['/tmp', 'head -c 50000000 /dev/zero > /tmp/big'],
    ['/dev/shm', 'head -c 50000000 /dev/zero > /dev/shm/big'],
    ['a file that has no name any more', 'exec 9> big; rm big; head -c 50000000 /dev/zero >&9; exec tail -f /dev/null'],
  ])('F16: is bounded in %s, and the breach is named', async (_, script) => {
    expect(await run(script, { diskBytes: 8 * MIB })).toMatchObject({
      end: { kind: 'limit', limit: 'filled their disk (8 MiB)' },
    });
  });

  test('F16: is bounded in files too', async () => {
    const script = 'mkdir many; cd many; i=0; while : > $i; do i=$((i + 1)); done; exit 3';
    expect(await run(script, { diskBytes: MIB })).toMatchObject({
      end: { kind: 'limit', limit: 'made too many files (4096, for a disk of 1 MiB)' },
    });
  });

  test('F16: a script that makes nothing of it is red too, and a neighbour is green', async () => {
    const [full, neighbour] = await Promise.all([
      run(`${MUCH} 2>/dev/null || true; rm -f other; exit 0`, { diskBytes: 8 * MIB }),
      run('head -c 4000000 /dev/zero > mine && echo done', { diskBytes: 8 * MIB }),
    ]);
    expect(full.end.kind).toBe('limit');
    expect(neighbour).toMatchObject({ end: { kind: 'exit', code: 0 }, log: { tail: 'done\n' } });
  });

  test('ends with them: neither the workspace nor a mount is left', async () => {
    const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length;
    const before = mounts();
    const request = await prepareRun(root, '#!/bin/sh\necho x > made\n');
    const runner = createTestRunner({ box: box ?? createUnsandboxedBox(), logs: createFakeLogStore() });
    await runner.run(request, live());
    expect([await readdir(request.workspace), await readdir(dirname(request.workspace))]).toEqual([
      [],
      ['scripts', 'workspace'],
    ]);
    expect(mounts()).toBe(before);
  });
});

grouped('what a run uses as a whole', () => {
  test.each([
    ['in one process', 'head -c 300000000 /dev/zero | tail -c 300000000 > /dev/null'],
    ['where the script goes on', '(head -c 300000000 /dev/zero | tail -c 300000000 > /dev/null) 2>/dev/null; exit 0'],
    [
      'in many processes',
      'for i in 1 2 3 4 5 6 7 8; do (head -c 20000000 /dev/zero | tail -c 20000000 | (sleep 5; cat >/dev/null)) & done; wait',
    ],
  ])('F18: memory that is used up %s is a red test that says so', async (_, script) => {
    expect(await run(script, { memoryBytes: 64 * MIB })).toMatchObject({
      end: { kind: 'limit', limit: 'ran out of memory (64 MiB)' },
    });
  });

  test('F18: files count as memory', async () => {
    const script = 'head -c 200000000 /dev/zero > big';
    expect(await run(script, { memoryBytes: 64 * MIB, diskBytes: 512 * MIB })).toMatchObject({
      end: { kind: 'limit', limit: 'ran out of memory (64 MiB)' },
    });
  });

  test('a fork bomb is a red test that says so, and all of it is dead', async () => {
    const mark = `4${Math.floor(Math.random() * 1e8)}`;
    const script = `bomb() { sleep ${mark} & bomb & bomb; }; bomb`;
    expect(await run(script, { processes: 50 })).toMatchObject({
      end: { kind: 'limit', limit: 'started too many processes (50 at the same time)' },
    });
    expect(processesNaming(mark)).toEqual([]);
  });

  test('who spins gets no more of the processors than was given', async () => {
    const spin =
      'const end = Date.now() + 1500; while (Date.now() < end); const { user, system } = process.cpuUsage();';
    const { log } = await run(`node -e '${spin} console.log((user + system) / 1000)'`, { cpus: 0.25 });
    expect(Number(log.tail)).toBeLessThan(1000);
  });

  test('no group is left', async () => {
    const found = await findCgroups(await seenHere());
    if ('fault' in found) throw new Error(found.fault);
    await run('exit 0');
    for (const folder of found.home.folders) {
      const ours = (await readdir(folder)).filter((name) => name.startsWith(`lockstep-run-${process.pid}-`));
      expect(ours).toEqual([]);
    }
  });
});

sandboxed('F19: a run that was killed from outside', () => {
  /** A script that waits, with its own process, and whose child is found by a mark. */
  async function killed(which: (pids: { script: number; first: number; bubblewrap: number }) => number) {
    const mark = `5${Math.floor(Math.random() * 1e8)}`;
    const running = run(`sleep ${mark}; exit 0`).then(
      ({ end }) => end,
      (error: Error) => error.message,
    );
    await waitFor('the script is running', () => processesNaming(mark).length > 0);
    const [child = 0] = processesNaming(mark);
    const script = parentOf(child);
    const first = parentOf(script);
    process.kill(which({ script, first, bubblewrap: parentOf(first) }), 'SIGKILL');
    return running;
  }

  test('is no red test when its sandbox was, by its first process or as a whole', async () => {
    expect(await killed(({ first }) => first)).toMatch('the sandbox was killed from outside');
    expect(await killed(({ bubblewrap }) => bubblewrap)).toMatch('the sandbox could not be run');
  });

  test('says which signal when the script itself was', async () => {
    expect(await killed(({ script }) => script)).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });

  test('cannot be feigned from inside', async () => {
    const signals = 'for signal in $(seq 1 64); do kill -$signal 1 2>/dev/null; done';
    const { end } = await run(`kill -9 1; ${signals}; kill -9 -1; exit 4`);
    expect(end).toEqual({ kind: 'exit', code: 4 });
  });
});

test('F19: a run that the machine killed for lack of memory is no red test', async () => {
  const decide = () => ({ end: { kind: 'signal' as const, signal: 'SIGKILL' }, aftermath: { killedByHost: true } });
  const runner = createFakeTestRunner({ logs: createFakeLogStore(), decide });
  await expect(runner.run(await prepareRun(root, ''), live())).rejects.toThrow('the machine ran out of memory');
});

test('F18: a limit that was met explains a sandbox that broke', async () => {
  const aftermath = { met: 'memory' as const, killedByHost: false };
  const decide = () => ({ end: new Error('the sandbox broke'), aftermath });
  const runner = createFakeTestRunner({ logs: createFakeLogStore(), decide });
  const request = await prepareRun(root, '');
  expect((await runner.run(request, live())).end).toEqual({ kind: 'limit', limit: 'ran out of memory (2 GiB)' });
});

test.each([['no sandbox', createUnsandboxedBox()] as const, ...(box ? [['bubblewrap', box] as const] : [])])(
  'too much output is a red test that says so: %s',
  async (_, inBox) => {
    const { end } = await run('yes', { outputBytes: 5 * MIB }, inBox);
    expect(end).toEqual({ kind: 'limit', limit: 'wrote too much output (5 MiB)' });
  },
);

function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
}
