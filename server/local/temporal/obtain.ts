/**
 * Finds or makes the Temporal server for demo and tests: on PATH, in the user's cache, by the SDK's download, by a build.
 * What is downloaded or built is put in the cache under a name that carries its version, whole or not at all.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { exclusive } from '../../../scripts/setup/exclusive.mjs';
import { built, downloaded, type Found, inCache, onPath } from './sources.ts';
import { TEMPORAL_CLI } from './versions.ts';

export interface ObtainOptions {
  /** Told what is being done, in lines, at least every ten seconds. */
  say: (line: string) => void;
  /** `PATH`, `HOME` and `XDG_CACHE_HOME` are read from here. */
  environment: Record<string, string | undefined>;
}

export interface ObtainedTemporal {
  path: string;
  /** For people: where it came from. */
  source: string;
}

/** Throws an error that says what to install when no way serves. */
export async function obtainTemporal({ say, environment }: ObtainOptions): Promise<ObtainedTemporal> {
  const reasons: string[] = [];
  let making = false;
  const use = (found: Found, source: string): ObtainedTemporal | undefined => {
    if ('path' in found) return { path: found.path, source };
    reasons.push(found.reason);
    if (making) say(found.reason);
    return undefined;
  };
  const folder = join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'lockstep');
  const target = join(folder, `temporal-${TEMPORAL_CLI}-${process.platform}-${process.arch}`);

  const ready =
    use(await onPath(environment.PATH ?? ''), '`temporal` on PATH') ??
    use(await inCache(target), `the copy in ${folder}`);
  if (ready !== undefined) return ready;

  making = true;
  await mkdir(folder, { recursive: true });
  const made = await exclusive(
    join(folder, 'temporal.lock'),
    async () => {
      // Whoever held the lock before may have made it meanwhile, or may have died over it.
      const other = await inCache(target);
      if ('path' in other) return { path: other.path, source: `the copy in ${folder}` };
      await removeLeftovers(folder);
      return (
        use(await downloaded(target, say), `the SDK's download, kept in ${folder}`) ??
        use(await built(target, say), `a build from its sources, kept in ${folder}`)
      );
    },
    { waiting: sayNowAndThen(say) },
  );
  if (made !== undefined) return made;
  throw new Error(
    [
      'No Temporal server can be had:',
      ...reasons.map((reason) => `  - ${reason}`),
      `Install the Temporal CLI ${TEMPORAL_CLI} (https://docs.temporal.io/cli) so that \`temporal\` is on PATH, or Go 1.25 (https://go.dev/dl) so that it can be built.`,
    ].join('\n'),
  );
}

/** Half-made files of runs that were killed. Only called with the lock held: nobody is writing one. */
async function removeLeftovers(folder: string): Promise<void> {
  const leftovers = (await readdir(folder)).filter((name) => /\.(building|download)$/.test(name));
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

function sayNowAndThen(say: (line: string) => void): (holder: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (holder) => {
    if (performance.now() - last < 8_000) return;
    last = performance.now();
    say(`waiting for process ${holder}, which is fetching or building Temporal…`);
  };
}
