/** Runs workers of the wanted roles until the signal, then lets them drain. */
import { setTimeout as delay } from 'node:timers/promises';
import { type NativeConnection, TransportError, type Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { WIRING, type Wiring } from './activities.ts';
import { ConfigurationError, type ControlConfig, type TestsConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { connectWorker, namespaceOf } from './temporal/connect.ts';
import { keyFault } from './temporal/keyCheck.ts';
import { createControlWorker, createTestsWorker } from './work.ts';

export interface Roles {
  control?: ControlConfig;
  tests?: TestsConfig;
}

interface About {
  logger: Logger;
  metrics: Metrics;
  /** The signal to end. */
  until: Promise<unknown>;
  /** Default: the ports of real use. */
  wiring?: Wiring;
}

const AGAIN_MS = 2_000;

export async function runWorkers(roles: Roles, about: About): Promise<void> {
  const config = roles.control ?? roles.tests;
  if (config === undefined) throw new Error('expected at least one role, found none');
  const connection = await connectWhenReachable(config, about);
  if (connection === undefined) return;
  const keys = await keyFault(connection, namespaceOf(config), config.payloadKeys);
  if (keys !== undefined) throw new ConfigurationError(keys);
  const wired = { wiring: WIRING, ...about, connection };
  const workers: Worker[] = [
    ...(roles.control ? [await createControlWorker(roles.control, wired)] : []),
    ...(roles.tests ? [await createTestsWorker(roles.tests, wired)] : []),
  ];
  about.logger.info({ roles: Object.keys(roles) }, 'worker polls');
  const running = workers.map((worker) => worker.run());
  void about.until.then(() => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  try {
    await Promise.all(running);
  } finally {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(running);
    await connection.close();
  }
}

/** Temporal may start after its workers, or be away for a while. `undefined`: told to end before it came. */
async function connectWhenReachable(
  config: ControlConfig | TestsConfig,
  { logger, until }: About,
): Promise<NativeConnection | undefined> {
  for (;;) {
    try {
      return await connectWorker(config);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      logger.warn({ why: error.message }, 'Temporal cannot be reached: trying again');
    }
    const isOver = await Promise.race([until.then(() => true), delay(AGAIN_MS, false)]);
    if (isOver) return undefined;
  }
}
