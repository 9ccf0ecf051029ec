/** Around every activity: it is seen alive as long as it runs, which is also how it hears that it is called off. */
import { expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { createMetrics } from '../../server/metrics.ts';
import { aroundActivities, ranBefore } from '../../server/temporal/activityInterceptor.ts';

function around(work: () => Promise<string>, info?: { heartbeatDetails: unknown }) {
  const env = new MockActivityEnvironment(info);
  const beats = new Promise<unknown>((resolve) => env.once('heartbeat', resolve));
  const { inbound } = aroundActivities({ logger: pino({ level: 'silent' }), metrics: createMetrics(['control']) })(
    env.context,
  );
  const run = env.run(async () => inbound.execute?.({ args: [], headers: {} }, work));
  return { beats, run };
}

it('an activity that runs and runs is seen alive', async () => {
  let end: (result: string) => void = () => undefined;
  const { beats, run } = around(() => new Promise((resolve) => (end = resolve)));
  await beats;
  end('done');
  expect(await run).toBe('done');
});

it('F51: a try tells the next how long all of them ran, which begins where the one before was last seen', async () => {
  let end: (result: string) => void = () => undefined;
  const work = () => new Promise<string>((resolve) => (end = resolve));
  const { beats, run } = around(work, { heartbeatDetails: { ranMs: 3_600_000 } });
  const beaten = (await beats) as { ranMs: number };
  expect(beaten.ranMs).toBeGreaterThan(3_600_000);
  expect(ranBefore({ heartbeatDetails: beaten })).toBe(beaten.ranMs);
  expect(ranBefore({ heartbeatDetails: undefined })).toBe(0);
  end('done');
  await run;
});
