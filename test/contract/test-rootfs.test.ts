/** A prepared root file system, as docs/operating.md has operators give one: its programs are seen, the host's are not. */
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { createTestRunner } from '../../activities/tests/runner.ts';
import { openSandbox } from '../../activities/tests/sandbox/openSandbox.ts';
import { prepareRun } from '../support/runs.ts';

const choice = process.env.LOCKSTEP_TEST_SANDBOX;
const sandboxed = choice === 'none' ? describe.skip : describe;
const cgroups = choice === 'bubblewrap-only' ? 'without' : 'find';

/** All that the sandbox's own look at itself needs, and no more. */
const PROGRAMS = 'dash grep id ls dirname head tail seq sleep unshare mount wc cat'.split(' ');

let root = '';
let rootfs = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-rootfs-'));
  rootfs = join(root, 'rootfs');
  for (const program of PROGRAMS) await copyWithLibraries(program);
  for (const folder of ['bin', 'lib', 'lib64']) await symlink(`usr/${folder}`, join(rootfs, folder));
  // From its own root, as in Alpine: on the host it leads to the host's.
  await symlink('/usr/bin/dash', join(rootfs, 'usr/bin/sh'));
  await mkdir(join(rootfs, 'opt/tool'), { recursive: true });
  await writeFile(join(rootfs, 'opt/tool/version'), 'the tool of this root\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function copyWithLibraries(program: string): Promise<void> {
  const { stdout: file } = await execa('sh', ['-c', 'readlink -f "$(command -v "$1")"', 'sh', program]);
  const { stdout } = await execa('ldd', [file]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = '']) => path);
  await copyTo(file, join(rootfs, 'usr/bin', program));
  for (const path of libraries) await copyTo(path, join(rootfs, 'usr', path.replace(/^\/usr/, '')));
}

async function copyTo(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}

sandboxed('a prepared root file system', () => {
  test('is what the tests see, with the first process from it, behind the same walls', async () => {
    const opened = await openSandbox({ cgroups, rootfs, tools: [] });
    if ('fault' in opened) throw new Error(opened.fault);
    const script = '#!/bin/sh\nls /usr/bin | wc -l\ncat /opt/tool/version\ncommand -v node perl python3\n: > /usr/x\n';
    const runner = createTestRunner({ box: opened.box, logs: createFakeLogStore() });
    const { end, log } = await runner.run(await prepareRun(root, script), { signal: new AbortController().signal });
    expect(end.kind).toBe('exit');
    expect(log.tail.split('\n').slice(0, 2)).toEqual([String(PROGRAMS.length + 1), 'the tool of this root']);
    expect(log.tail).not.toMatch(/\/(node|perl|python3)\n/);
    expect(log.tail).toContain('Read-only file system');
  });

  test('that has no shell is refused, with the file that it lacks', async () => {
    await rm(join(rootfs, 'usr/bin/sh'));
    const opened = await openSandbox({ cgroups, rootfs, tools: [] });
    await symlink('/usr/bin/dash', join(rootfs, 'usr/bin/sh'));
    expect(opened).toEqual({ fault: expect.stringContaining(join(rootfs, 'usr/bin/sh')) });
  });

  test('shows tools that the operator names beside it, read-only and first on the PATH', async () => {
    const tool = join(root, 'jdk');
    await mkdir(join(tool, 'bin'), { recursive: true });
    await writeFile(join(tool, 'bin/greet'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
    const opened = await openSandbox({ cgroups, rootfs, tools: [tool] });
    if ('fault' in opened) throw new Error(opened.fault);
    const runner = createTestRunner({ box: opened.box, logs: createFakeLogStore() });
    const script = `#!/bin/sh\ngreet\n(: > ${tool}/bin/x) 2>/dev/null && echo wrote\nexit 0\n`;
    const { log } = await runner.run(await prepareRun(root, script), { signal: new AbortController().signal });
    expect(log.tail).toBe('hello\n');
  });
});
