import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { createFileLogStore } from '../../activities/logs/file.ts';
import type { LogStore } from '../../src/ports.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-logs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = (value: string) => Buffer.from(value);

async function readBack(store: LogStore, id: string): Promise<Buffer | undefined> {
  const log = await store.read(id);
  return log === undefined ? undefined : buffer(log);
}

const LIMITS = { headBytes: 1000, tailBytes: 500 };
const stores: [string, () => LogStore][] = [
  ['file', () => createFileLogStore({ folder, ...LIMITS })],
  ['fake', () => createFakeLogStore(LIMITS)],
];

describe.each(stores)('log store: %s', (_, make) => {
  test('a log can be read once it is closed, and not before', async () => {
    const store = make();
    const log = await store.create('run/1');
    log.write(bytes('one\n'));
    expect(await readBack(store, 'run/1')).toBeUndefined();
    log.write(bytes('two\n'));
    expect(await log.close()).toEqual({ id: 'run/1', bytes: 8, truncated: false, tail: 'one\ntwo\n' });
    expect((await readBack(store, 'run/1'))?.toString()).toBe('one\ntwo\n');
  });

  test('old logs are removed, but for those that somebody still needs', async () => {
    const store = make();
    for (const id of ['7-old', '70-old', '8.x-old', '8-used']) await (await store.create(id)).close();
    expect(await store.prune({ before: Date.now() - 60_000, keep: [] })).toBe(0);
    const running = await store.create('9-running');
    const all = { before: Date.now() + 60_000, keep: ['7-', '8.x', '9-'] };
    await store.prune(all);
    await running.close();
    const left = await Promise.all(['7-old', '70-old', '8.x-old', '8-used', '9-running'].map((id) => store.read(id)));
    expect(left.map((log) => log !== undefined)).toEqual([true, false, true, false, true]);
    expect(await store.prune(all)).toBe(0);
  });

  test('a new log replaces one of the same id', async () => {
    const store = make();
    for (const content of ['a first, longer attempt\n', 'second\n']) {
      const log = await store.create('run/again');
      log.write(bytes(content));
      await log.close();
    }
    expect((await readBack(store, 'run/again'))?.toString()).toBe('second\n');
  });

  test('of a long log the head and the tail are kept, and the cut is stated', async () => {
    const store = make();
    const log = await store.create('run/long');
    const all = Array.from({ length: 500 }, (_unused, i) => `line ${String(i).padStart(4, '0')}\n`).join('');
    for (let at = 0; at < all.length; at += 77) log.write(bytes(all.slice(at, at + 77)));
    expect(await log.close()).toMatchObject({
      bytes: 5000,
      truncated: true,
      tail: expect.stringMatching(/line 0499\n$/),
    });
    const kept = (await readBack(store, 'run/long'))?.toString() ?? '';
    expect(kept.startsWith(all.slice(0, 1000))).toBe(true);
    expect(kept.endsWith(all.slice(-500))).toBe(true);
    expect(kept).toContain('3500 bytes left out here');
    expect(kept.length).toBeLessThan(1700);
  });

  test.each([1000, 1001, 1499, 1500])('a log of %d bytes is kept whole', async (size) => {
    const store = make();
    const log = await store.create(`run/${size}`);
    const content = Buffer.from(Array.from({ length: size }, (_unused, i) => i % 251));
    log.write(content);
    expect(await log.close()).toMatchObject({ bytes: size, truncated: false });
    expect(await readBack(store, `run/${size}`)).toEqual(content);
  });

  test('the tail has at most 8 KB, whatever the bytes', async () => {
    for (const [id, chunk] of [
      ['line', bytes('x'.repeat(100_000))],
      ['binary', Buffer.alloc(100_000, 0xff)],
      ['wide', bytes('é😀'.repeat(20_000))],
    ] as const) {
      const log = await make().create(id);
      log.write(chunk);
      expect(Buffer.byteLength((await log.close()).tail)).toBeLessThanOrEqual(8192);
    }
  });

  test('what is written after the close is dropped, and closing twice gives the same', async () => {
    const store = make();
    const log = await store.create('run/closed');
    log.write(bytes('kept'));
    const closed = await log.close();
    log.write(bytes(' not'));
    expect(await log.close()).toEqual(closed);
    expect((await readBack(store, 'run/closed'))?.toString()).toBe('kept');
  });

  test('an id cannot lead out of the store', async () => {
    const store = make();
    for (const id of ['../../escaped', '..', '/etc/escaped', 'a\0b', 'x'.repeat(400), 'C:\\x', '%2E%2E/y']) {
      const log = await store.create(id);
      log.write(bytes(id));
      await log.close();
      const back = await store.read(id);
      expect(back && (await text(back))).toBe(id);
    }
    expect(await store.read('never written')).toBeUndefined();
  });
});

describe('log store: file', () => {
  test('leaves only finished logs, all inside its folder', async () => {
    const above = await mkdtemp(join(folder, 'above-'));
    const own = join(above, 'logs');
    const store = createFileLogStore({ folder: own });
    await (await store.create('../../escaped')).close();
    expect(await readdir(own)).toEqual(['%2E%2E%2F%2E%2E%2Fescaped.log']);
    expect(await readdir(above)).toEqual(['logs']);
  });

  test('a disk that takes nothing is an error of close, not a crash', async () => {
    const own = await mkdtemp(join(folder, 'gone-'));
    const log = await createFileLogStore({ folder: own }).create('x');
    await rm(own, { recursive: true });
    log.write(bytes('x'));
    await expect(log.close()).rejects.toThrow('the log x could not be kept');
  });

  test('the filter sees everything and decides what is kept', async () => {
    const held: Uint8Array[] = [];
    const store = createFileLogStore({
      folder,
      filter: () => ({
        push: (chunk) => {
          held.push(chunk);
          return new Uint8Array();
        },
        end: () => bytes(Buffer.concat(held).toString().replaceAll('secret', '***')),
      }),
    });
    const log = await store.create('filtered');
    for (const part of ['a sec', 'ret ', 'here']) log.write(bytes(part));
    expect((await log.close()).tail).toBe('a *** here');
  });
});
