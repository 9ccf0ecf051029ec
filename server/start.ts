/** `npm start`: server and both workers in one process, for small installations. */
import { readControlConfig, readServerConfig, readTestsConfig, readTogether } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createLogger, installRuntime, runMain, untilSignalled } from './process.ts';
import { runWorkers } from './roles.ts';
import { serve } from './serve.ts';

await runMain(async () => {
  const { server, ...roles } = readTogether(process.env, {
    server: readServerConfig,
    control: readControlConfig,
    tests: readTestsConfig,
  });
  const logger = createLogger(server.logLevel);
  const metrics = createMetrics(['server', 'control', 'tests']);
  installRuntime(logger);
  const until = untilSignalled();
  const served = await serve(server, { logger, metrics });
  await runWorkers(roles, { logger, metrics, until });
  await served.stop();
});
