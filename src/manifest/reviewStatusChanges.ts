/**
 * What people may do to the bot's words: take `failed` or `skipped` away, which asks for a new attempt, and nothing
 * else. An entry with `success` stays as it landed.
 */
import { isStatus, type Status } from '../changeset.ts';
import { type Path, positionAt, readTree, readUnjudged, type Tree, whereOf } from './document.ts';
import { type Problem, quoted } from './problem.ts';
import { valueAt } from './shape.ts';

export interface StatusReview {
  problems: Problem[];
  /** Statuses that a force-push dropped with their commits: they have ended all the same, and are written back. */
  dropped: StatusOf[];
}

export interface StatusOf {
  name: string;
  status: Status;
}

export interface ManifestChange {
  path: string;
  /** What the bot last wrote on this pull request; `kept`: the new text's commit descends from it. */
  written?: { text: string; kept: boolean };
  /** The text on `main`; `undefined` for a new manifest. */
  main: string | undefined;
  /** A text that `readManifest` accepts. */
  after: string;
  /** Statuses that are known otherwise to be what their changesets came to. */
  confirmed?: StatusOf[];
}

interface Entry {
  name: string;
  status: string | undefined;
  /** Everything but the status, for comparison; the order of keys does not count. */
  rest: string;
  at: Path;
}

export function reviewStatusChanges(change: ManifestChange): StatusReview {
  const { path, written, after, confirmed = [] } = change;
  const tree = readTree(after, path);
  const old = knownEntries(change);
  const now = entriesOf(tree).map((entry) => ({ entry, before: old.get(entry.name) }));
  const dropped = written?.kept === false ? droppedStatuses(written.text, after) : [];
  const isDropped = (name: string) => dropped.some((one) => one.name === name);
  const problems = now
    .filter(({ entry }) => !isDropped(entry.name) && !confirmed.some((one) => isSameStatus(one, entry)))
    .flatMap(({ entry, before }) => problemOf(tree, before, entry));
  const kept = new Set(now.map(({ entry }) => entry.name));
  for (const { name, status } of old.values()) {
    if (status !== 'success' || kept.has(name)) continue;
    problems.push(problemAt(tree, ['changesets'], `changeset ${quoted(name)} has landed: its entry cannot be removed`));
  }
  return { problems, dropped };
}

/** Statuses that neither the bot's last text nor `main` has: they need another proof, or a person forged them. */
export function unprovenStatuses(change: Pick<ManifestChange, 'written' | 'main' | 'after'>): StatusOf[] {
  const old = knownEntries(change);
  return statusesIn(change.after).filter(({ name, status }) => old.get(name)?.status !== status);
}

/** Statuses of `before` whose entries stand unchanged in `after`, but without their status. */
export function droppedStatuses(before: string, after: string): StatusOf[] {
  const now = new Map(entriesOf(readUnjudged(after)).map((entry) => [entry.name, entry]));
  return entriesOf(readUnjudged(before)).flatMap(({ name, status, rest }) => {
    const entry = now.get(name);
    return isStatus(status) && entry?.status === undefined && entry?.rest === rest ? [{ name, status }] : [];
  });
}

/** Names of the changesets whose entries are the same in both texts, whatever their statuses. */
export function unchangedEntries(before: string, after: string): Set<string> {
  const now = new Map(entriesOf(readUnjudged(after)).map(({ name, rest }) => [name, rest]));
  const same = entriesOf(readUnjudged(before)).filter(({ name, rest }) => now.get(name) === rest);
  return new Set(same.map(({ name }) => name));
}

export function statusesIn(text: string): StatusOf[] {
  return entriesOf(readUnjudged(text)).flatMap(({ name, status }) => (isStatus(status) ? [{ name, status }] : []));
}

export function isSameStatus(one: StatusOf, other: { name: string; status?: string | undefined }): boolean {
  return one.name === other.name && one.status === other.status;
}

/** What the bot wrote on the pull request counts before what is on `main`, where another pull request may have written it. */
function knownEntries({ written, main }: Pick<ManifestChange, 'written' | 'main'>): Map<string, Entry> {
  const known = new Map<string, Entry>();
  for (const text of [main, written?.text]) {
    if (text === undefined) continue;
    for (const entry of entriesOf(readUnjudged(text))) {
      if (entry.status !== undefined || !known.has(entry.name)) known.set(entry.name, entry);
    }
  }
  return known;
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
