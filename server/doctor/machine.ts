/** The looks at this machine. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { openSandbox } from '../../activities/tests/sandbox/openSandbox.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { judgeDisk, judgeGit, judgeSandbox } from '../../src/doctor/machine.ts';
import type { TestsConfig } from '../config.ts';
import type { Environment } from '../environment/values.ts';

/** The git that the control worker would run. */
export async function lookAtGit({ PATH }: Environment): Promise<Finding[]> {
  const env = PATH === undefined ? {} : { PATH };
  const run = await execa('git', ['--version'], { env, extendEnv: false, reject: false, timeout: 10_000 });
  return judgeGit(run.failed ? undefined : run.stdout);
}

export async function lookAtDisk(folder: string): Promise<Finding[]> {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize, files, ffree } = await statfs(there);
  return judgeDisk({ folder, freeBytes: bavail * bsize, ...(files > 0 && { freeFiles: ffree }) });
}

/** As the test worker tries it at its start. */
export async function lookAtSandbox({ sandbox, host }: TestsConfig): Promise<Finding[]> {
  if (sandbox === 'none') return judgeSandbox(sandbox, undefined);
  const opened = await openSandbox(host);
  return judgeSandbox(sandbox, 'fault' in opened ? opened.fault : undefined);
}
