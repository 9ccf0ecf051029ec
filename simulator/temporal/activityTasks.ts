/** Activities as the server sees them: scheduled, attempted, answered, given up and tried again. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure } from '../../activities/failures.ts';
import {
  activityFailure,
  CANCELED,
  type Failure,
  fromPayload,
  millis,
  toFailureMessage,
  toPayload,
} from './payloads.ts';
import type { ActivityTask, Attempt, Run } from './run.ts';
import type { Command, Job } from './sandbox.ts';

export type Activities = Record<string, (request: never) => Promise<unknown>>;

/** Something that can happen next. */
export interface Step {
  name: string;
  do(): Promise<void> | void;
}

export interface ActivityTasks {
  schedule(run: Run, command: Command): ActivityTask;
  cancel(run: Run, seq: number): void;
  /** The run has ended: nobody asks for its activities any more. */
  forgetAll(run: Run): void;
  /** Of these runs. */
  steps(runs: Run[]): Step[];
  moments(runs: Run[]): number[];
  /** Every attempt of these runs is lost, and what it had come to. */
  kill(runs: Run[]): void;
}

export function createActivityTasks(about: {
  now(): number;
  activities: Activities;
  within<T>(attempt: Attempt, work: () => T): T;
  deliver(run: Run, job: Job): void;
  completed(task: ActivityTask, result: unknown): void;
}): ActivityTasks {
  const { now, activities, deliver } = about;
  const waiting: ActivityTask[] = [];
  const finished: Attempt[] = [];

  function forget(task: ActivityTask): void {
    task.run.activities.delete(task.seq);
    remove(waiting, task);
  }

  function resolve(task: ActivityTask, result: object): void {
    forget(task);
    deliver(task.run, { resolveActivity: { seq: task.seq, result } } as Job);
  }

  const fail = (task: ActivityTask, failure: Failure) =>
    resolve(task, { failed: { failure: activityFailure(task.type, failure) } });
  const cancelled = (task: ActivityTask) =>
    resolve(task, { cancelled: { failure: activityFailure(task.type, CANCELED) } });

  function start(task: ActivityTask): void {
    remove(waiting, task);
    const attempt: Attempt = { task, startedAt: now(), controller: new AbortController(), dead: false };
    task.going = attempt;
    const activity = activities[task.type];
    if (activity === undefined) throw new Error(`there is no activity ${task.type}`);
    const request = task.request === undefined ? undefined : structuredClone(task.request);
    const end = (ended: NonNullable<Attempt['ended']>) => {
      attempt.ended = ended;
      if (!attempt.dead) finished.push(attempt);
    };
    about
      .within(attempt, () => activity(request as never))
      .then(
        (result) => end({ result }),
        (error: unknown) => end({ error }),
      );
  }

  /** The server hears what came of an attempt. */
  function finish(attempt: Attempt): void {
    remove(finished, attempt);
    const { task, ended } = attempt;
    if (attempt.dead || ended === undefined || !task.run.activities.has(task.seq)) return;
    if ('error' in ended) {
      finishBadly(task, toFailure(ended.error, task.attempt));
      return;
    }
    delete task.going;
    about.completed(task, ended.result);
    resolve(task, { completed: { result: toPayload(ended.result) } });
  }

  function finishBadly(task: ActivityTask, failure: Error): void {
    delete task.going;
    if (failure instanceof CancelledFailure) cancelled(task);
    else if (failure instanceof ApplicationFailure && failure.nonRetryable) fail(task, toFailureMessage(failure));
    else {
      const asked = failure instanceof ApplicationFailure ? Number(failure.nextRetryDelay ?? 0) : 0;
      retry(task, toFailureMessage(failure), asked);
    }
  }

  function retry(task: ActivityTask, failure: Failure, askedMs = 0): void {
    delete task.going;
    const { initial, coefficient, maximum } = task.retry;
    const wait = askedMs > 0 ? askedMs : Math.min(maximum, initial * coefficient ** (task.attempt - 1));
    if (task.cancelled) cancelled(task);
    else if (task.scheduleToClose !== undefined && now() + wait > task.scheduledAt + task.scheduleToClose) {
      fail(task, failure);
    } else {
      task.attempt += 1;
      task.notBefore = now() + wait;
      waiting.push(task);
    }
  }

  const attempts = (runs: Run[]) =>
    runs.flatMap((run) => [...run.activities.values()].flatMap((task) => task.going ?? []));
  const named = (what: string, { type, run }: ActivityTask, work: () => void): Step => ({
    name: `${what} ${type} of ${run.workflowId}`,
    do: work,
  });

  return {
    schedule(run, command) {
      const task = taskOf(run, command, now());
      run.activities.set(task.seq, task);
      waiting.push(task);
      return task;
    },
    cancel(run, seq) {
      const task = run.activities.get(seq);
      if (task === undefined) return;
      task.cancelled = true;
      if (task.going === undefined) cancelled(task);
      else if (!task.going.dead) task.going.controller.abort(new CancelledFailure('cancelled'));
    },
    forgetAll(run) {
      for (const task of run.activities.values()) {
        // The next heartbeat of one that goes on is told so.
        if (task.going?.dead === false) task.going.controller.abort(new CancelledFailure('its workflow has ended'));
        forget(task);
      }
    },
    steps(runs) {
      const lost = attempts(runs).filter(({ lostAt }) => lostAt !== undefined && lostAt <= now());
      const silence: Failure = { message: 'heartbeat timeout', timeoutFailureInfo: { timeoutType: 4 } };
      return [
        ...waiting.filter(({ notBefore }) => notBefore <= now()).map((task) => named('start', task, () => start(task))),
        ...finished.map((attempt) => named('end', attempt.task, () => finish(attempt))),
        ...lost.map(({ task }) => named('give up', task, () => retry(task, silence))),
      ];
    },
    moments: (runs) => [
      ...waiting.map(({ notBefore }) => notBefore),
      ...attempts(runs).flatMap(({ lostAt }) => lostAt ?? []),
    ],
    kill(runs) {
      for (const attempt of attempts(runs)) {
        attempt.dead = true;
        attempt.lostAt ??= now() + (attempt.task.heartbeat ?? attempt.task.startToClose ?? 600_000);
      }
      finished.length = 0;
    },
  };
}

function taskOf(run: Run, command: Command, now: number): ActivityTask {
  const asked = command.scheduleActivity ?? {};
  const { retryPolicy: retry } = asked;
  const times = {
    scheduleToClose: millis(asked.scheduleToCloseTimeout),
    startToClose: millis(asked.startToCloseTimeout),
    heartbeat: millis(asked.heartbeatTimeout),
  };
  return {
    run,
    seq: asked.seq ?? 0,
    type: asked.activityType ?? '',
    request: fromPayload(asked.arguments?.[0]),
    ...Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== undefined && ms > 0)),
    retry: {
      initial: millis(retry?.initialInterval) ?? 1000,
      coefficient: retry?.backoffCoefficient ?? 2,
      maximum: millis(retry?.maximumInterval) ?? 60_000,
    },
    scheduledAt: now,
    attempt: 1,
    notBefore: now,
    cancelled: false,
  };
}

function remove<T>(from: T[], one: T): void {
  const at = from.indexOf(one);
  if (at >= 0) from.splice(at, 1);
}
