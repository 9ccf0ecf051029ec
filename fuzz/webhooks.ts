/** Bodies sent to the webhook of a running server: examples of GitHub's own, broken in every way; signed, and not. */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { COORDINATOR } from '../faults/template.ts';
import { createRandom, type Random } from '../simulator/random.ts';
import { mutated, mutatedBytes, NASTY_TEXTS, nastyValue } from './mutate.ts';
import { complaintsOf, type Part, seedOf, type Wish } from './part.ts';
import type { Stand } from './stand.ts';

const AT_ONCE = 32;
const EXAMPLES: { name: string; examples: object[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples/api.github.com/index.json',
);

interface Sent {
  body: Buffer;
  headers: Record<string, string>;
  /** What must be answered. */
  expected: number;
}

function bodyOf(random: Random): { event: string; body: Buffer } {
  const { name, examples } = random.pick(EXAMPLES);
  const example = random.pick(examples);
  if (random.chance(5)) return { event: name, body: Buffer.from(JSON.stringify(nastyValue(random))) };
  const wanted = random.chance(3) ? forCoordinator(random, example) : example;
  const value = random.chance(75) ? mutated(random, wanted) : wanted;
  const body = Buffer.from(JSON.stringify(value) ?? '');
  return { event: name, body: random.chance(15) ? mutatedBytes(random, body) : body };
}

/** As if it came from the repository that this Lockstep listens to. */
function forCoordinator(random: Random, example: object): object {
  const { repository, pull_request: pull, ...rest } = structuredClone(example) as Record<string, object | undefined>;
  return {
    ...rest,
    repository: { ...repository, full_name: COORDINATOR },
    ...(pull && { pull_request: { ...pull, number: random.between(100, 120) } }),
  };
}

export function webhookOf(random: Random, secret: string): Sent {
  const { event, body } = bodyOf(random);
  const signature = (algorithm: string, text: Buffer, key = secret) =>
    `${algorithm}=${createHmac(algorithm, key).update(text).digest('hex')}`;
  const common = {
    'content-type': 'application/json',
    'x-github-event': random.chance(90) ? event : ascii(random.pick(NASTY_TEXTS)),
    'x-github-delivery': random.chance(80) ? `${random.between(1, 2 ** 31 - 1)}` : ascii(random.pick(NASTY_TEXTS)),
  };
  const refused = (headers: object): Sent => ({ body, headers: { ...common, ...headers }, expected: 401 });
  switch (random.between(0, 9)) {
    case 0:
      return refused({});
    case 1:
      return refused({ 'x-hub-signature': signature('sha1', body) });
    case 2:
      return refused({ 'x-hub-signature-256': signature('sha256', body, 'another') });
    case 3:
      return refused({ 'x-hub-signature-256': ascii(random.pick(NASTY_TEXTS)) });
    case 4: {
      const headers = {
        ...common,
        'content-type': random.pick(['text/plain', 'application/xml', 'multipart/form-data']),
      };
      return { body, headers, expected: 415 };
    }
    default:
      return { body, headers: { ...common, 'x-hub-signature-256': signature('sha256', body) }, expected: 202 };
  }
}

const ascii = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 2_000);

export async function fuzzWebhooks({ world, server, watched }: Stand, wish: Wish): Promise<Part> {
  const complaints = complaintsOf();
  const secret = (await readFile(join(world.folder, 'webhook-secret'), 'utf8')).trim();
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const queue = new PQueue({ concurrency: AT_ONCE });
  const pid = server.pid();
  const before = await watched('server');
  const began = performance.now();
  const answers = new Map<number, number>();
  for (let i = 0; i < wish.count; i += 1) {
    await queue.onSizeLessThan(AT_ONCE * 4);
    const seed = seedOf(wish, i);
    const sent = webhookOf(createRandom(seed), secret);
    void queue.add(async () => {
      const status = await send(world.serverUrl, agent, sent).catch((error: unknown) => String(error));
      if (typeof status === 'number') answers.set(status, (answers.get(status) ?? 0) + 1);
      if (status !== sent.expected) complaints.say(`seed ${seed}: expected ${sent.expected}, found ${status}`);
    });
  }
  await queue.onIdle();
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  const status = await announce(world.serverUrl, 25 * 1024 * 1024 + 1).catch((error: unknown) => String(error));
  if (status !== 413) complaints.say(`25 MiB and a byte: expected 413, found ${status}`);
  if (server.pid() !== pid || server.deaths() > 0) complaints.say(`the server died ${server.deaths()} times`);
  const after = await watched('server');
  return {
    name: 'webhooks',
    tried: wish.count + 1,
    complaints: complaints.all(),
    figures: [
      `${Math.round(wish.count / seconds)} a second`,
      [...answers]
        .sort()
        .map(([code, times]) => `${times} × ${code}`)
        .join(', '),
      `the server stood still for ${after.milliseconds.toFixed(0)} ms at the longest`,
      `its memory went from ${mebibytes(before.bytes)} to ${mebibytes(after.bytes)} MiB`,
    ],
  };
}

const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);

function send(serverUrl: string, agent: Agent | undefined, { body, headers }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${serverUrl}/webhooks/github`, {
      method: 'POST',
      ...(agent && { agent }),
      headers: { ...headers, 'content-length': body.length },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sending.end(body);
  });
}

/** Says how large a body will be, and sends nothing of it: it must be refused for that alone. */
function announce(serverUrl: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${serverUrl}/webhooks/github`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': bytes },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      sending.destroy();
    });
    sending.flushHeaders();
  });
}
