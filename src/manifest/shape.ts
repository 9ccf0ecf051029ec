/**
 * Reads a tree by a zod schema. A schema's `error` is the noun that stands after "expected"; where it begins with `!`,
 * the whole sentence.
 */
import type { z } from 'zod';
import { type Path, positionAt, type Tree, unknownKey, whereOf } from './document.ts';
import { didYouMean, MAX_PROBLEMS, type Problem, quoted } from './problem.ts';

export type Shaped<T> = { value: T } | { problems: Problem[] };

export function shape<T>(tree: Tree, schema: z.ZodType<T>): Shaped<T> {
  const result = schema.safeParse(tree.value);
  if (result.success) return { value: result.data };
  const known = result.error.issues.filter(({ path }) => !isUnknown(tree, path));
  return { problems: known.flatMap((issue) => problemsOf(tree, issue)) };
}

function isUnknown({ unknown }: Tree, path: PropertyKey[]): boolean {
  return unknown.size > 0 && [...path, ''].some((_, length) => unknown.has(JSON.stringify(path.slice(0, length))));
}

function problemsOf(tree: Tree, issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const at = (where: Path, message: string, what: 'value' | 'key' = 'value'): Problem => ({
    path: tree.path,
    ...positionAt(tree, where, what),
    where: whereOf(where),
    message,
  });
  if (issue.code === 'unrecognized_keys') {
    const valid = issue.message.split(' ');
    // Finding a key's place takes its map's length: no more of them than are told.
    return issue.keys.slice(0, MAX_PROBLEMS).map((key) => at([...path, key], unknownKey(key, valid), 'key'));
  }
  if (issue.message.startsWith('!')) return [at(path, issue.message.slice(1))];
  const value = valueAt(tree.value, path);
  const [expected = '', words = ''] = issue.message.split('|');
  if (value === undefined) return [at(path, `${quoted(String(path.at(-1) ?? ''))} is missing (expected ${expected})`)];
  const hint = typeof value === 'string' && words ? didYouMean(value, words.split(' ')) : '';
  return [at(path, `expected ${expected}, found ${describe(value)}${hint}`)];
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<string | number, unknown>)[step]
        : undefined,
    value,
  );
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'a map';
  return value === '' ? 'nothing' : quoted(String(value));
}
