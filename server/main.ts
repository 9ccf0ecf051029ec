/** `npm run start:server`: webhooks, health, metrics, logs. Holds the webhook secret and nothing of the App. */
import { readServerConfig } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createLogger, runMain, untilSignalled } from './process.ts';
import { serve } from './serve.ts';

await runMain(async () => {
  const config = readServerConfig(process.env);
  const server = await serve(config, { logger: createLogger(config.logLevel), metrics: createMetrics(['server']) });
  await untilSignalled();
  await server.stop();
});
