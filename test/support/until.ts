import { until as waitFor } from '../../faults/until.ts';

/** Waits for a condition for less time than a test has, looking often. */
export function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 150_000,
): Promise<T> {
  return waitFor(what, look, { withinMs, everyMs: 50 });
}
