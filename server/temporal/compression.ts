/**
 * Large results of activities are kept compressed, so that a history stays small; all others stay readable in the Web UI.
 * Of a plan or of commits in many repositories, about a quarter is left (docs/budgets.md).
 */
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress } from 'node:zlib';
import { defaultPayloadConverter, type Payload, type PayloadCodec, RawValue } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';

/** In bytes of JSON: what is larger is compressed. */
export const LARGEST_PLAIN_RESULT = 8 * 1024;

/** Anybody who may signal can send bytes that swell: more than Temporal takes in one payload is none of ours. */
const LARGEST_RESTORED = 2 * 1024 * 1024;
const ENCODING = 'binary/brotli';
const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** The result as it goes to Temporal. */
export async function compressed(result: unknown): Promise<unknown> {
  const { data } = defaultPayloadConverter.toPayload(result) ?? {};
  if (data == null || data.length <= LARGEST_PLAIN_RESULT) return result;
  return RawValue.fromPayload({ metadata: { encoding: encode(ENCODING) }, data: await compress(data) });
}

/** Restores what `compressed` made, before any workflow or client sees it. */
export const COMPRESSION: PayloadCodec = {
  encode: async (payloads) => payloads,
  decode: (payloads) => Promise.all(payloads.map(restored)),
};

/** Never throws, as the payload converter: what cannot be restored is left to it, and becomes `{ undecodable }`. */
async function restored(payload: Payload): Promise<Payload> {
  const encoding = payload.metadata?.encoding;
  if (encoding == null || payload.data == null || decode(encoding) !== ENCODING) return payload;
  return decompress(payload.data, { maxOutputLength: LARGEST_RESTORED }).then(
    (data) => ({ metadata: { encoding: encode('json/plain') }, data }),
    () => payload,
  );
}
