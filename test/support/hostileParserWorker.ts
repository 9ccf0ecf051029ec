/** A worker as `server/worker.ts` starts it, but for a parser that dies of a certain word. */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createActivities } from '../../activities/index.ts';
import { createParser } from '../../activities/manifest/parser/createParser.ts';
import { controlDeps, WIRING } from '../../server/activities.ts';
import { readRoles } from '../../server/commandLine.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createLogger, installRuntime, runMain, untilSignalled } from '../../server/process.ts';
import { runWorkers } from '../../server/roles.ts';

/** Compiled as this file is, or not. */
const HOSTILE = fileURLToPath(new URL(`./hostileParser${extname(import.meta.url)}`, import.meta.url));
const parser = createParser({ entry: HOSTILE });

await runMain(async () => {
  const roles = readRoles(process.argv.slice(2), process.env);
  const logger = createLogger('info');
  installRuntime(logger);
  const wiring = {
    ...WIRING,
    control: (...about: Parameters<typeof controlDeps>) => createActivities({ ...controlDeps(...about), parser }),
  };
  await runWorkers(roles, { logger, metrics: createMetrics(['control', 'tests']), until: untilSignalled(), wiring });
});
