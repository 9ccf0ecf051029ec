/**
 * Workspaces on this host: one folder a run, kept marked as alive while it is in use, so that what a killed worker left is
 * told from what another worker uses now.
 */
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MARK = 'alive';
const MARK_EVERY_MS = 2_000;
/** No mark for this long, in ms: whoever made the folder is gone. */
export const ABANDONED_AFTER_MS = 60_000;

export interface Workspace {
  /** The tests' working directory. */
  workspace: string;
  /** The coordinator's scripts. */
  scripts: string;
}

/** Makes a new folder, runs `use` in it, and removes it whatever happens. */
export async function inWorkspace<T>(folder: string, use: (made: Workspace) => Promise<T>): Promise<T> {
  const made = { workspace: join(folder, 'workspace'), scripts: join(folder, 'scripts') };
  await rm(folder, { recursive: true, force: true });
  await mkdir(made.workspace, { recursive: true });
  await mkdir(made.scripts);
  const mark = join(folder, MARK);
  await writeFile(mark, '');
  const marking = setInterval(() => {
    const now = new Date();
    utimes(mark, now, now).catch(() => undefined);
  }, MARK_EVERY_MS);
  try {
    return await use(made);
  } finally {
    clearInterval(marking);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folders that nobody marks any more; gives how many. `now`: milliseconds since the epoch. */
export async function sweepWorkspaces(workspaces: string, now: number): Promise<number> {
  const names = await readdir(workspaces).catch(() => []);
  const abandoned: string[] = [];
  for (const name of names) {
    const folder = join(workspaces, name);
    const seen = (
      await stat(join(folder, MARK))
        .catch(() => stat(folder))
        .catch(() => undefined)
    )?.mtimeMs;
    if (seen !== undefined && now - seen > ABANDONED_AFTER_MS) abandoned.push(folder);
  }
  for (const folder of abandoned) await rm(folder, { recursive: true, force: true });
  return abandoned.length;
}
