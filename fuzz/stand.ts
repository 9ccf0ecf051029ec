/** A whole Lockstep to be fuzzed: real processes on a real Temporal, whose event loops are watched. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createPeople, type People } from '../faults/people.ts';
import type { Kept, Wanted } from '../faults/supervisor.ts';
import { until } from '../faults/until.ts';
import { createWorld, type Stage, type World } from '../faults/world.ts';

const STALLS = pathToFileURL(fileURLToPath(new URL('./stalls.mjs', import.meta.url))).href;

const NAMES = ['server', 'worker'] as const;

export interface Stand {
  world: World;
  people: People;
  server: Kept;
  worker: Kept;
  /** Of a process so far: its longest stall in ms, and its memory in bytes. */
  watched(name: (typeof NAMES)[number]): Promise<{ milliseconds: number; bytes: number }>;
}

export async function withStand<T>(stage: Stage, use: (stand: Stand) => Promise<T>): Promise<T> {
  const world = await createWorld(stage, { faults: [], reconcileMs: 3_600_000 });
  try {
    const file = (name: string) => join(world.folder, `${name}.stalls`);
    const watched = ({ args, env, ...rest }: Wanted): Wanted => ({
      ...rest,
      args: ['--import', STALLS, ...args],
      env: { ...env, LOCKSTEP_FUZZ_STALLS: file(rest.name) },
    });
    const server = world.supervisor.keep(watched(world.wanted.server));
    const worker = world.supervisor.keep(watched(world.wanted.worker));
    await Promise.all([server.serving, worker.serving]);
    // They are watched from the moment when they have loaded their modules.
    await until('both to be watched', () => NAMES.every((name) => existsSync(file(name))));
    return await use({
      world,
      people: createPeople(world),
      server,
      worker,
      watched: async (name) => JSON.parse(await readFile(file(name), 'utf8')),
    });
  } finally {
    await world.stop('remove');
  }
}
