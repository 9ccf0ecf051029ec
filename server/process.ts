/** What every process of Lockstep has in common: its logger, its end by a signal, its exit codes. */
import { Runtime } from '@temporalio/worker';
import Fastify from 'fastify';
import { type Logger, pino } from 'pino';
import { type CommonConfig, ConfigurationError, EXIT_CONFIGURATION } from './config.ts';
import type { Metrics } from './metrics.ts';

export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['*.token', '*.authorization', '*.privateKey', '*.secret'], censor: '[redacted]' },
  });
}

/** Quiet and ours: the SDK's own lines go through the same logger. */
export function installRuntime(logger: Logger): void {
  const sdk = logger.child({ from: 'temporal' });
  // A tests worker has no workflows on purpose.
  const warn = (message: string) => (message.startsWith('No workflows registered') ? 'debug' : 'warn');
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message) => sdk[level === 'ERROR' ? 'error' : level === 'WARN' ? warn(message) : 'debug'](message),
      trace: (message) => sdk.trace(message),
      debug: (message) => sdk.debug(message),
      info: (message) => sdk.debug(message),
      warn: (message, meta) => sdk[warn(message)]({ ...meta }, message),
      error: (message, meta) => sdk.error({ ...meta }, message),
    },
    telemetryOptions: { logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } } },
  });
}

/**
 * Resolves at the first SIGINT or SIGTERM. The listeners stay: execa, which runs git, has one of its own, and ends the process at
 * once where it finds itself alone.
 */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
}

/** A worker's own `/metrics`, where one is wanted. */
export async function serveMetrics(config: CommonConfig, metrics: Metrics): Promise<() => Promise<void>> {
  if (config.metricsListen === undefined) return async () => undefined;
  const app = Fastify({ logger: false });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  await app.listen(config.metricsListen);
  return () => app.close();
}

/** Runs a process's main part; configuration errors are one message and exit code 78. */
export async function runMain(main: () => Promise<void>): Promise<void> {
  try {
    await main();
    // Native handles of the SDK can keep a process that is done.
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${error.message}\n`);
      process.exit(EXIT_CONFIGURATION);
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  }
}
