/**
 * REST as a table of routes. Each names the path of GitHub's own description and what it demands of the caller, so the
 * contract test can hold every one against that description. What is not in the table is 404.
 */
import type { KeyObject } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { authenticate } from './credentials.ts';
import { ApiError, notFound } from './errors.ts';
import { type Hub, repositoryNamed } from './hub.ts';
import { demand, type Need } from './permissions.ts';
import type { Actor, PermissionLevel, PermissionName, Repository } from './types.ts';

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Call {
  hub: Hub;
  actor: Actor;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

export interface RepositoryCall extends Call {
  repository: Repository;
  actor: Extract<Actor, { login: string }>;
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in GitHub's OpenAPI description. */
  path: string;
  handle(call: Call): Promise<Answer> | Answer;
}

export type Needs = [PermissionName | PermissionName[], PermissionLevel];

/** A route below `/repos/{owner}/{repo}`: the caller must see the repository and have the permission there. */
export function repositoryRoute(
  at: { method: Route['method']; path: string; needs: Needs },
  handle: (call: RepositoryCall) => Promise<Answer> | Answer,
): Route {
  const [names, level] = at.needs;
  const need: Need = { permissions: Array.isArray(names) ? names : [names], level };
  return {
    method: at.method,
    path: `/repos/{owner}/{repo}${at.path}`,
    handle(call) {
      const { actor } = call;
      if (actor.kind === 'app') throw new ApiError(401, 'Bad credentials');
      const repository = repositoryNamed(call.hub, `${call.params.owner}/${call.params.repo}`);
      if (actor.kind === 'anonymous') throw notFound();
      demand(actor, repository, need);
      return handle({ ...call, repository, actor });
    },
  };
}

/** A route that only the App's JWT opens. */
export function appRoute(
  at: { method: Route['method']; path: string },
  handle: (call: Call) => Promise<Answer> | Answer,
): Route {
  return {
    ...at,
    handle(call) {
      if (call.actor.kind !== 'app') throw new ApiError(401, 'A JSON web token could not be decoded');
      return handle(call);
    },
  };
}

/** Parses a request's body; throws 422 with everything that is wrong with it. */
export function bodyAs<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new ApiError(422, `Invalid request.\n\n${problems.join('\n')}`);
}

/** One page of a list, with GitHub's Link header. */
export function page<T>(
  call: Call,
  all: T[],
  view: (item: T) => unknown,
  wrap?: (items: unknown[]) => unknown,
): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const number = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const items = all.slice((number - 1) * size, number * size).map(view);
  const links = number < last ? [link(call, number + 1, 'next'), link(call, last, 'last')] : [];
  if (number > 1) links.unshift(link(call, number - 1, 'prev'), link(call, 1, 'first'));
  const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(', ') };
  return { status: 200, body: wrap === undefined ? items : wrap(items), headers };
}

function link(call: Call, number: number, rel: string): string {
  const query = new URLSearchParams(call.query);
  query.set('page', String(number));
  return `<${call.hub.apiUrl()}${call.params['%path']}?${query}>; rel="${rel}"`;
}

/** Parameters at a path's end that may hold slashes. */
const GREEDY = /\{(ref|path|branch|basehead)\}$/;

/** Puts the table on the server below `/api/v3`. */
export async function serveRest(app: FastifyInstance, hub: Hub, given: { routes: Route[]; publicKey: KeyObject }) {
  await app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      // GitHub reads a body as JSON whatever its declared type; clients that send none get an empty one.
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
        try {
          done(null, text === '' ? undefined : JSON.parse(String(text)));
        } catch {
          done(new ApiError(400, 'Problems parsing JSON'));
        }
      });
      scope.setErrorHandler((error, _request, reply) => answerError(error, reply));
      scope.setNotFoundHandler((_request, reply) => answerError(notFound(), reply));
      for (const route of given.routes) {
        const greedy = GREEDY.exec(route.path)?.[1];
        const url = route.path.replace(GREEDY, '*').replace(/\{(\w+)\}/g, ':$1');
        scope.route({
          method: route.method,
          url,
          handler: async (request, reply) => {
            const answer = await route.handle(await callOf(hub, given.publicKey, { request, greedy }));
            return reply
              .code(answer.status)
              .headers(answer.headers ?? {})
              .send(answer.body);
          },
        });
      }
    },
    { prefix: '/api/v3' },
  );
}

async function callOf(
  hub: Hub,
  publicKey: KeyObject,
  { request, greedy }: { request: FastifyRequest; greedy: string | undefined },
): Promise<Call> {
  const actor = await authenticate(hub, publicKey, request.headers.authorization);
  const url = new URL(request.url, hub.url());
  const params = { ...(request.params as Record<string, string>), '%path': url.pathname.slice('/api/v3'.length) };
  if (greedy !== undefined) Object.assign(params, { [greedy]: (request.params as Record<string, string>)['*'] ?? '' });
  return { hub, actor, params, query: url.searchParams, body: request.body };
}

function answerError(error: unknown, reply: FastifyReply) {
  if (error instanceof ApiError) return reply.code(error.status).send(error.body());
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return reply.code(500).send({ message, documentation_url: 'https://docs.github.com/rest', status: '500' });
}
