/**
 * Shows people what Temporal keeps encrypted: the protocol that Temporal's Web UI and its command line speak to a *codec server*
 * (docs.temporal.io, Remote data encoding). The command line wants what it sends encoded by it too.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';

/** Histories come in pages of many payloads. */
const BODY_LIMIT = 32 * 1024 * 1024;

/** Bytes are base64, as in every JSON form of a protocol buffer. */
const payloadJson = z.object({ metadata: z.record(z.string(), z.string()).default({}), data: z.string().default('') });
const request = z.object({ payloads: z.array(payloadJson).default([]) });

/** `origin`: the Web UI's, whose pages may ask; others' may not. */
export function buildCodecApp(codecs: PayloadCodec[], origin: string | undefined): FastifyInstance {
  const app = Fastify({ bodyLimit: BODY_LIMIT, logger: false });
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (origin === undefined || headers.origin !== origin) return;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': 'content-type, x-namespace, authorization',
      vary: 'origin',
    });
  });
  const directions = {
    '/encode': (payloads: Payload[]) => inTurn(codecs, (codec, all) => codec.encode(all), payloads),
    '/decode': (payloads: Payload[]) => inTurn(codecs.toReversed(), (codec, all) => codec.decode(all), payloads),
  };
  for (const [path, convert] of Object.entries(directions)) {
    app.options(path, async (_request, reply) => reply.code(204).send());
    app.post(path, async ({ body }, reply) => {
      const asked = request.safeParse(body);
      if (!asked.success)
        return reply.code(400).send({ message: 'expected {"payloads":[{"metadata":{…},"data":"…"}]}' });
      return { payloads: (await convert(asked.data.payloads.map(fromJson))).map(toJson) };
    });
  }
  return app;
}

type Step = (codec: PayloadCodec, payloads: Payload[]) => Promise<Payload[]>;

async function inTurn(codecs: PayloadCodec[], step: Step, payloads: Payload[]): Promise<Payload[]> {
  let converted = payloads;
  for (const codec of codecs) converted = await step(codec, converted);
  return converted;
}

function fromJson({ metadata, data }: z.output<typeof payloadJson>): Payload {
  const bytes = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data, 'base64') };
}

function toJson({ metadata, data }: Payload): z.output<typeof payloadJson> {
  const text = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)] as const);
  return { metadata: Object.fromEntries(text), data: base64(data) };
}

function base64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
