/** What Temporal keeps, encrypted, and shown to people again. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import fc from 'fast-check';
import { buildCodecApp } from '../../server/codec/app.ts';
import { type PayloadKey, readPayloadKeys } from '../../server/environment/payloadKeys.ts';
import { COMPRESSION, compressed } from '../../server/temporal/compression.ts';
import { createEncryption, keyIdOf } from '../../server/temporal/encryption.ts';
import { keyFault } from '../../server/temporal/keyCheck.ts';

const line = () => randomBytes(32).toString('base64');
const read = (text: string) => {
  const problems: string[] = [];
  return { keys: readPayloadKeys({ LOCKSTEP_PAYLOAD_KEYS: text }, problems), problems };
};
const keysOf = (...lines: string[]): PayloadKey[] => read(lines.join('\n')).keys ?? [];
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const through = async (encodeWith: PayloadKey[], decodeWith: PayloadKey[], payload: Payload): Promise<Payload> => {
  const [sent] = await createEncryption(encodeWith).encode([payload]);
  const [back] = await createEncryption(decodeWith).decode([sent as Payload]);
  return back as Payload;
};

describe('encryption', () => {
  test('of any value gives it back, shows nothing of it, and never the same twice', async () => {
    const keys = keysOf(line());
    const codec = createEncryption(keys);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ minLength: 8 }), async (value, secret) => {
        const payload = payloadOf({ value, secret });
        const [one, other] = await codec.encode([payload, payload]);
        expect(Buffer.from(one?.data ?? []).includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
        expect(Buffer.from(one?.data ?? []).equals(Buffer.from(other?.data ?? []))).toBe(false);
        const [back] = await codec.decode([one as Payload]);
        expect(Buffer.from(back?.data ?? [])).toEqual(Buffer.from(payload.data ?? []));
      }),
    );
  });

  test('another key does not open it; an older one among several does, and the first is the one in use', async () => {
    const [older, newer] = [line(), line()];
    const payload = payloadOf('feature/secret-plan');
    expect(defaultPayloadConverter.fromPayload(await through(keysOf(older), keysOf(newer, older), payload))).toBe(
      'feature/secret-plan',
    );
    const shut = await through(keysOf(older), keysOf(newer), payload);
    expect(keyIdOf(shut)).toBe(keysOf(older)[0]?.id);
    const [sent] = await createEncryption(keysOf(newer, older)).encode([payload]);
    expect(keyIdOf(sent as Payload)).toBe(keysOf(newer)[0]?.id);
  });

  test('what was changed on its way, or says it is encrypted and is not, is left as it came', async () => {
    const keys = keysOf(line());
    const codec = createEncryption(keys);
    const [sent] = (await codec.encode([payloadOf('x')])) as [Payload];
    for (let at = 0; at < (sent.data?.length ?? 0); at += 1) {
      const data = Buffer.from(sent.data ?? []);
      data[at] = (data[at] ?? 0) ^ 1;
      const changed = { ...sent, data };
      expect((await codec.decode([changed]))[0]).toBe(changed);
    }
    for (const data of [Buffer.alloc(0), Buffer.alloc(12), randomBytes(40)]) {
      const none = { ...sent, data };
      expect((await codec.decode([none]))[0]).toBe(none);
    }
  });

  test('what people send from a shell is taken as it is, and large results stay compressed within', async () => {
    const plain = payloadOf({ by: 'ann' });
    const codec = createEncryption(keysOf(line()));
    expect((await codec.decode([plain]))[0]).toBe(plain);
    const large = { names: Array.from({ length: 2000 }, (_, i) => `service-${i}`) };
    const kept = defaultPayloadConverter.toPayload(await compressed(large)) as Payload;
    const [sent] = await codec.encode([kept]);
    expect(sent?.data?.length).toBeLessThan(10_000);
    const [back] = await COMPRESSION.decode(await codec.decode([sent as Payload]));
    expect(defaultPayloadConverter.fromPayload(back as Payload)).toEqual(large);
  });
});

describe('keys of payloads', () => {
  test('are 32 bytes in base64, a line each; nothing of what they are not is shown', () => {
    expect(read(`${line()}\n\n${line()}\n`).keys).toHaveLength(2);
    for (const bad of ['hunter2', randomBytes(16).toString('base64'), `${line()}\nhunter2!`]) {
      const { problems } = read(bad);
      expect(problems).toEqual([
        expect.stringMatching(/^LOCKSTEP_PAYLOAD_KEYS_FILE: expected 32 bytes in base64 on each line .* on line [12]$/),
      ]);
      expect(problems.join()).not.toContain('hunter2');
    }
    expect(readPayloadKeys({}, [])).toBeUndefined();
  });

  test('that are not those of what is in Temporal are told, with what to do', async () => {
    const [mine, theirs] = [keysOf(line()), keysOf(line())];
    const holding = async (keys: PayloadKey[] | undefined) => {
      const payloads = keys === undefined ? [payloadOf('x')] : await createEncryption(keys).encode([payloadOf('x')]);
      const events = [{ workflowExecutionStartedEventAttributes: { input: { payloads } } }];
      const getWorkflowExecutionHistory = async () => ({ history: { events } });
      return { workflowService: { getWorkflowExecutionHistory } } as unknown as Parameters<typeof keyFault>[0];
    };
    expect(await keyFault(await holding(mine), 'n', mine)).toBeUndefined();
    expect(await keyFault(await holding(undefined), 'n', mine)).toBeUndefined();
    expect(await keyFault(await holding(theirs), 'n', [...mine, ...theirs])).toBeUndefined();
    const id = theirs[0]?.id;
    expect(await keyFault(await holding(theirs), 'n', mine)).toBe(
      `the queue in Temporal (namespace n) is encrypted with the key ${id}, and LOCKSTEP_PAYLOAD_KEYS_FILE has only ${mine[0]?.id}: give every process of Lockstep the file that has it`,
    );
    expect(await keyFault(await holding(theirs), 'n', undefined)).toContain('has none (it is not set)');
  });
});

describe('the codec for people', () => {
  const keys = keysOf(line());
  const codec = createEncryption(keys);
  const origin = 'https://temporal.example';
  const app = buildCodecApp([COMPRESSION, codec], origin);
  afterAll(() => app.close());

  const json = ({ metadata, data }: Payload) => ({
    metadata: Object.fromEntries(
      Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
    ),
    data: Buffer.from(data ?? []).toString('base64'),
  });

  test('shows what is encrypted, and what is not as it is', async () => {
    const sent = await codec.encode([payloadOf({ branch: 'feature/x' }), payloadOf('two')]);
    const payloads = [...sent, payloadOf('plain')].map(json);
    const answer = await app.inject({ method: 'POST', url: '/decode', payload: { payloads } });
    const shown = answer.json<{ payloads: { metadata: { encoding: string }; data: string }[] }>().payloads;
    expect(shown.map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual([
      '{"branch":"feature/x"}',
      '"two"',
      '"plain"',
    ]);
    expect(shown.map(({ metadata }) => decode(Buffer.from(metadata.encoding, 'base64')))).toEqual(
      Array(3).fill('json/plain'),
    );
  });

  test('lets the pages of the Web UI ask, and no others', async () => {
    const ask = (from: string) => app.inject({ method: 'OPTIONS', url: '/decode', headers: { origin: from } });
    expect((await ask(origin)).headers).toMatchObject({ 'access-control-allow-origin': origin });
    expect((await ask('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
  });

  test.each([[''], ['[]'], ['{"payloads":1}'], ['{"payloads":[null]}']])('%j is refused', async (payload) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/decode',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(400);
  });
});
