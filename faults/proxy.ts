/** A real proxy between Lockstep and the local GitHub: it loses replies, is late, slow or refuses, as it is told. */
import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, Mode } from './plan.ts';
import { isOf, type Request, readRequest } from './requests.ts';

export interface Rule {
  matches(request: Request): boolean;
  mode: Mode | 'pass';
  /** How many requests it meets; default 1. */
  times?: number;
  /** Awaited before the request goes on: somebody else is faster. */
  before?(): Promise<void>;
}

export interface GitHubProxy {
  url: string;
  /** Faulty processes announce here that the next request of an effect is to be met. */
  armUrl: string;
  add(rule: Rule): void;
  /** Sees every request before it goes on. */
  watch(see: (request: Request) => Promise<void>): void;
  /** Ids of the armed faults that have met their request. */
  met: ReadonlySet<string>;
  /** Every credential that went through. */
  credentials: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Long after a push's time limit and before the end of its life (`LOCKSTEP_PUSH_LIFE_MS`). */
export interface ProxyOptions {
  target: string;
  lateMs: number;
}

const HANG_MS = 45_000;
const DRIPS = 4;
const DRIP_MS = 300;

interface Whole {
  incoming: IncomingMessage;
  body: Buffer;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export async function startProxy({ target, lateMs }: ProxyOptions): Promise<GitHubProxy> {
  const rules: Rule[] = [];
  const met = new Set<string>();
  const credentials = new Set<string>();
  const watchers: Parameters<GitHubProxy['watch']>[0][] = [];

  function arm(fault: Fault): void {
    rules.push({ mode: fault.mode, matches: (request) => isOf(fault, request) && Boolean(met.add(fault.id)) });
  }

  function ruleFor(request: Request): Rule | undefined {
    const rule = rules.find((one) => one.matches(request));
    if (rule === undefined) return undefined;
    rule.times = (rule.times ?? 1) - 1;
    if (rule.times <= 0) rules.splice(rules.indexOf(rule), 1);
    return rule;
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    if (incoming.url === '/-/arm') {
      arm(JSON.parse(body.toString()) as Fault);
      response.end();
      return;
    }
    noteCredentials(incoming, credentials);
    const encoding = incoming.headers['content-encoding'];
    const request = readRequest(incoming.method ?? 'GET', incoming.url ?? '/', { body, encoding });
    for (const see of watchers) await see(request);
    const rule = ruleFor(request);
    await rule?.before?.();
    const forward = () => forwardTo(target, { incoming, body });
    await answerBy(rule?.mode ?? 'pass', { request, response, forward, lateMs });
  }

  const server = createServer((incoming, response) => {
    // A client that is killed in the middle is what this is for.
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    armUrl: `${url}/-/arm`,
    add: (rule) => void rules.push(rule),
    watch: (see) => void watchers.push(see),
    met,
    credentials,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Answering {
  request: Request;
  response: ServerResponse;
  forward(): Promise<Answer>;
  lateMs: number;
}

async function answerBy(mode: Mode | 'pass', { request, response, forward, lateMs }: Answering): Promise<void> {
  switch (mode) {
    case 'pass':
      return send(response, await forward());
    case 'failBefore':
      return void response.destroy();
    case 'doAndFail':
      await forward();
      return void response.destroy();
    case 'doAndHang':
      await forward();
      return hang(response);
    case 'doLate':
      await delay(lateMs);
      await forward();
      return void response.destroy();
    case 'slowBody':
      return drip(response, await forward());
    case 'unavailable':
      return refuse({ request, response }, 503, 'No server is currently available to service your request.');
    case 'forbidden':
      return refuse({ request, response }, 403, 'You have exceeded a secondary rate limit. Please wait a few minutes.');
    case 'limited':
      return refuse({ request, response }, 429, 'API rate limit exceeded');
  }
}

async function hang(response: ServerResponse): Promise<void> {
  await Promise.race([once(response, 'close'), delay(HANG_MS, undefined, { ref: false })]);
  response.destroy();
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

async function drip(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, headers);
  const size = Math.ceil(body.length / DRIPS);
  for (let at = 0; at < body.length; at += size) {
    response.write(body.subarray(at, at + size));
    await delay(DRIP_MS);
  }
  response.end();
}

/** GitHub asks to be left alone for a second: REST in JSON, git in plain words. */
function refuse({ request, response }: Pick<Answering, 'request' | 'response'>, status: number, message: string): void {
  const isGit = /\.git\//.test(request.path);
  response.writeHead(status, { 'content-type': isGit ? 'text/plain' : 'application/json', 'retry-after': '1' });
  response.end(isGit ? `${message}\n` : JSON.stringify({ message }));
}

async function forwardTo(target: string, { incoming, body }: Whole): Promise<Answer> {
  const { 'transfer-encoding': _, ...headers } = incoming.headers;
  const outgoing = ask(`${target}${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers: { ...headers, 'content-length': body.length, host: new URL(target).host },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { 'transfer-encoding': chunked, connection, ...kept } = answer.headers;
  const whole = await bodyOf(answer);
  return {
    status: answer.statusCode ?? 502,
    headers: { ...kept, 'content-length': String(whole.length) },
    body: whole,
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function noteCredentials({ headers }: IncomingMessage, credentials: Set<string>): void {
  const [scheme = '', value] = (headers.authorization ?? '').split(' ');
  if (value === undefined) return;
  if (scheme.toLowerCase() !== 'basic') return void credentials.add(value);
  const plain = Buffer.from(value, 'base64').toString();
  credentials.add(value).add(plain.slice(plain.indexOf(':') + 1));
}
