/** The Temporal server that demo and tests run on. Raised together with `build/go.mod`. */

/** The `temporal` command that is downloaded or built when none is there. */
export const TEMPORAL_CLI = '1.5.1';

/** The oldest `temporal` on PATH that is used: older ones carry a server that Lockstep was never run on. */
export const OLDEST_CLI = '1.5.0';

/** Whether dotted version `found` is at least `wanted`. Anything after the numbers (`-rc.1`) is not looked at. */
export function isAtLeast(found: string, wanted: string): boolean {
  const numbers = (version: string) => version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [have, need] = [numbers(found), numbers(wanted)];
  for (const [index, least] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
