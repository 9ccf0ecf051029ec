/** Shows that long work goes on: a line at its start, every few seconds, and at its end. */

const EVERY_MS = 8_000;

/** Runs `work`, saying what it is doing at least every ten seconds, with `detail` where there is any. */
export async function withProgress<T>(
  title: string,
  say: (line: string) => void,
  work: () => PromiseLike<T>,
  detail?: () => string,
): Promise<T> {
  const started = performance.now();
  const elapsed = () => `${Math.round((performance.now() - started) / 1000)} s`;
  say(`${title}…`);
  const ticker = setInterval(() => say(`${title}: ${[elapsed(), detail?.()].filter(Boolean).join(', ')}`), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(ticker);
  }
}
