import { setTimeout as delay } from 'node:timers/promises';

/** Thrown when a condition did not come true: the run is judged all the same. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
}

/** A guard against waiting for ever, not a measure: machines are busy. Shorter where a run is expected to hang. */
const PATIENCE_MS = Number(process.env.LOCKSTEP_FAULTS_PATIENCE_MS ?? 600_000);

/** Waits for a condition, looking often; the error says what was waited for and what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  { withinMs = PATIENCE_MS, everyMs = 200 }: { withinMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = ` (last: ${String(error)})`;
    }
    if (performance.now() > deadline) throw new GaveUp(`waited ${withinMs / 1000} s for ${what}${last}`);
    await delay(everyMs);
  }
}
