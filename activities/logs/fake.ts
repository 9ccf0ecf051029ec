/** Logs in memory, for tests. */
import { Readable } from 'node:stream';
import { cutNotice, TAIL_BYTES } from '../../src/logs/excerpt.ts';
import type { LogStore } from '../../src/ports.ts';
import { tailText } from './tail.ts';

/** Keeps what the file store keeps, of logs small enough to be held whole. */
export function createFakeLogStore({ headBytes = 4 * 1024 * 1024, tailBytes = 4 * 1024 * 1024 } = {}): LogStore {
  const logs = new Map<string, Buffer>();
  const written = new Map<string, number>();
  return {
    async create(id) {
      const chunks: Buffer[] = [];
      let closed = false;
      return {
        write(chunk) {
          if (!closed) chunks.push(Buffer.from(chunk));
        },
        async close() {
          closed = true;
          written.set(id, Date.now());
          const all = Buffer.concat(chunks);
          const leftOut = all.length - headBytes - tailBytes;
          const notice = Buffer.from(cutNotice({ leftOut, head: headBytes, tail: tailBytes }));
          const rest = all.subarray(all.length - tailBytes);
          logs.set(id, leftOut > 0 ? Buffer.concat([all.subarray(0, headBytes), notice, rest]) : all);
          return { id, bytes: all.length, truncated: leftOut > 0, tail: tailText(all, TAIL_BYTES) };
        },
      };
    },
    async prune({ before, keep }) {
      const old = [...written].filter(([id, at]) => at < before && !keep.some((beginning) => id.startsWith(beginning)));
      for (const [id] of old) {
        logs.delete(id);
        written.delete(id);
      }
      return old.length;
    },
    async read(id) {
      const log = logs.get(id);
      return log === undefined ? undefined : Readable.from([log]);
    },
  };
}
