/** Around every activity: it is seen alive as long as it runs, which is also how it hears that it is called off. */
import { expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { createMetrics } from '../../server/metrics.ts';
import { aroundActivities } from '../../server/temporal/activityInterceptor.ts';

function around(work: () => Promise<string>) {
  const env = new MockActivityEnvironment();
  const beats = new Promise<void>((resolve) => env.once('heartbeat', () => resolve()));
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
