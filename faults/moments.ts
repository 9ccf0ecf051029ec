/** Moments in a run that a seed can name: not by a clock, but by what Lockstep asks of GitHub. */
import type { Random } from '../simulator/random.ts';
import type { GitHubProxy } from './proxy.ts';

/** A landing of three repositories makes about this many requests. */
const REQUESTS = 120;

/** Acts before a request that the seed chooses; each further one later than the last. */
export function atRandomMoments(proxy: GitHubProxy, random: Random, acts: (() => void | Promise<void>)[]): void {
  const moments = acts.map(() => random.between(1, REQUESTS)).sort((one, other) => one - other);
  for (const [i, act] of acts.entries()) {
    let left = moments[i] ?? 1;
    proxy.watch(async () => {
      left -= 1;
      if (left === 0) await act();
    });
  }
}
