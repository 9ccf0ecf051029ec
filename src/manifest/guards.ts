/** What is looked at before any parser: size, encoding, control characters, nesting and the YAML that we don't speak. */
import { MAX_DEPTH, scan } from './nesting.ts';
import type { Problem } from './problem.ts';

export const MAX_BYTES = 65_536;

/** A text that a parser may see, with what was found in it that we don't speak; or what keeps it from the parser. */
export type Guarded = { text: string; foreign: Problem[] } | { problems: Problem[] };

/** Said where the parser is kept from a text: what it would have found is told next time. */
const AFTER = 'other problems are looked for after this';

/** `maxBytes`: of the text, in UTF-8. */
export function guard(input: Uint8Array | string, path: string, maxBytes = MAX_BYTES): Guarded {
  const at = (line: number, column: number, message: string): Problem => ({ path, line, column, where: '', message });
  const stop = (line: number, column: number, message: string) => ({
    problems: [at(line, column, `${message}; ${AFTER}`)],
  });
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  if (bytes.length > maxBytes) {
    return stop(1, 1, `the file is ${bytes.length} bytes, the limit is ${maxBytes}`);
  }
  const text = decode(bytes);
  if (text === undefined) {
    return stop(1, 1, `the file is not UTF-8 (first wrong byte at offset ${firstWrongByte(bytes)})`);
  }
  const control =
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?!^)\ufeff|\r(?!\n)/.exec(text);
  if (control) {
    const { line, column } = positionOf(text, control.index);
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const offset = new TextEncoder().encode(text.slice(0, control.index)).length;
    return stop(line, column, `control character U+${code} (byte ${offset}) is not allowed`);
  }
  const { deep, foreign } = scan(text);
  if (deep !== undefined) {
    const { line, column } = positionOf(text, deep);
    return stop(line, column, `nested more than ${MAX_DEPTH} levels deep`);
  }
  const found = foreign.slice(0, 100).map(({ offset, what, parsed }) => {
    const { line, column } = positionOf(text, offset);
    return at(line, column, `${what} are not supported${parsed ? '' : `; ${AFTER}`}`);
  });
  return foreign.every(({ parsed }) => parsed) ? { text, foreign: found } : { problems: found };
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
