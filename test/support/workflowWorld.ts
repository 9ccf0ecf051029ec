/**
 * The real workflow bundle on the tests' Temporal, in a namespace of its own, with workers in this process whose
 * activities are fakes.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { pino } from 'pino';
import { createActivities } from '../../activities/index.ts';
import { createWorkflowsPort, signalQueue, TASK_QUEUE, TESTS_TASK_QUEUE } from '../../activities/workflows/temporal.ts';
import { createNamespace } from '../../server/local/temporal/namespace.ts';
import { createMetrics } from '../../server/metrics.ts';
import { aroundActivities } from '../../server/temporal/activityInterceptor.ts';
import { DATA_CONVERTER } from '../../server/temporal/connect.ts';
import { measureSinks } from '../../server/temporal/measures.ts';
import {
  type Changeset,
  changesetWorkflowId,
  type Outcome,
  pipelineWorkflowId,
  QUEUE_WORKFLOW_ID,
} from '../../src/changeset.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planChangesets } from '../../src/plan/plan.ts';
import type { Phase } from '../../src/plan/progress.ts';
import type { QueueState, Withdrawn } from '../../src/queue/state.ts';
import type { ChangesetStatus, PipelineResult, QueueInput } from '../../workflows/messages.ts';
import { createFakeActivities, planOf } from './fakeActivities.ts';
import { until } from './until.ts';

export const COORDINATOR = 'acme/coordinator';

export type WorkflowWorld = Awaited<ReturnType<typeof createWorkflowWorld>>;

/** A changeset as a test writes it: repositories, each with a branch named like the changeset. */
export interface Wanted {
  name: string;
  on: string[];
  approval?: 'required';
  priority?: number;
}

export type QueuePicture = Omit<QueueState, 'deliveries'> & { deliveries: number; withdrawn: Withdrawn[] };

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

export async function createWorkflowWorld() {
  const address = required('LOCKSTEP_TEST_TEMPORAL_ADDRESS');
  const namespace = `workflow-${randomBytes(6).toString('hex')}`;
  await createNamespace(address, namespace);
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  const client = new Client({ connection, namespace, dataConverter: DATA_CONVERTER, identity: 'test' });
  const fakes = createFakeActivities(lookingAtWorkflows(client));
  const workers = await startWorkers({ connection: native, namespace }, fakes.activities);
  const temporal = { client, coordinator: COORDINATOR, serverUrl: 'https://github.test' };
  let lastPullRequest = 0;
  /** Of the latest run, waiting for its start too. */
  const endOf = async <T>(workflowId: string): Promise<T> => {
    const handle = client.workflow.getHandle(workflowId);
    await soon(`${workflowId} to end`, async () => {
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') throw new Error(JSON.stringify(await handle.query('status')));
      return true;
    });
    return handle.result();
  };

  const world = {
    client,
    connection,
    namespace,
    /** Of the worker's process. */
    metrics: workers.metrics,
    fakes,
    coordinator: COORDINATOR,
    changesetId: (pullRequest: number, name: string) =>
      changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name }),
    pipelineId: (pullRequest: number) => pipelineWorkflowId(COORDINATOR, pullRequest),
    /** A manifest pull request that GitHub would show; nobody has told the queue of it yet. */
    open(wanted: Wanted[], about: Partial<Plan> = {}): number {
      lastPullRequest += 1;
      const plan = planOf(planned(wanted, about.interference), about);
      fakes.plans.set(lastPullRequest, () => ({ kind: 'ready', plan }));
      return lastPullRequest;
    },
    /** As the server does it: the queue is started where none runs. */
    send: (events: { pullRequest: number; delivery?: string }[]) => signalQueue(temporal, events),
    tell: (...pullRequests: number[]) => world.send(pullRequests.map((pullRequest) => ({ pullRequest }))),
    async submit(wanted: Wanted[], about: Partial<Plan> = {}): Promise<number> {
      const pullRequest = world.open(wanted, about);
      await world.tell(pullRequest);
      return pullRequest;
    },
    startQueue: (input: Partial<QueueInput> = {}) =>
      client.workflow.start('queue', {
        workflowId: QUEUE_WORKFLOW_ID,
        taskQueue: TASK_QUEUE,
        args: [{ v: 1, coordinator: COORDINATOR, ...input }],
      }),
    async signal(workflowId: string, name: string, input?: unknown): Promise<void> {
      await client.workflow.getHandle(workflowId).signal(name, input);
    },
    queue: () => client.workflow.getHandle(QUEUE_WORKFLOW_ID).query<QueuePicture>('status'),
    changeset: (pullRequest: number, name: string) =>
      client.workflow.getHandle(world.changesetId(pullRequest, name)).query<ChangesetStatus>('status'),
    phase: (pullRequest: number, name: string, at: Phase['at']) =>
      until(
        `${name} to be at ${at}`,
        async () => (await world.changeset(pullRequest, name)).phase.at === at,
        WITHIN_MS,
      ),
    pipelineEnd: (pullRequest: number): Promise<PipelineResult> => endOf(world.pipelineId(pullRequest)),
    changesetEnd: (pullRequest: number, name: string): Promise<Outcome> => endOf(world.changesetId(pullRequest, name)),
    isRunning: async (workflowId: string) =>
      (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING',
    async stop(): Promise<void> {
      fakes.openAll();
      await workers.stop();
      await connection.close();
      await native.close();
    },
  };
  return world;
}

