/** The HTTP server without its socket: webhooks in, health, metrics and logs out. */
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { WEBHOOK_PATH } from '../src/app.ts';
import type { LogStore } from '../src/ports.ts';
import type { ServerEvent } from '../workflows/messages.ts';
import type { Metrics } from './metrics.ts';
import { createGroups } from './webhook/groups.ts';
import { type Reading, toEvents } from './webhook/toEvents.ts';
import { isSigned } from './webhook/verify.ts';

/** GitHub's own limit for a payload. */
const BODY_LIMIT = 25 * 1024 * 1024;
/** GitHub waits 10 s for an answer; a body that takes longer than this to come is given up. */
const BODY_TIMEOUT_MS = 10_000;

export interface AppDeps {
  coordinator: string;
  webhookSecret: string;
  appSlug?: string;
  /** Takes the events for good, or throws. */
  signalQueue(events: ServerEvent[]): Promise<void>;
  /** Has what a comment asks for done, once, or throws. */
  startComment(comment: number): Promise<void>;
  /** Sentences about what keeps it from working; none when ready. */
  notReady(): Promise<string[]>;
  /** Brings gauges up to date before a scrape. */
  refreshMetrics(): Promise<void>;
  logs: LogStore;
  metrics: Metrics;
  logger: Logger;
}

export function buildApp(deps: AppDeps): FastifyInstance {
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: BODY_TIMEOUT_MS,
    // Node looks every 30 s otherwise, and at headers alone for a minute.
    http: { headersTimeout: BODY_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    logger: false,
  });
  const groups = createGroups(deps.signalQueue);
  // The signature is over the raw bytes: nothing is parsed before it was checked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.post<{ Body: Buffer }>(WEBHOOK_PATH, async (request, reply) => {
    const { headers, body } = request;
    const count = (result: string) => deps.metrics.webhooks.inc({ result });
    const answer = (status: number, message: string) => reply.code(status).send({ message });
    if (!Buffer.isBuffer(body)) return answer(415, 'expected application/json');
    if (!isSigned(body, deps.webhookSecret, oneOf(headers['x-hub-signature-256']))) {
      count('refused');
      return answer(401, 'the signature is missing or does not match the webhook secret');
    }
    const delivery = { event: oneOf(headers['x-github-event']) ?? '', id: oneOf(headers['x-github-delivery']) ?? '' };
    const reading = toEvents({ ...delivery, payload: parsed(body) }, deps);
    const log = deps.logger.child({ delivery: delivery.id, event: delivery.event });
    if (reading.kind === 'ignored') {
      count('ignored');
      log.debug({ why: reading.why }, 'webhook ignored');
      return answer(202, `ignored: ${reading.why}`);
    }
    try {
      if (reading.kind === 'comment') await deps.startComment(reading.comment);
      else await groups.add(reading.events);
    } catch (error) {
      count('unavailable');
      log.warn({ err: error }, 'Temporal did not take the event; GitHub is told to count the delivery as failed');
      return answer(503, 'Temporal cannot be reached: the delivery counts as failed and is asked for again');
    }
    count('taken');
    log.info(takenIn(reading), 'webhook taken');
    return answer(202, 'taken');
  });

  app.get('/healthz', async () => ({ status: 'up' }));
  app.get('/readyz', async (_request, reply) => {
    const problems = await deps.notReady();
    return reply.code(problems.length === 0 ? 200 : 503).send({ ready: problems.length === 0, problems });
  });
  app.get('/metrics', async (_request, reply) => {
    await deps.refreshMetrics().catch((error: unknown) => deps.logger.warn({ err: error }, 'metrics are not current'));
    return reply.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });
  app.get<{ Params: { run: string } }>('/logs/:run', async (request, reply) =>
    sendLog(deps, request.params.run, reply),
  );
  app.addHook('onClose', () => groups.idle());
  return app;
}

function takenIn(reading: Exclude<Reading, { kind: 'ignored' }>) {
  if (reading.kind === 'comment') return { comment: reading.comment };
  return { pullRequest: reading.events.map((event) => event.pullRequest) };
}

async function sendLog(deps: AppDeps, run: string, reply: FastifyReply) {
  const log = await deps.logs.read(run);
  if (log === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('There is no such log.\n');
  return reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff').send(log);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
