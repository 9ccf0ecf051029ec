/** The repository as plain JavaScript, for commands that start many processes: each start is then three times as fast. */
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { isAlive, markOf } from './setup/exclusive.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Read by the code that stands beside them. */
const ASSETS = ['activities/git/askpass.sh', 'workflows/failures.cjs', 'workflows/payloads.cjs'];

/**
 * The folder is below the root, so that packages are found; it is removed when `use` is done, or by the next who comes here
 * when this process was killed.
 */
export async function withCompiled<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const home = join(ROOT, '.lockstep');
  await mkdir(home, { recursive: true });
  await removeLeft(home);
  const folder = await mkdtemp(join(home, `compiled-${process.pid}-`));
  try {
    // It is no secret, and processes are started as other users too.
    await chmod(folder, 0o755);
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    await execa(tsc, ['-p', ROOT, '--noEmit', 'false', '--noCheck', '--outDir', folder]);
    for (const asset of ASSETS) await cp(join(ROOT, asset), join(folder, asset));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeLeft(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const [, maker] = /^compiled-(\d+)-/.exec(name) ?? [];
    if (maker !== undefined && !isAlive(markOf(Number(maker))))
      await rm(join(home, name), { recursive: true, force: true });
  }
}
