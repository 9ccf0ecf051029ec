/**
 * What Temporal keeps of inputs, results, signals, queries and failures, encrypted with AES-256-GCM (NIST SP 800-38D): 96 bits of a
 * random nonce, 128 of tag, the key's id as additional data. The metadata follow Temporal's own sample of an encrypting codec, so
 * that its tools know what they see.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding.js';
import proto from '@temporalio/proto';
import type { PayloadKey } from '../environment/payloadKeys.ts';

const { Payload: PAYLOAD } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What was not encrypted is taken as it is: people signal from a shell, and it may have been switched on today. */
export function createEncryption([first, ...others]: PayloadKey[]): PayloadCodec {
  if (first === undefined) throw new Error('expected at least one key, found none');
  const keys = [first, ...others];
  return {
    encode: async (payloads) => payloads.map((payload) => encrypted(payload, first)),
    decode: async (payloads) => payloads.map((payload) => decrypted(payload, keys)),
  };
}

/** The id of the key that a payload was encrypted with. */
export function keyIdOf({ metadata }: Payload): string | undefined {
  const [encoding, id] = [metadata?.encoding, metadata?.['encryption-key-id']];
  return encoding != null && id != null && decode(encoding) === ENCODING ? decode(id) : undefined;
}

function encrypted(payload: Payload, { id, bytes }: PayloadKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(Buffer.from(id));
  const text = Buffer.concat([cipher.update(PAYLOAD.encode(payload).finish()), cipher.final()]);
  return {
    metadata: {
      encoding: encode(ENCODING),
      'encryption-cipher': encode('AES-256-GCM'),
      'encryption-key-id': encode(id),
    },
    data: Buffer.concat([nonce, cipher.getAuthTag(), text]),
  };
}

/**
 * Never throws, as the payload converter: what cannot be decrypted is left to it, and becomes `{ undecodable }`. Anybody who may signal
 * can send such; that the keys are the right ones is looked at when a process starts.
 */
function decrypted(payload: Payload, keys: PayloadKey[]): Payload {
  const id = keyIdOf(payload);
  const key = keys.find((one) => one.id === id);
  if (key === undefined || payload.data == null) return payload;
  try {
    const data = Buffer.from(payload.data);
    const [nonce, tag, text] = [
      data.subarray(0, NONCE_BYTES),
      data.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES),
      data.subarray(NONCE_BYTES + TAG_BYTES),
    ];
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(key.id)).setAuthTag(tag);
    return PAYLOAD.decode(Buffer.concat([decipher.update(text), decipher.final()]));
  } catch {
    return payload;
  }
}
