/** Numbers that look random and are the same for the same seed. */

import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Both ends included. */
  between(least: number, most: number): number;
  /** In 100. */
  chance(percent: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** At least one of them, in their order. */
  some<T>(from: readonly T[]): T[];
}

export function createRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  const between = (least: number, most: number) => uniformInt(generator, least, most);
  const random: Random = {
    between,
    chance: (percent) => between(1, 100) <= percent,
    pick<T>(from: readonly T[]): T {
      const found = from[between(0, from.length - 1)];
      if (found === undefined) throw new Error('nothing to pick from');
      return found;
    },
    some<T>(from: readonly T[]): T[] {
      const chosen = from.filter(() => between(0, 1) === 1);
      return chosen.length > 0 ? chosen : [random.pick(from)];
    },
  };
  return random;
}
