/** Looks for bytes of secrets wherever they could have come to. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { World } from '../world.ts';
import { commandOf, processes } from './leftovers.ts';

const LOOK_EVERY_MS = 500;
/** Packs hold nothing that is not in a commit. */
const LARGEST = 4 * 1024 * 1024;

export interface Place {
  where: string;
  text: string;
}

/** Places in which a secret is to be seen. */
export function placesOfSecrets(secrets: string[], places: Place[]): string[] {
  const found = places.filter(({ text }) => secrets.some((secret) => text.includes(secret)));
  return [...new Set(found.map(({ where }) => where))];
}

/** The data folder (logs, mirrors, workspaces) and the processes' own output. */
export async function filesOf({ dataDir, folder, supervisor }: World): Promise<Place[]> {
  const names = await readdir(dataDir, { recursive: true }).catch(() => []);
  const paths = [...names.map((name) => join(dataDir, name)), ...supervisor.logs()];
  const places = await Promise.all(
    paths.map(async (path) => {
      const about = await stat(path).catch(() => undefined);
      if (!about?.isFile() || about.size > LARGEST) return [];
      return [{ where: relative(folder, path), text: await readFile(path, 'latin1') }];
    }),
  );
  return places.flat();
}

/** Looks at all command lines until it is stopped; gives those that were seen. */
export function watchCommandLines(): () => Place[] {
  const seen = new Set<string>();
  // A process may become another program just after it was made: each is read twice.
  const reads = new Map<number, number>();
  const look = () => {
    for (const pid of processes()) {
      const count = reads.get(pid) ?? 0;
      if (count === 2) continue;
      reads.set(pid, count + 1);
      seen.add(commandOf(pid));
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return [...seen].map((text) => ({ where: `the command line ${text.slice(0, 40)}…`, text }));
  };
}
