/** Changes values and bytes as somebody would who wants to break whoever reads them. */
import type { Random } from '../simulator/random.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const NASTY_TEXTS = [
  '',
  '\0',
  '\ud800',
  '\udc00x',
  '\u202egnp.exe',
  '\u200b',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '-x',
  '$(id)',
  '%s%n',
  "'; drop table x; --",
  '<script>alert(1)</script>',
  '<!-- lockstep :sticky -->',
  'a'.repeat(70_000),
  '\n'.repeat(5_000),
  '[1e9999]',
  '2026-13-45T99:99:99Z',
];

const NASTY_NUMBERS = [0, -0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER + 2, 2 ** 31, -(2 ** 63), 1e308];

/** Any value: of the wrong type most of the time. */
export function nastyValue(random: Random, depth = 0): Json {
  switch (random.between(0, depth > 3 ? 3 : 6)) {
    case 0:
      return random.pick([null, true, false]);
    case 1:
      return random.pick(NASTY_NUMBERS);
    case 2:
    case 3:
      return random.pick(NASTY_TEXTS);
    case 4:
      return Array.from({ length: random.between(0, 4) }, () => nastyValue(random, depth + 1));
    case 5:
      return deep(random.between(10, 3_000));
    default:
      return JSON.parse(
        `{${[random.pick(NASTY_TEXTS), 'x'].map((key) => `${JSON.stringify(key)}:${JSON.stringify(nastyValue(random, depth + 1))}`).join()}}`,
      ) as Json;
  }
}

function deep(levels: number): Json {
  let value: Json = 'x';
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Some places of a value changed, removed, doubled or given another name. The value itself is left as it was. */
export function mutated(random: Random, value: unknown): unknown {
  const copy = structuredClone(value);
  const places = placesIn(copy);
  for (let i = random.between(1, 3); i > 0 && places.length > 0; i -= 1) {
    const { holder, key } = random.pick(places);
    const fields = holder as Record<string | number, unknown>;
    if (random.chance(25)) delete fields[key];
    else if (random.chance(15) && !Array.isArray(holder)) fields[`${key}${random.pick(NASTY_TEXTS)}`] = fields[key];
    else fields[key] = nastyValue(random);
  }
  return copy;
}

function placesIn(value: unknown): { holder: object; key: string | number }[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [{ holder: value, key }, ...placesIn((value as Record<string | number, unknown>)[key])]);
}

/** Some bytes flipped, cut out, repeated or put in. */
export function mutatedBytes(random: Random, bytes: Buffer): Buffer {
  let changed = Buffer.from(bytes);
  for (let i = random.between(1, 6); i > 0; i -= 1) {
    const at = random.between(0, Math.max(0, changed.length - 1));
    const upTo = Math.min(changed.length, at + random.between(0, 40));
    switch (random.between(0, 3)) {
      case 0:
        if (changed.length > 0) changed[at] = random.between(0, 255);
        break;
      case 1:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(upTo)]);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, upTo), changed.subarray(at)]);
        break;
      default:
        changed = Buffer.concat([changed.subarray(0, at), Buffer.from(random.pick(NASTY_TEXTS)), changed.subarray(at)]);
    }
  }
  return changed;
}
