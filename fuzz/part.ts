/** What every part of the fuzzing gives: how much was tried, what went wrong, what was measured. */
import type { Random } from '../simulator/random.ts';

export interface Part {
  name: string;
  /** So many inputs. */
  tried: number;
  /** Sentences; none: all was held. */
  complaints: string[];
  /** For people: `longest 3 ms`. */
  figures: string[];
}

/** The first few say enough: what breaks once breaks often. */
const TOLD = 10;

export function complaintsOf() {
  const told: string[] = [];
  let more = 0;
  return {
    say(sentence: string): void {
      if (told.length < TOLD) told.push(sentence);
      else more += 1;
    },
    all: () => (more > 0 ? [...told, `and ${more} more`] : told),
  };
}

export interface Wish {
  seed: number;
  count: number;
}

/** Each input has a seed of its own, so that one can be made again alone: `--seed S --count 1`. */
export const seedOf = ({ seed }: Wish, i: number): number => seed + i;

export type Make<T> = (random: Random) => T;
