/**
 * What people may do to the bot's words: take `failed` or `skipped` away, which asks for a new attempt, and nothing
 * else. An entry with `success` stays as it landed.
 */
import { type Path, positionAt, readTree, type Tree, whereOf } from './document.ts';
import { type Problem, quoted } from './problem.ts';
import { valueAt } from './shape.ts';

export interface StatusReview {
  problems: Problem[];
  /** Names of changesets whose `failed` or `skipped` was removed. */
  newAttempts: string[];
}

export interface ManifestChange {
  path: string;
  /** The text on `main`, or the last that the bot wrote; `undefined` for a new manifest. */
  before: string | undefined;
  /** A text that `readManifest` accepts. */
  after: string;
}

interface Entry {
  name: string;
  status: string | undefined;
  /** Everything but the status, for comparison; the order of keys does not count. */
  rest: string;
  at: Path;
}

export function reviewStatusChanges({ path, before, after }: ManifestChange): StatusReview {
  const tree = readTree(after, path);
  const old = new Map(
    (before === undefined ? [] : entriesOf(readTree(before, path))).map((entry) => [entry.name, entry]),
  );
  const now = entriesOf(tree);
  const problems = now.flatMap((entry) => problemOf(tree, old.get(entry.name), entry));
  const kept = new Set(now.map(({ name }) => name));
  for (const { name, status } of old.values()) {
    if (status !== 'success' || kept.has(name)) continue;
    problems.push(problemAt(tree, ['changesets'], `changeset ${quoted(name)} has landed: its entry cannot be removed`));
  }
  const newAttempts = now
    .filter(({ name, status }) => status === undefined && ['failed', 'skipped'].includes(old.get(name)?.status ?? ''))
    .map(({ name }) => name);
  return { problems, newAttempts };
}

function problemOf(tree: Tree, old: Entry | undefined, entry: Entry): Problem[] {
  const at = [...entry.at, 'status'];
  if (entry.status === undefined) {
    if (old?.status !== 'success') return [];
    return [problemAt(tree, entry.at, `status success of ${quoted(entry.name)} cannot be removed: it has landed`)];
  }
  if (old?.status === undefined) {
    return [problemAt(tree, at, `status ${entry.status} was not written by Lockstep: remove the line`)];
  }
  if (old.status !== entry.status) {
    return [
      problemAt(
        tree,
        at,
        `status ${old.status} cannot be changed to ${entry.status}: statuses are written by Lockstep only`,
      ),
    ];
  }
  if (entry.status === 'success' && old.rest !== entry.rest) {
    return [problemAt(tree, entry.at, `changeset ${quoted(entry.name)} has landed: its entry cannot be changed`)];
  }
  return [];
}

function entriesOf(tree: Tree): Entry[] {
  const entries = valueAt(tree.value, ['changesets']);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((value: unknown, index) => {
    const name = valueAt(value, ['name']);
    const status = valueAt(value, ['status']);
    if (typeof name !== 'string') return [];
    const word = typeof status === 'string' && status !== '' ? status : undefined;
    return [{ name, status: word, rest: canonical(value), at: ['changesets', index] }];
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'status') return undefined;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function problemAt(tree: Tree, at: Path, message: string): Problem {
  return { path: tree.path, ...positionAt(tree, at), where: whereOf(at), message };
}
