/** `npm run start:worker`: `-- --role control` or `-- --role tests` for one of them; both without. */
import { Command, Option } from 'commander';
import { ConfigurationError, readControlConfig, readTestsConfig, readTogether } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createLogger, installRuntime, runMain, serveMetrics, untilSignalled } from './process.ts';
import { type Roles, runWorkers } from './roles.ts';

const command = new Command('start:worker')
  .addOption(new Option('--role <role>', 'what this worker does').choices(['control', 'tests']))
  .parse();
const { role } = command.opts<{ role?: 'control' | 'tests' }>();

await runMain(async () => {
  const roles = rolesFor(role);
  const config = roles.control ?? roles.tests;
  if (config === undefined) throw new ConfigurationError('no role');
  const logger = createLogger(config.logLevel);
  const metrics = createMetrics();
  installRuntime(logger);
  const stopMetrics = await serveMetrics(config, metrics);
  await runWorkers(roles, { logger, metrics, until: untilSignalled() });
  await stopMetrics();
});

function rolesFor(only: 'control' | 'tests' | undefined): Roles {
  if (only === 'control') return { control: readControlConfig(process.env) };
  if (only === 'tests') return { tests: readTestsConfig(process.env) };
  return readTogether(process.env, { control: readControlConfig, tests: readTestsConfig });
}
