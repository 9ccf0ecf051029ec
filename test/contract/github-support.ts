/** A local GitHub for a test, with clients that hold every answer and event against GitHub's own description. */

import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verify } from '@octokit/webhooks-methods';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { execa } from 'execa';
import { importPKCS8, SignJWT } from 'jose';
import { type LocalGitHub, type LocalGitHubOptions, startLocalGitHub } from '../../server/local/github/index.ts';
import { routes } from '../../server/local/github/routes/index.ts';

const require = createRequire(import.meta.url);
const addFormats = addFormatsModule.default;

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/** OpenAPI 3.0 says `nullable`; JSON Schema says it with a type. */
function withoutNullable(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNullable);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'nullable' && key !== 'discriminator');
  const schema = Object.fromEntries(entries.map(([key, inner]) => [key, withoutNullable(inner)]));
  return value.nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

interface Operation {
  responses: Record<string, { content?: Record<string, { schema?: object }>; $ref?: string }>;
}

interface Description {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

/** Of GitHub's description what is about our routes: all of it takes so much memory that starting a process becomes slow. */
function readDescription(): Description {
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const whole = JSON.parse(readFileSync(file, 'utf8')) as Description;
  const paths = Object.fromEntries(routes.map(({ path }) => [path, whole.paths[path] ?? {}]));
  const schemas: Record<string, Json> = {};
  const take = (name: string) => {
    const schema = whole.components.schemas[name];
    if (schema === undefined || name in schemas) return;
    schemas[name] = schema;
    takeNamed(schema);
  };
  const takeNamed = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) take(name);
  };
  take('installation');
  takeNamed(paths);
  return { paths, components: { schemas } };
}

const description = readDescription();

// The list of installations demands an account that is a user *and* an enterprise; GitHub's own component says *or*.
const INSTALLATIONS = { type: 'array', items: { $ref: 'github#/components/schemas/installation' } };

const rest = new Ajv({ strict: false, allErrors: true });
addFormats(rest);
rest.addSchema({ $id: 'github', components: { schemas: withoutNullable(description.components.schemas) } } as object);

const events = new Ajv({ strict: false, allErrors: true });
addFormats(events);
events.addSchema(
  JSON.parse(readFileSync(require.resolve('@octokit/webhooks-schemas/schema.json'), 'utf8')) as object,
  'events',
);

const compiled = new Map<string, ValidateFunction>();

function validator(key: string, make: () => ValidateFunction): ValidateFunction {
  const known = compiled.get(key) ?? make();
  compiled.set(key, known);
  return known;
}

/** Whether GitHub describes that method on that path. */
export function isDescribed(method: string, path: string): boolean {
  return description.paths[path]?.[method.toLowerCase()] !== undefined;
}

/** Routes that answered with success and were found true to the description, as `METHOD path`. */
export const provenRoutes = new Set<string>();
/** Events that were found true to their schema, as `event.action`. */
export const provenEvents = new Set<string>();

function routeOf(method: string, path: string) {
  return routes
    .filter((route) => route.method === method)
    .map((route) => ({
      route,
      pattern: new RegExp(
        `^${route.path.replace(/\{(ref|path|branch|basehead)\}$/, '.+').replace(/\{\w+\}/g, '[^/]+')}$`,
      ),
    }))
    .filter(({ pattern }) => pattern.test(path))
    .sort((one, other) => other.route.path.length - one.route.path.length)[0]?.route;
}

function holdAnswer(method: string, path: string, answer: { status: number; body: unknown }): void {
  const route = routeOf(method, path);
  if (route === undefined) {
    if (answer.status !== 404) throw new Error(`${method} ${path}: no such route, but ${answer.status}`);
    return;
  }
  const responses = description.paths[route.path]?.[method.toLowerCase()]?.responses;
  if (responses === undefined) throw new Error(`${method} ${route.path} is not in GitHub's description`);
  // Refusals that any route can give (401, 403, 404) are not listed for each.
  if (answer.status >= 400) return;
  const response = responses[String(answer.status)];
  if (response === undefined) throw new Error(`${method} ${route.path}: GitHub does not answer ${answer.status}`);
  const described = response.content?.['application/json']?.schema;
  const schema = route.path === '/app/installations' ? INSTALLATIONS : described;
  if (schema !== undefined) {
    const key = `${method} ${route.path} ${answer.status}`;
    const text = JSON.stringify(withoutNullable(schema as Json)).replaceAll('"#/', '"github#/');
    const validate = validator(key, () => rest.compile(JSON.parse(text) as object));
    if (!validate(answer.body)) throw new Error(`${key} is not as described:\n${rest.errorsText(validate.errors)}`);
  }
  provenRoutes.add(`${method} ${route.path}`);
}

export interface RestAnswer {
  status: number;
  // Tests read what they asked for; its shape has been validated against GitHub's description before.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  body: any;
  headers: Headers;
}

export type Rest = (method: string, path: string, body?: unknown) => Promise<RestAnswer>;

