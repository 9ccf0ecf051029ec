/**
 * What is looked at before any parser: size, encoding, control characters, nesting and the YAML that we don't speak.
 * Deep nesting aborts the whole process inside the parser, so nesting is counted on the lexer's tokens: it has no
 * recursion, and what it takes for a bracket is what the parser would.
 */
import { CST, Lexer } from 'yaml';
import type { Problem } from './problem.ts';

export const MAX_BYTES = 65_536;
export const MAX_DEPTH = 32;

export type Guarded = { text: string } | { problems: Problem[] };

/** The text of a file that a parser may see. */
export function guard(input: Uint8Array | string, path: string): Guarded {
  const at = (line: number, column: number, message: string): Problem => ({ path, line, column, where: '', message });
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  if (bytes.length > MAX_BYTES) {
    return { problems: [at(1, 1, `the file is ${bytes.length} bytes, the limit is ${MAX_BYTES}`)] };
  }
  const text = decode(bytes);
  if (text === undefined) {
    return { problems: [at(1, 1, `the file is not UTF-8 (first wrong byte at offset ${firstWrongByte(bytes)})`)] };
  }
  const control =
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?!^)\ufeff|\r(?!\n)/.exec(text);
  if (control) {
    const { line, column } = positionOf(text, control.index);
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const offset = new TextEncoder().encode(text.slice(0, control.index)).length;
    return { problems: [at(line, column, `control character U+${code} (byte ${offset}) is not allowed`)] };
  }
  const { deep, foreign } = scan(text);
  if (deep !== undefined) {
    const { line, column } = positionOf(text, deep);
    return { problems: [at(line, column, `nested more than ${MAX_DEPTH} levels deep`)] };
  }
  if (foreign.length === 0) return { text };
  return {
    problems: foreign.slice(0, 100).map(({ offset, what }) => {
      const { line, column } = positionOf(text, offset);
      return at(line, column, `${what} are not supported`);
    }),
  };
}

/** 1-based line and column of an offset; a byte order mark takes no column. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return { line, column: line === 1 && text.startsWith('\uFEFF') && offset > 0 ? column - 1 : column };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function firstWrongByte(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  // The longest prefix that decodes; one that ends inside a character does when the rest may follow (`stream`).
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

interface Token {
  type: ReturnType<typeof CST.tokenType>;
  source: string;
  offset: number;
}

interface Scan {
  /** Where the first level too deep begins. */
  deep?: number;
  foreign: { offset: number; what: string }[];
}

const FOREIGN: Partial<Record<string, string>> = {
  alias: 'aliases',
  anchor: 'anchors',
  tag: 'tags',
  'directive-line': 'directives',
  'explicit-key-ind': 'explicit keys (`?`)',
  'block-scalar-header': 'block scalars',
};

function scan(text: string): Scan {
  const foreign: Scan['foreign'] = [];
  const depth = new Depth();
  for (const token of tokensOf(text)) {
    const what = FOREIGN[token.type ?? ''];
    if (what) foreign.push({ offset: token.offset, what });
    if (depth.after(token) > MAX_DEPTH) return { deep: token.offset, foreign };
  }
  return { foreign };
}

function* tokensOf(text: string): Generator<Token> {
  let offset = 0;
  let scalar = false;
  for (const source of new Lexer().lex(text)) {
    // `doc-mode`, `flow-error-end` and `scalar` are marks between lexemes, of no width in the text.
    const type: Token['type'] = scalar ? 'scalar' : CST.tokenType(source);
    if (!scalar && (source === CST.SCALAR || source === CST.DOCUMENT || source === CST.FLOW_END)) {
      scalar = source === CST.SCALAR;
      if (source === CST.FLOW_END) yield { type, source: '', offset };
      continue;
    }
    scalar = false;
    yield { type, source, offset };
    offset += source.length;
  }
}

/** Counts open collections; never fewer than the parser will have, but for the one-pair maps of `[a: b]`. */
class Depth {
  private block: number[] = [];
  private flow: string[] = [];
  private lineStart = 0;
  private keyColumn = 0;
  /** Nothing but indicators so far on this line, so that what comes next opens a level. */
  private opening = true;

  after(token: Token): number {
    switch (token.type) {
      case 'newline':
        this.lineStart = token.offset + token.source.length;
        this.opening = true;
        break;
      case 'byte-order-mark':
      case 'space':
      case 'comment':
        break;
      case 'flow-map-start':
      case 'flow-seq-start':
        this.flow.push(token.source === '[' ? ']' : '}');
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        if (this.flow.at(-1) === token.source) this.flow.pop();
        break;
      case 'flow-error-end':
        this.flow = [];
        break;
      case 'map-value-ind':
        if (this.opening) this.open(token.offset - this.lineStart, true);
        else if (this.flow.length === 0) this.open(this.keyColumn, false);
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
        this.open(token.offset - this.lineStart, true);
        break;
      default:
        this.keyColumn = this.opening ? token.offset - this.lineStart : this.keyColumn;
        this.opening = false;
        // A scalar of several lines: what follows it is not at the start of its line.
        if (token.source.includes('\n')) this.lineStart = token.offset + token.source.lastIndexOf('\n') + 1;
    }
    return this.block.length + this.flow.length;
  }

  private open(column: number, indicator: boolean): void {
    if (this.flow.length > 0) return;
    // A list may stand at the column of the key that holds it: half a step further in.
    const level = indicator ? column + 0.5 : column;
    this.block = this.block.filter((open) => open < level);
    this.block.push(level);
  }
}
