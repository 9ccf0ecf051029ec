/** The server as `server/main.ts` starts it, with the plan's faults around its signal. */
import { readServerConfig } from '../../server/config.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createLogger, runMain, untilSignalled } from '../../server/process.ts';
import { appDeps, serve } from '../../server/serve.ts';
import { createMeet, readPlan } from './meet.ts';

const meet = createMeet(readPlan(process.env));

await runMain(async () => {
  const about = { logger: createLogger('info'), metrics: createMetrics(['server']) };
  const server = await serve(readServerConfig(process.env), about, (config, reached) => {
    const deps = appDeps(config, reached);
    return { ...deps, signalQueue: (events) => meet({ effect: 'signal' }, () => deps.signalQueue(events)) };
  });
  await untilSignalled();
  await server.stop();
});
