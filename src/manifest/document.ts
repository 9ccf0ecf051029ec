/** YAML as a tree of words with positions: every scalar as it is written, every fault of the syntax at its line. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { guard, MAX_BYTES } from './guards.ts';
import { didYouMean, type Problem, quoted } from './problem.ts';

export type Path = readonly (string | number)[];

export interface Tree {
  text: string;
  path: string;
  root: ParsedNode | null;
  /** Words as strings, lists as arrays, maps as objects. */
  value: unknown;
  /** What `guard` found, faults of the syntax, repeated keys, keys that are no words. */
  problems: Problem[];
  /** Where an alias stands (paths as JSON), which is never resolved: nothing is known of what is there. */
  unknown: Set<string>;
  /** 1-based line and column of an offset. */
  position(offset: number): { line: number; column: number };
}

/** Room for the statuses that the bot wrote into a text that was just short enough. */
const WITH_STATUSES = 2 * MAX_BYTES;

/** A text that nobody has judged: there is nothing in one that the guards keep from the parser. */
export function readUnjudged(text: string): Tree {
  const guarded = guard(text, 'manifest', WITH_STATUSES);
  return readTree('text' in guarded ? guarded.text : '', 'manifest');
}

/** `foreign`: what `guard` found in this text. */
export function readTree(text: string, path: string, foreign: Problem[] = []): Tree {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    // Repeated keys are found below: the parser compares every key with every other.
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
    // Anything quieter hides that there are several documents.
    logLevel: 'error',
    lineCounter: lines,
  });
  // A byte order mark takes no column.
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, line === 1 ? col - mark : col) };
  };
  const tree: Tree = {
    text,
    path,
    root: document.contents,
    value: undefined,
    problems: [],
    unknown: new Set(),
    position,
  };
  for (const fault of [...document.errors, ...document.warnings]) {
    const words =
      fault.code === 'MULTIPLE_DOCS'
        ? 'several documents in one file are not supported'
        : `${fault.message} (${fault.code})`;
    tree.problems.push({ path, ...position(fault.pos[0]), where: '', message: words });
  }
  tree.value = wordsOf(tree, document.contents, []);
  // Of what stands at the same place, the guard said it already.
  const isTold = (one: Problem) => foreign.some(({ line, column }) => one.line === line && one.column === column);
  tree.problems = [...foreign, ...tree.problems.filter((one) => !isTold(one))];
  return tree;
}

function wordsOf(tree: Tree, node: Node | null, at: Path): unknown {
  if (isAlias(node)) tree.unknown.add(JSON.stringify(at));
  if (isScalar(node)) return String(node.value ?? '');
  if (isSeq(node)) return node.items.map((item, index) => wordsOf(tree, item as Node | null, [...at, index]));
  if (isMap(node)) return recordOf(tree, node, at);
  return undefined;
}

function recordOf(tree: Tree, map: YAMLMap, at: Path): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  const seen = new Map<string, number>();
  for (const { key, value } of map.items) {
    const offset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
    const position = tree.position(offset);
    const fault = (message: string) =>
      tree.problems.push({ path: tree.path, ...position, where: whereOf(at), message });
    if (!isScalar(key)) {
      fault('a key must be a word');
      continue;
    }
    const name = String(key.value ?? '');
    const first = seen.get(name);
    if (first !== undefined) {
      fault(`key ${quoted(name)} is there twice (first on line ${first})`);
      continue;
    }
    seen.set(name, position.line);
    // Defined, not assigned: `__proto__` is a key like others here.
    Object.defineProperty(record, name, {
      value: wordsOf(tree, value as Node | null, [...at, name]),
      enumerable: true,
    });
  }
  return record;
}

/** The node at a path, or the nearest one above it. */
export function nodeAt(tree: Tree, path: Path): Node | null {
  let node: Node | null = tree.root;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value);
}

/** Where a value, or with `key` the key that names it, begins. */
export function positionAt(tree: Tree, path: Path, what: 'value' | 'key' = 'value'): { line: number; column: number } {
  if (what === 'key') {
    const map = nodeAt(tree, path.slice(0, -1));
    const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1)) : undefined;
    const offset = (pair?.key as Node | undefined)?.range?.[0];
    if (offset !== undefined) return tree.position(offset);
  }
  return tree.position(nodeAt(tree, path)?.range?.[0] ?? 0);
}

/** `repositories[1].branch`: from the changeset down, since the line tells which one. */
export function whereOf(path: Path): string {
  const own = path[0] === 'changesets' && path.length > 2 ? path.slice(2) : path;
  return own.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${step}`)).join('');
}

export function unknownKey(key: string, valid: readonly string[]): string {
  if (key === '<<') return 'merge keys are not supported';
  return `unknown key ${quoted(key)}${didYouMean(key, valid) || ` (expected ${valid.join(', ')})`}`;
}
