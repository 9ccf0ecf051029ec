/** `npm run start:worker`: `-- --role control` or `-- --role tests` for one of them; both without. */
import { isDone, readRoles } from './commandLine.ts';
import { createMetrics } from './metrics.ts';
import { createLogger, installRuntime, runMain, serveMetrics, untilSignalled } from './process.ts';
import { type Roles, runWorkers } from './roles.ts';

await runMain(async () => {
  const roles = rolesAsked();
  const config = roles?.control ?? roles?.tests;
  if (roles === undefined || config === undefined) return;
  const logger = createLogger(config.logLevel);
  const metrics = createMetrics(roles.control ? ['control', 'tests'] : ['tests']);
  installRuntime(logger);
  const stopMetrics = await serveMetrics(config, metrics);
  await runWorkers(roles, { logger, metrics, until: untilSignalled() });
  await stopMetrics();
});

/** `undefined` when only help was asked for. */
function rolesAsked(): Roles | undefined {
  try {
    return readRoles(process.argv.slice(2), process.env);
  } catch (error) {
    if (isDone(error)) return undefined;
    throw error;
  }
}