/** A REST client; every answer is validated. */
export function restClient(github: LocalGitHub, authorization: string | undefined): Rest {
  return async (method, path, body) => {
    const response = await fetch(`${github.apiUrl}${path}`, {
      method,
      headers: authorization === undefined ? {} : { authorization },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      headers: response.headers,
    };
    holdAnswer(method, path.split('?')[0] ?? path, answer);
    return answer;
  };
}

/** A JWT as the App signs it. */
export async function appJwt(
  github: LocalGitHub,
  claims: { iat?: number; exp?: number; iss?: string; keyPem?: string } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const pem = createPrivateKey(claims.keyPem ?? github.app.privateKeyPem).export({ type: 'pkcs8', format: 'pem' });
  return new SignJWT({
    iat: claims.iat ?? now - 30,
    exp: claims.exp ?? now + 300,
    iss: claims.iss ?? String(github.app.id),
  })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(await importPKCS8(pem.toString(), 'RS256'));
}

export async function appClient(github: LocalGitHub): Promise<Rest> {
  return restClient(github, `Bearer ${await appJwt(github)}`);
}

export async function installationToken(
  github: LocalGitHub,
  narrow: { repositories?: string[]; permissions?: Record<string, string> } = {},
): Promise<string> {
  const app = await appClient(github);
  const answer = await app('POST', `/app/installations/${github.app.installationId}/access_tokens`, narrow);
  if (answer.status !== 201) throw new Error(`no token: ${JSON.stringify(answer.body)}`);
  return answer.body.token;
}

export async function botClient(github: LocalGitHub): Promise<Rest> {
  return restClient(github, `token ${await installationToken(github)}`);
}

const cleanups: (() => Promise<unknown>)[] = [];

/** Undoes everything that the tests of a file started; call it in `afterEach` or `afterAll`. */
export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'local-github-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function startGitHub(options: Partial<LocalGitHubOptions> = {}): Promise<LocalGitHub> {
  const github = await startLocalGitHub({ ...options, dir: options.dir ?? (await temporaryFolder()) });
  cleanups.push(() => github.stop());
  return github;
}

/** The address of a repository with a token in it. */
export function remote(github: LocalGitHub, fullName: string, token: string): string {
  return `${github.url.replace('://', `://x-access-token:${token}@`)}/${fullName}.git`;
}

export interface GitOutcome {
  code: number;
  output: string;
}

const PERSON = {
  GIT_AUTHOR_NAME: 'P',
  GIT_AUTHOR_EMAIL: 'p@example.org',
  GIT_COMMITTER_NAME: 'P',
  GIT_COMMITTER_EMAIL: 'p@example.org',
};

/** Runs git as a person's own machine would. */
export async function runGit(directory: string, ...args: string[]): Promise<GitOutcome> {
  const env = { ...PERSON, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
  const result = await execa('git', args, { cwd: directory, env, reject: false, all: true });
  return { code: result.exitCode ?? -1, output: result.all };
}

/** A clone with the given token. */
export async function cloneOf(github: LocalGitHub, fullName: string, token: string): Promise<string> {
  const dir = await temporaryFolder();
  const { code, output } = await runGit(dir, 'clone', '-q', remote(github, fullName, token), '.');
  if (code !== 0) throw new Error(output);
  return dir;
}

export async function head(directory: string, name = 'HEAD'): Promise<string> {
  return (await runGit(directory, 'rev-parse', name)).output.trim();
}

export interface ReceivedEvent {
  event: string;
  guid: string;
  // biome-ignore lint/suspicious/noExplicitAny: validated against the event's schema before
  payload: any;
}

export interface Receiver {
  url: string;
  secret: string;
  received: ReceivedEvent[];
  /** What was wrong with what came: bad signatures, payloads unlike their schema. */
  problems: string[];
  /** The status to answer with. */
  answer: number;
  /** While set, answers wait for it. */
  gate: Promise<void> | null;
}

/** A webhook receiver that checks signature and schema of everything it gets. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', secret: 's3cret', received: [], problems: [], answer: 202, gate: null };
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const event = String(request.headers['x-github-event']);
    const signature = String(request.headers['x-hub-signature-256']);
    if (!(await verify(receiver.secret, body, signature))) receiver.problems.push(`${event}: bad signature`);
    const payload = JSON.parse(body);
    receiver.problems.push(...problemsOf(event, payload));
    receiver.received.push({ event, guid: String(request.headers['x-github-delivery']), payload });
    if (receiver.gate !== null) await receiver.gate;
    response.writeHead(receiver.answer).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/github`;
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}

function problemsOf(event: string, payload: { action?: string }): string[] {
  const name = payload.action === undefined ? `${event}$event` : `${event}$${payload.action}`;
  const validate = validator(name, () => events.compile({ $ref: `events#/definitions/${name}` }));
  if (!validate(payload)) return [`${name}: ${events.errorsText(validate.errors)}`];
  provenEvents.add(payload.action === undefined ? event : `${event}.${payload.action}`);
  return [];
}