const WITHIN_MS = 60_000;

/** Waits for a condition for less time than a test has, so that the error says what was waited for. */
export function soon<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  return until(what, look, WITHIN_MS);
}

function planned(wanted: Wanted[], interference: Plan['interference'] = 'repositories') {
  const changesets = wanted.map(
    ({ name, on, approval, priority }, i): Changeset => ({
      name,
      priority: priority ?? 0,
      approval: approval ?? 'none',
      members: on.toSorted().map((repository) => ({ repository, branch: name })),
      line: i + 2,
    }),
  );
  return planChangesets(changesets, interference);
}

/** The real activities that ask Temporal, looking often. */
function lookingAtWorkflows(client: Client) {
  const nobody = new Proxy({}, { get: (_, port) => unexpectedPort(String(port)) }) as never;
  const live = () => ({ signal: Context.current().cancellationSignal });
  const { awaitPipelines, awaitChangeset, findRunning } = createActivities({
    coordinator: COORDINATOR,
    git: nobody,
    parser: nobody,
    forge: nobody,
    settings: nobody,
    logs: nobody,
    ages: nobody,
    workflows: createWorkflowsPort({ client, coordinator: COORDINATOR, serverUrl: 'https://github.test' }),
    now: Date.now,
    wait: (_, signal) => delay(50, undefined, { signal }),
    live,
    attempt: () => 1,
  });
  return { awaitPipelines, awaitChangeset, findRunning };
}

function unexpectedPort(name: string): never {
  throw new Error(`expected no call of a port, found one of ${name}`);
}

async function startWorkers(
  where: Pick<WorkerOptions, 'connection' | 'namespace'>,
  activities: ReturnType<typeof createFakeActivities>['activities'],
) {
  const { runTests, sweepWorkspaces, ...control } = activities;
  const about = { logger: pino({ level: 'silent' }), metrics: createMetrics(['control']) };
  const common = {
    ...where,
    identity: 'worker',
    dataConverter: DATA_CONVERTER,
    maxHeartbeatThrottleInterval: 100,
    interceptors: { activity: [aroundActivities(about)] },
    shutdownForceTime: 2000,
  };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUE,
      workflowBundle: { codePath: required('LOCKSTEP_WORKFLOW_BUNDLE') },
      sinks: measureSinks(about.metrics),
      activities: control,
      stickyQueueScheduleToStartTimeout: '1s',
    }),
    Worker.create({ ...common, taskQueue: TESTS_TASK_QUEUE, activities: { runTests, sweepWorkspaces } }),
  ]);
  const running = Promise.allSettled(workers.map((worker) => worker.run()));
  return {
    metrics: about.metrics,
    async stop(): Promise<void> {
      for (const worker of workers) worker.shutdown();
      await running;
    },
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run tests by npm test -- <path>`);
  return value;
}
