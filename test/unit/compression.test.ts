/** Large results of activities, as Temporal keeps them. */
import { brotliCompressSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding.js';
import { COMPRESSION, compressed, LARGEST_PLAIN_RESULT } from '../../server/temporal/compression.ts';

const stored = async (result: unknown): Promise<Payload> => defaultPayloadConverter.toPayload(await compressed(result));
const readBack = async (payload: Payload) => (await COMPRESSION.decode([payload]))[0] as Payload;

test.each([[undefined], [null], [{ kind: 'ready' }], ['x'.repeat(LARGEST_PLAIN_RESULT - 2)]])(
  'a result of up to 8 KB is kept as it is: %#',
  async (result) => {
    expect(await stored(result)).toEqual(defaultPayloadConverter.toPayload(result));
    expect(await readBack(await stored(result))).toEqual(defaultPayloadConverter.toPayload(result));
  },
);

test('a larger one is kept compressed, and comes back as it was', async () => {
  const result = { names: Array.from({ length: 1000 }, (_, i) => `service-number-${i}`), text: 'ünï' };
  const kept = await stored(result);
  expect(kept.data?.length).toBeLessThan(LARGEST_PLAIN_RESULT);
  expect(defaultPayloadConverter.fromPayload(await readBack(kept))).toEqual(result);
});

test.each([
  ['what is not compressed at all', Buffer.from('not compressed')],
  ['what would swell to more than Temporal takes', brotliCompressSync(Buffer.alloc(3 * 1024 * 1024))],
])('%s is left as it came, for the payload converter to refuse', async (_, data) => {
  const payload = { metadata: { encoding: encode('binary/brotli') }, data };
  expect(await readBack(payload)).toBe(payload);
});
