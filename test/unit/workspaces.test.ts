import { mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ABANDONED_AFTER_MS, inWorkspace, sweepWorkspaces } from '../../activities/tests/workspaces.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-workspaces-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a workspace is new, and gone when its use ends, well or not', async () => {
  const folder = join(root, 'run.1');
  await mkdir(join(folder, 'left-by-a-killed-worker'), { recursive: true });
  await inWorkspace(folder, async ({ workspace }) => {
    expect(await readdir(folder)).toEqual(['alive', 'scripts', 'workspace']);
    expect((await stat(workspace)).isDirectory()).toBe(true);
  });
  await expect(inWorkspace(folder, () => Promise.reject(new Error('red')))).rejects.toThrow('red');
  expect(await readdir(root)).toEqual([]);
});

test('F12: what nobody marks any more is removed; what is in use stays', async () => {
  const old = join(root, 'killed.1');
  await mkdir(old);
  const long = new Date(Date.now() - ABANDONED_AFTER_MS - 1000);
  await utimes(old, long, long);
  await inWorkspace(join(root, 'used.1'), async () => {
    expect(await sweepWorkspaces(root, Date.now())).toBe(1);
    expect(await readdir(root)).toEqual(['used.1']);
  });
  expect(await sweepWorkspaces(join(root, 'never-made'), Date.now())).toBe(0);
});
