/** One holder at a time per path: in this process by a chain of promises, across processes by a lock folder beside it. */
import { setTimeout as wait } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { Live } from '../../src/ports.ts';

const STALE_MS = 10_000;
const POLL_MS = 50;

const chains = new Map<string, Promise<unknown>>();

/** Runs `work` while holding the lock of `path`. Waiting can be cancelled. */
export async function withLock<T>(path: string, live: Live, work: () => Promise<T>): Promise<T> {
  const before = chains.get(path) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => acrossProcesses(path, live, work));
  const settled = turn.catch(() => undefined);
  chains.set(path, settled);
  try {
    return await turn;
  } finally {
    if (chains.get(path) === settled) chains.delete(path);
  }
}

async function acrossProcesses<T>(path: string, live: Live, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path, live);
  try {
    return await work();
  } finally {
    // A lock that was taken over meanwhile (this process stood still) is not ours to release.
    await release().catch(() => undefined);
  }
}

async function acquire(path: string, live: Live): Promise<() => Promise<void>> {
  for (;;) {
    live.signal.throwIfAborted();
    try {
      return await lock(path, {
        realpath: false,
        stale: STALE_MS,
        update: STALE_MS / 4,
        // Losing it is harmless: what is done under it is made by temp and rename, or locked by git itself.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
      await wait(POLL_MS, undefined, { signal: live.signal });
    }
  }
}
