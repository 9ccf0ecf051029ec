/** The end of an output of any length, in bounded memory. */
import { plain } from '../../src/report/text.ts';

/** Keeps the last `limit` bytes that it was given, and counts all. */
export class TailBuffer {
  readonly #limit: number;
  #chunks: Uint8Array[] = [];
  #kept = 0;
  #seen = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All bytes that were ever given. */
  get seen(): number {
    return this.#seen;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#seen += chunk.length;
    // A copy: a stream may hand out a small window of a large pooled buffer, which keeping the window would keep too.
    this.#chunks.push(Uint8Array.prototype.slice.call(chunk, Math.max(0, chunk.length - this.#limit)));
    this.#kept += Math.min(chunk.length, this.#limit);
    // Joined only when twice the limit is held: each byte is copied a constant number of times.
    if (this.#kept > 2 * this.#limit) {
      const bytes = this.bytes();
      this.#chunks = [bytes];
      this.#kept = bytes.length;
    }
  }

  bytes(): Uint8Array {
    const joined = Buffer.concat(this.#chunks);
    return joined.subarray(Math.max(0, joined.length - this.#limit));
  }
}

/** At most `limit` bytes of text from the end of `bytes`, starting at a line's start where there is one. */
export function tailText(bytes: Uint8Array, limit: number): string {
  let text = Buffer.from(bytes.subarray(Math.max(0, bytes.length - limit))).toString('utf8');
  const cut = bytes.length > limit;
  // Bytes that are no UTF-8 grow in decoding: cut until the text itself fits.
  while (Buffer.byteLength(text) > limit) text = text.slice(Math.ceil((Buffer.byteLength(text) - limit) / 3) || 1);
  return cut ? fromLineStart(text) : text;
}

/** The end of a text that takes at most `limit` bytes as JSON, without terminal sequences and control characters. */
export function tailEncoded(text: string, limit: number): string {
  const characters = [...plain(text)];
  let start = characters.length;
  for (let left = limit; start > 0; start -= 1) {
    left -= encodedBytes(characters[start - 1] ?? '') - encodedBytes('');
    if (left < 0) break;
  }
  const kept = characters.slice(start).join('');
  return start > 0 ? fromLineStart(kept) : kept;
}

/** What a value takes in a payload. */
export function encodedBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function fromLineStart(text: string): string {
  const firstLineEnd = text.indexOf('\n');
  return firstLineEnd !== -1 && firstLineEnd < text.length - 1 ? text.slice(firstLineEnd + 1) : text;
}
