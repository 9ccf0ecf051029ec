/** One run of a workflow, as the simulated server keeps it: what it waits for, and what came that it has not taken yet. */

import type { Failure } from './payloads.ts';
import type { Activation, Command, Instance, Job } from './sandbox.ts';

export type Status = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'TERMINATED' | 'CONTINUED_AS_NEW';

export interface Run {
  workflowId: string;
  runId: string;
  type: string;
  status: Status;
  input: unknown[];
  instance: Instance;
  /** In the order in which they came. */
  jobs: Job[];
  /** Everything that it was activated with: a worker that takes it over goes through it again. */
  taken: Activation[];
  /** Of the SDK, that its first worker used. */
  flags: number[];
  events: number;
  timers: Map<number, number>;
  activities: Map<number, ActivityTask>;
  /** Whom the end is told to: across continue-as-new too. One that does not abandon it takes it along to its end. */
  parent?: { run: Run; seq: number; abandons: boolean };
  /** Nobody wanted that. */
  endedWithParent?: true;
  memo: Record<string, unknown>;
  startedAt: number;
  closedAt?: number;
  result?: unknown;
  failure?: Failure;
}

export interface ActivityTask {
  run: Run;
  seq: number;
  type: string;
  request: unknown;
  /** Milliseconds. */
  scheduleToClose?: number;
  startToClose?: number;
  heartbeat?: number;
  retry: { initial: number; coefficient: number; maximum: number };
  scheduledAt: number;
  attempt: number;
  /** Not started before this time. */
  notBefore: number;
  going?: Attempt;
  cancelled: boolean;
}

export interface Attempt {
  task: ActivityTask;
  startedAt: number;
  controller: AbortController;
  /** Its worker was killed: nothing that it does has an effect any more. */
  dead: boolean;
  /** When the server gives it up; unknown while its worker lives. */
  lostAt?: number;
  ended?: { result: unknown } | { error: unknown };
}

/** Signals come before everything else that an activation brings, as Core orders them. */
export function inOrder(jobs: Job[]): Job[] {
  const rank = (job: Job) => (job.initializeWorkflow ? 0 : job.signalWorkflow ? 1 : 2);
  return jobs
    .map((job, i) => ({ job, i }))
    .sort((a, b) => rank(a.job) - rank(b.job) || a.i - b.i)
    .map(({ job }) => job);
}

export function commandName(command: Command): string {
  return Object.keys(command).find((key) => key !== 'userMetadata' && command[key as keyof Command] != null) ?? 'none';
}
