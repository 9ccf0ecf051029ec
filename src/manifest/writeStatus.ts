/** Writes the bot's word into a manifest and leaves every other byte as it was. */
import { isMap, isScalar, type Node, type YAMLMap } from 'yaml';
import type { Status } from '../changeset.ts';
import { nodeAt, readTree, readUnjudged, type Tree } from './document.ts';
import { valueAt } from './shape.ts';

/** Throws when the text has no such changeset, or is no manifest: it was read before it is written. */
export function writeStatus(text: string, name: string, status: Status): string {
  const tree = readUnjudged(text);
  const written = splice(tree, entryNamed(tree, name), status);
  assertOnlyStatus(tree, readTree(written, 'manifest'), { name, status });
  return written;
}

function entryNamed(tree: Tree, name: string): YAMLMap {
  const entries = valueAt(tree.value, ['changesets']);
  const index = Array.isArray(entries) ? entries.findIndex((entry) => valueAt(entry, ['name']) === name) : -1;
  const node = index < 0 ? null : nodeAt(tree, ['changesets', index]);
  if (!isMap(node)) throw new Error(`the manifest has no changeset ${name}`);
  return node;
}

function splice({ text }: Tree, entry: YAMLMap, status: Status): string {
  const pair = entry.items.find(({ key }) => isScalar(key) && key.value === 'status');
  if (pair) {
    const [start, end] = rangeOf(pair.value ?? pair.key);
    const space = start === end && text[start - 1] === ':' ? ' ' : '';
    return `${text.slice(0, start)}${space}${status}${text.slice(end)}`;
  }
  const last = entry.items.at(-1);
  const first = entry.items[0];
  if (!last || !first) throw new Error('a changeset without keys');
  const end = endOf(text, rangeOf(last.value ?? last.key)[1]);
  if (entry.flow) {
    const quote = text[rangeOf(first.key)[0]] === '"' ? '"' : '';
    const word = `${quote}status${quote}: ${quote}${status}${quote}`;
    return `${text.slice(0, end)}, ${word}${text.slice(end)}`;
  }
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const key = rangeOf(first.key)[0];
  const indent = ' '.repeat(columnOf(text, key));
  // Below the last value's line, whose comment stays with it.
  const lineEnd = /\r?\n|$/.exec(text.slice(end));
  const at = end + (lineEnd?.index ?? 0);
  return `${text.slice(0, at)}${newline}${indent}status: ${status}${text.slice(at)}`;
}

function rangeOf(node: unknown): [number, number] {
  const range = (node as Node | null)?.range;
  if (!range) throw new Error('a part of the manifest has no position');
  return [range[0], range[1]];
}

/** The end of a value's own characters: a block list's range reaches over the blank lines behind it. */
function endOf(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length;
}

function columnOf(text: string, offset: number): number {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  return offset - lineStart - (lineStart === 0 && text.startsWith('\uFEFF') ? 1 : 0);
}

function assertOnlyStatus(before: Tree, after: Tree, { name, status }: { name: string; status: Status }): void {
  const expected = JSON.stringify(before.value, function (key, value: unknown) {
    const isEntry =
      key !== '' &&
      Array.isArray(this) &&
      valueAt(value, ['name']) === name &&
      valueAt(before.value, ['changesets']) === this;
    return isEntry ? { ...(value as object), status } : value;
  });
  if (after.problems.length > 0 || JSON.stringify(after.value) !== expected) {
    throw new Error(`writing status ${status} of ${name} would change more of the manifest than that`);
  }
}
