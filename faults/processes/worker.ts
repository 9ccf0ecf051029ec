/** A worker as `server/worker.ts` starts it, with the plan's faults around its ports. */
import { createActivities, createTestActivities } from '../../activities/index.ts';
import { controlDeps, testDeps, testLogs, type Wiring } from '../../server/activities.ts';
import { readRoles } from '../../server/commandLine.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createLogger, installRuntime, runMain, untilSignalled } from '../../server/process.ts';
import { runWorkers } from '../../server/roles.ts';
import { aroundControl, aroundLogs, aroundTests } from './around.ts';
import { createMeet, readPlan } from './meet.ts';

const meet = createMeet(readPlan(process.env));

const wiring: Wiring = {
  control(config, about) {
    const activities = createActivities(aroundControl(controlDeps(config, about), meet));
    return { ...activities, cleanUp: (request) => meet({ effect: 'clean-up' }, () => activities.cleanUp(request)) };
  },
  async tests(config) {
    const deps = await testDeps(config, aroundLogs(testLogs(config), meet));
    return createTestActivities(aroundTests(deps, meet));
  },
};

await runMain(async () => {
  const roles = readRoles(process.argv.slice(2), process.env);
  const logger = createLogger('info');
  installRuntime(logger);
  await runWorkers(roles, { logger, metrics: createMetrics(['control', 'tests']), until: untilSignalled(), wiring });
});
