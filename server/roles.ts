/** Runs workers of the wanted roles until the signal, then lets them drain. */
import type { Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ControlConfig, TestsConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { connectWorker } from './temporal/connect.ts';
import { createControlWorker, createTestsWorker } from './work.ts';

export interface Roles {
  control?: ControlConfig;
  tests?: TestsConfig;
}

export async function runWorkers(
  roles: Roles,
  about: { logger: Logger; metrics: Metrics; until: Promise<unknown> },
): Promise<void> {
  const config = roles.control ?? roles.tests;
  if (config === undefined) throw new Error('expected at least one role, found none');
  const connection = await connectWorker(config);
  const workers: Worker[] = [
    ...(roles.control ? [await createControlWorker(roles.control, { ...about, connection })] : []),
    ...(roles.tests ? [await createTestsWorker(roles.tests, { ...about, connection })] : []),
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
