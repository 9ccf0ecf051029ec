/** A notification that was sent is not sent again when the worker dies before Temporal hears of it. */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Notifier } from '../../src/ports.ts';

/** Longer than any notification is tried. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/**
 * Remembers in `folder` what was sent: between workers with folders of their own, and while an answer is on its way, a second one
 * is possible. `current`: what all attempts at one notification share, and no other has; a file's name.
 */
export function createOnce(notifier: Notifier, { folder, current }: { folder: string; current(): string }): Notifier {
  return {
    async notify(message) {
      const sent = await remembered(folder);
      const name = current();
      if (sent.includes(name)) return;
      await notifier.notify(message);
      await writeFile(join(folder, name), '');
    },
  };
}

/** Those of the last day; the others are forgotten. */
async function remembered(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  const oldest = Date.now() - REMEMBERED_MS;
  const kept = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined && found.mtimeMs >= oldest) return [name];
      await rm(path, { force: true });
      return [];
    }),
  );
  return kept.flat();
}
