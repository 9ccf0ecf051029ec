/** Workers: what each role polls for, and how. */
import type { NativeConnection } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker';
import type { Logger } from 'pino';
import { TASK_QUEUE, TESTS_TASK_QUEUE } from '../activities/workflows/temporal.ts';
import type { Wiring } from './activities.ts';
import type { CommonConfig, ControlConfig, TestsConfig } from './config.ts';
import type { Metrics } from './metrics.ts';
import { aroundActivities } from './temporal/activityInterceptor.ts';
import { dataConverterOf, namespaceOf, WORKFLOWS_PATH } from './temporal/connect.ts';
import { measureSinks } from './temporal/measures.ts';

export interface About {
  connection: NativeConnection;
  logger: Logger;
  metrics: Metrics;
}

export async function createControlWorker(config: ControlConfig, about: About & { wiring: Wiring }): Promise<Worker> {
  return Worker.create({
    ...commonOptions(config, about),
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(config),
    sinks: measureSinks(about.metrics),
    activities: about.wiring.control(config, about),
    // After a worker died its workflows wait for its sticky queue: 10 s by default, measured (TEMPORAL.md, Recovery time).
    stickyQueueScheduleToStartTimeout: '1s',
    maxConcurrentActivityTaskExecutions: 50,
  });
}

export async function createTestsWorker(config: TestsConfig, about: About & { wiring: Wiring }): Promise<Worker> {
  return Worker.create({
    ...commonOptions(config, about),
    taskQueue: TESTS_TASK_QUEUE,
    activities: await about.wiring.tests(config),
    maxConcurrentActivityTaskExecutions: 8,
  });
}

function commonOptions(
  config: CommonConfig,
  { connection, logger, metrics }: About,
): Pick<
  WorkerOptions,
  | 'connection'
  | 'namespace'
  | 'dataConverter'
  | 'shutdownGraceTime'
  | 'shutdownForceTime'
  | 'maxHeartbeatThrottleInterval'
  | 'interceptors'
> {
  return {
    connection,
    namespace: namespaceOf(config),
    dataConverter: dataConverterOf(config),
    // Activities are told at once; what does not end by itself is left after a while, and tried again elsewhere.
    shutdownGraceTime: '1s',
    shutdownForceTime: '20s',
    maxHeartbeatThrottleInterval: '1s',
    interceptors: { activity: [aroundActivities({ logger, metrics })] },
  };
}

/** Webpack's own report is no line of a log. */
const QUIET = new DefaultLogger('WARN');

let bundle: Promise<WorkflowBundle> | undefined;

/** Webpack takes seconds: once a process, or by a file made before (`LOCKSTEP_WORKFLOW_BUNDLE`, for tests and images). */
async function workflowBundle(config: CommonConfig): Promise<WorkflowBundle | { codePath: string }> {
  if (config.workflowBundle !== undefined) return { codePath: config.workflowBundle };
  bundle ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, ...dataConverterOf(config), logger: QUIET });
  return bundle;
}
