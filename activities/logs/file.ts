/** Logs as files below the data folder: one file per log, whole or not there. */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { LogReference } from '../../src/changeset.ts';
import { cutNotice, TAIL_BYTES } from '../../src/logs/excerpt.ts';
import type { LogStore, LogWriter } from '../../src/ports.ts';
import { type OutputFilter, passThrough } from './filter.ts';
import { TailBuffer, tailText } from './tail.ts';

export interface FileLogOptions {
  /** Made when missing. */
  folder: string;
  /** How much of a long log is kept from its start and from its end (default 4 MiB each). */
  headBytes?: number;
  tailBytes?: number;
  /** Made for each log; what it gives back is what is kept. For redaction. */
  filter?: () => OutputFilter;
}

/** Throws (infrastructure) when the folder cannot be written. */
export function createFileLogStore(options: FileLogOptions): LogStore {
  const fileOf = (id: string) => join(options.folder, fileName(id));
  return {
    async create(id) {
      await mkdir(options.folder, { recursive: true });
      return new FileLogWriter(id, fileOf(id), options);
    },
    prune: (request) => prune(options.folder, request),
    async read(id) {
      try {
        return (await open(fileOf(id), 'r')).createReadStream();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

/** Drafts that a killed worker left are logs here too. */
async function prune(folder: string, { before, keep }: { before: number; keep: string[] }): Promise<number> {
  const kept = keep.map((beginning) => encoded(beginning));
  let removed = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    if (kept.some((beginning) => name.startsWith(beginning))) continue;
    const file = join(folder, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs >= before) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

function encoded(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E');
}

/** Told by its shape: an error made outside a test's realm is no `instanceof Error` in it. */
function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}

/** Ids hold slashes and people's changeset names: nothing of them may leave the folder or be too long for a file system. */
function fileName(id: string): string {
  const safe = encoded(id);
  const name = safe.length <= 180 ? safe : `${safe.slice(0, 100)}~${createHash('sha256').update(id).digest('hex')}`;
  return `${name}.log`;
}

class FileLogWriter implements LogWriter {
  readonly #id: string;
  readonly #path: string;
  readonly #draft: string;
  readonly #head: number;
  readonly #tail: TailBuffer;
  readonly #tailBytes: number;
  readonly #filter: OutputFilter;
  readonly #file: WriteStream;
  #written = 0;
  #closed: Promise<LogReference> | undefined;

  constructor(id: string, path: string, options: FileLogOptions) {
    this.#id = id;
    this.#path = path;
    // Two attempts of one run may overlap when a host was thought lost: each has its own draft, the last to end wins.
    this.#draft = `${path}.${randomUUID()}.part`;
    this.#head = options.headBytes ?? 4 * 1024 * 1024;
    this.#tailBytes = options.tailBytes ?? 4 * 1024 * 1024;
    // The text for the result comes from here too, so it is kept even where a smaller tail is asked for.
    this.#tail = new TailBuffer(Math.max(this.#tailBytes, TAIL_BYTES));
    this.#filter = (options.filter ?? passThrough)();
    this.#file = createWriteStream(this.#draft);
    // Told by `close`; without a listener a full disk would end the process.
    this.#file.on('error', () => undefined);
  }

  write(chunk: Uint8Array): void {
    if (this.#closed !== undefined) return;
    this.#keep(this.#filter.push(chunk));
  }

  close(): Promise<LogReference> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  /** What is waiting for the disk is bounded by the head's size, so the stream's back-pressure needs no answer. */
  #keep(bytes: Uint8Array): void {
    this.#tail.push(bytes);
    const forHead = bytes.subarray(0, Math.max(0, this.#head - this.#written));
    if (forHead.length > 0) this.#file.write(Uint8Array.prototype.slice.call(forHead));
    this.#written += forHead.length;
  }

  async #finish(): Promise<LogReference> {
    this.#keep(this.#filter.end());
    const end = this.#tail.bytes();
    const beyondHead = this.#tail.seen - this.#written;
    const rest = end.subarray(Math.max(0, end.length - Math.min(beyondHead, this.#tailBytes)));
    const leftOut = beyondHead - rest.length;
    if (leftOut > 0) this.#file.write(cutNotice({ leftOut, head: this.#head, tail: this.#tailBytes }));
    this.#file.end(rest);
    try {
      await finished(this.#file);
      await rename(this.#draft, this.#path);
    } catch (error) {
      await rm(this.#draft, { force: true });
      throw new Error(`the log ${this.#id} could not be kept: ${String(error)}`, { cause: error });
    }
    return { id: this.#id, bytes: this.#tail.seen, truncated: leftOut > 0, tail: tailText(end, TAIL_BYTES) };
  }
}
