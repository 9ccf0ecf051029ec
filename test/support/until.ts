import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition, looking often; the error says what was waited for and what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 150_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let last = '';
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = ` (last: ${String(error)})`;
    }
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms for ${what}${last}`);
    await delay(50);
  }
}
