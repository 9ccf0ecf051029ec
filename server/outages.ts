/**
 * Tells once that GitHub gives the App no tokens, and once that it does again: to the log, to the team, and as a gauge. What
 * is told is remembered in a folder, so that several workers, and one that is started again with another key, tell it once.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { TokenAnswer } from '../activities/github/tokens.ts';
import type { Notifier } from '../src/ports.ts';
import { type Outage, outageBegun, outageOver } from '../src/report/outage.ts';
import type { Metrics } from './metrics.ts';

export interface OutagesOptions {
  folder: string;
  logger: Logger;
  metrics: Pick<Metrics, 'appRefused'>;
  notifier: Notifier | undefined;
  /** Pauses before the team is told once more where that failed, in ms. */
  againAfterMs?: number[];
}

const AGAIN_AFTER_MS = [1_000, 10_000, 60_000, 600_000];

/** Takes every answer that GitHub gave about a token, in order; what it gives resolves when that is told. */
export function createOutages(options: OutagesOptions): (answer: TokenAnswer) => Promise<void> {
  const { folder, logger, metrics } = options;
  /** Outages that this process saw and has not seen over: one that has the wrong key of several says it once, too. */
  const seen = new Set<string>();
  let told = Promise.resolve();

  async function refused(outage: Outage): Promise<void> {
    const name = fileOf(outage);
    if (seen.has(name)) return;
    seen.add(name);
    metrics.appRefused.set(1);
    logger.error(outageBegun(outage));
    if (await begin(folder, name)) await tell(options, outageBegun(outage));
  }

  async function given(outage: Outage): Promise<void> {
    const name = fileOf(outage);
    seen.delete(name);
    if (seen.size === 0) metrics.appRefused.set(0);
    if (!(await end(folder, name))) return;
    logger.info(outageOver(outage));
    await tell(options, outageOver(outage));
  }

  async function take({ owner, refusal }: TokenAnswer): Promise<void> {
    const key: Outage = { why: 'key' };
    const suspended: Outage = { why: 'suspended', owner };
    if (refusal !== undefined) return refused(refusal === 'key' ? key : suspended);
    await given(key);
    await given(suspended);
  }

  return (answer) => {
    told = told
      .then(() => take(answer))
      .catch((error: unknown) => logger.error({ err: error }, 'an outage was not told'));
    return told;
  };
}

function fileOf(outage: Outage): string {
  return outage.why === 'key' ? 'key' : `suspended-${encodeURIComponent(outage.owner)}`;
}

/** True for the one that was first. */
async function begin(folder: string, name: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  return onlyFirst(writeFile(join(folder, name), '', { flag: 'wx' }), 'EEXIST');
}

async function end(folder: string, name: string): Promise<boolean> {
  return onlyFirst(rm(join(folder, name)), 'ENOENT');
}

async function onlyFirst(work: Promise<void>, codeOfSecond: string): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === codeOfSecond) return false;
    throw error;
  }
}

async function tell({ logger, notifier, againAfterMs = AGAIN_AFTER_MS }: OutagesOptions, text: string): Promise<void> {
  if (notifier === undefined) return;
  for (const waitMs of [...againAfterMs, undefined]) {
    try {
      return await notifier.notify({ text });
    } catch (error) {
      logger.warn({ err: error }, waitMs === undefined ? 'the team was not told' : 'the team could not be told yet');
      if (waitMs !== undefined) await delay(waitMs, undefined, { ref: false });
    }
  }
}
