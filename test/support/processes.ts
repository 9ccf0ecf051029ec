/** Looks at real processes, for tests that must see them die. */
import { readdirSync, readFileSync } from 'node:fs';

/** Waits for a condition by looking often; throws when it does not come true. */
export async function waitFor(what: string, check: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`expected within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Pids of living processes (zombies aside) whose command line holds `text`, on Linux. */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .filter((pid) => read(`/proc/${pid}/cmdline`).includes(text) && !/\) Z /.test(read(`/proc/${pid}/stat`)))
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
