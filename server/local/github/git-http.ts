/** Smart HTTP for git: who may fetch, who may push, and what follows a push. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { actorOfToken, isSuspended, passwordOf, SUSPENDED } from './credentials.ts';
import { readRef } from './git.ts';
import { type BackendRequest, runBackend, streamBackend } from './http-backend.ts';
import { gitDirectory, type Hub } from './hub.ts';
import { moving } from './moves.ts';
import { canSee, has } from './permissions.ts';
import { type PushRequest, parsePush, parseReport, writeRefusal } from './pkt-line.ts';
import { judgePush, refusalOf, violationsInMessages } from './push-rules.ts';
import { afterRefUpdate } from './refs.ts';
import type { RefChange } from './rules.ts';
import type { Actor, Repository } from './types.ts';

type KnownActor = Extract<Actor, { login: string }>;

interface GitRequest {
  repository: Repository;
  actor: KnownActor;
  path: string;
  query: string;
}

/** Adds the three addresses that git uses. `busy` learns of every push, so that stopping can wait for it. */
export async function serveGit(
  app: FastifyInstance,
  hub: Hub,
  given: { hooks: string; busy: (work: Promise<void>) => void },
) {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Bodies stay streams: a pack may be larger than memory.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.hijack();
      const work = serve(hub, given.hooks, request.raw, reply.raw);
      given.busy(work);
      await work;
    };
    scope.get('/:owner/:repo/info/refs', answer);
    scope.post('/:owner/:repo/git-upload-pack', answer);
    scope.post('/:owner/:repo/git-receive-pack', answer);
  });
}

async function serve(hub: Hub, hooks: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const asked = admit(hub, request, response);
    if (asked === null) return;
    const body = bodyOf(request);
    const backend = {
      directory: gitDirectory(hub, asked.repository),
      ...asked,
      request,
      user: asked.actor.login,
      hooks,
    };
    if (asked.path === '/git-receive-pack') {
      await receivePack(
        hub,
        { ...asked, body: body ?? new PassThrough().end() },
        { ...backend, body, env: {} },
        response,
      );
    } else {
      await streamBackend({ ...backend, body, env: {} }, response);
    }
  } catch (error) {
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
    response.end(String(error));
  }
}

function bodyOf(request: IncomingMessage): Readable | null {
  if (request.method !== 'POST') return null;
  if (request.headers['content-encoding'] !== 'gzip') return request;
  return request.pipe(createGunzip());
}

/** Checks credentials and access; answers and returns null when they don't do. */
function admit(hub: Hub, request: IncomingMessage, response: ServerResponse): GitRequest | null {
  const url = new URL(request.url ?? '/', hub.url());
  const [, owner, name, ...rest] = decodeURIComponent(url.pathname).split('/');
  const path = `/${rest.join('/')}`;
  const refuse = (status: number, text: string, headers: Record<string, string> = {}) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text);
    return null;
  };
  const [scheme, credential] = (request.headers.authorization ?? '').split(' ');
  const actor = scheme?.toLowerCase() === 'basic' && credential ? actorOfToken(hub, passwordOf(credential)) : null;
  if (actor === null || !('login' in actor)) {
    return refuse(401, 'Invalid username or token.\n', { 'www-authenticate': 'Basic realm="GitHub"' });
  }
  const repository = hub.store.find(`${owner}/${name?.replace(/\.git$/, '')}`);
  if (actor.kind === 'installation' && isSuspended(hub, owner)) return refuse(403, `${SUSPENDED}\n`);
  if (repository === undefined || !canSee(actor, repository)) return refuse(404, 'Repository not found.\n');
  const pushes = path === '/git-receive-pack' || url.searchParams.get('service') === 'git-receive-pack';
  if (!has(actor, repository, { permissions: ['contents'], level: pushes ? 'write' : 'read' })) {
    return refuse(403, pushes ? `Permission to ${repository.fullName}.git denied to ${actor.login}.\n` : 'Forbidden\n');
  }
  return { repository, actor, path, query: url.search.slice(1) };
}

async function receivePack(
  hub: Hub,
  asked: GitRequest & { body: Readable },
  backend: BackendRequest,
  response: ServerResponse,
): Promise<void> {
  const { push, body } = await readCommands(asked.body);
  const { violations, hook } = judgePush(hub, asked.repository, { changes: push.changes, actor: asked.actor });
  const decline = (found: typeof violations) => {
    const report = refusalOf(hub, asked.repository, { changes: push.changes, violations: found });
    sendReport(response, writeRefusal(report, push.capabilities));
  };
  if (violations.length > 0) {
    // The client hears the answer only after it has sent everything.
    for await (const _ of body);
    return decline(violations);
  }
  const mover = { login: asked.actor.login, via: 'git' as const };
  const answer = await moving(hub, asked.repository, { changes: push.changes, mover }, async (doneBy) => {
    const answer = await runBackend({ ...backend, body, env: hook }, doneBy);
    const report = parseReport(answer.body, push.capabilities);
    const found = violationsInMessages(report.messages);
    if (found.length > 0) return found;
    for (const change of await madeChanges(hub, asked.repository, { push, ok: report.ok })) {
      await afterRefUpdate(hub, asked.repository, change, mover);
    }
    return answer;
  });
  if (Array.isArray(answer)) decline(answer);
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

function sendReport(response: ServerResponse, report: Buffer): void {
  const headers = { 'content-type': 'application/x-git-receive-pack-result', 'cache-control': 'no-cache' };
  response.writeHead(200, headers).end(report);
}

/** The updates that git made: those it reports, and, where its report broke off, those that the refs show. */
async function madeChanges(
  hub: Hub,
  repository: Repository,
  given: { push: PushRequest; ok: string[] },
): Promise<RefChange[]> {
  const made: RefChange[] = [];
  for (const change of given.push.changes) {
    if (change.old === change.new) continue;
    const shown = async () => (await readRef(gitDirectory(hub, repository), change.ref)) === change.new;
    const broken = given.ok.length === 0 && (repository.refs[change.ref] ?? null) !== change.new && (await shown());
    if (given.ok.includes(change.ref) || broken) made.push(change);
  }
  return made;
}

/** Reads the push's commands and gives the whole body back as a stream. */
async function readCommands(body: Readable): Promise<{ push: PushRequest; body: Readable }> {
  const whole = new PassThrough();
  let begun = Buffer.alloc(0);
  const push = await new Promise<PushRequest>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      begun = Buffer.concat([begun, chunk]);
      try {
        const parsed = parsePush(begun);
        if (parsed === null) return;
        body.off('data', onData);
        body.pause();
        resolve(parsed);
      } catch (error) {
        reject(error);
      }
    };
    body.on('data', onData);
    body.once('error', reject);
    body.once('end', () => resolve({ changes: [], capabilities: [] }));
  });
  whole.write(begun);
  if (body.readableEnded) whole.end();
  else body.on('error', () => whole.end()).pipe(whole);
  body.once('close', () => whole.end());
  return { push, body: whole };
}
