/**
 * A Temporal server in memory, one step at a time: what could happen next is offered, somebody chooses, and it happens.
 * Workflows are the real bundle in the SDK's sandbox; activities are real functions. It does what Lockstep uses of
 * Temporal, and throws at anything else.
 */

import proto from '@temporalio/proto';
import Long from 'long';
import { type Activities, createActivityTasks, type Step } from './activityTasks.ts';
import { activate, createRun, takeOver } from './instances.ts';
import { createLetters } from './letters.ts';
import { childFailure, fromPayload, millis, timestamp, toPayload } from './payloads.ts';
import { type ActivityTask, type Attempt, commandName, inOrder, type Run } from './run.ts';
import type { Activation, Command, Job, Sandbox } from './sandbox.ts';

/** What a history would tell afterwards. */
export type Seen =
  | { kind: 'scheduled'; task: ActivityTask }
  | { kind: 'completed'; task: ActivityTask; result: unknown }
  | { kind: 'closed'; run: Run };

export interface Server {
  now(): number;
  runs: Run[];
  latest(workflowId: string): Run | undefined;
  start(type: string, workflowId: string, args: unknown[]): Promise<Run>;
  /** Whether somebody received it. */
  signal(workflowId: string, name: string, ...args: unknown[]): boolean;
  query(workflowId: string, name: string): Promise<unknown>;
  terminate(workflowId: string): void;
  /** Steps that are possible now. */
  steps(): Step[];
  /** The next moment at which something becomes possible; `undefined`: never. */
  nextMoment(): number | undefined;
  passTo(moment: number): void;
  /** Every attempt that runs is lost; workflows are taken over by replay. */
  killWorkers(): Promise<void>;
  /** The end of it: what instances keep in the sandbox would slow every promise of those after them. */
  stop(): Promise<void>;
}

export function createServer(about: {
  sandbox: Sandbox;
  activities: Activities;
  /** Runs an attempt so that its ports know which it is. */
  within<T>(attempt: Attempt, work: () => T): T;
  startAt: number;
  /** Events after which a run is asked to continue as new. */
  continueAsNewAfter: number;
  seen?(what: Seen): void;
}): Server {
  const { sandbox } = about;
  let clock = about.startAt;
  let lastId = 0;
  const runs: Run[] = [];
  const tasks = createActivityTasks({
    now: () => clock,
    activities: about.activities,
    within: about.within,
    deliver,
    completed: (task, result) => about.seen?.({ kind: 'completed', task, result }),
  });

  const latest = (workflowId: string) => runs.findLast((run) => run.workflowId === workflowId);
  const open = (workflowId: string) => {
    const run = latest(workflowId);
    return run?.status === 'RUNNING' ? run : undefined;
  };

  async function begin(
    type: string,
    workflowId: string,
    args: unknown[],
    more: { parent?: Run['parent']; memo?: Run['memo'] } = {},
  ): Promise<Run> {
    lastId += 1;
    const run = await createRun(sandbox, {
      workflowId,
      runId: `run-${lastId}`,
      type,
      input: args,
      startedAt: clock,
      ...more,
    });
    runs.push(run);
    return run;
  }

  function deliver(run: Run, job: Job): void {
    if (run.status === 'RUNNING') run.jobs.push(job);
  }

  async function task(run: Run): Promise<void> {
    const jobs = inOrder(run.jobs.splice(0));
    run.events += jobs.length + 3;
    const activation: Activation = {
      runId: run.runId,
      timestamp: timestamp(clock),
      isReplaying: false,
      historyLength: run.events,
      historySizeBytes: Long.fromNumber(run.events * 500),
      continueAsNewSuggested: run.events > about.continueAsNewAfter,
      jobs,
    };
    run.taken.push(activation);
    // What is asked for together with a run's end is asked for by nobody.
    for (const command of await activate(run, activation)) if (run.status === 'RUNNING') await carryOut(run, command);
  }

  async function carryOut(run: Run, command: Command): Promise<void> {
    run.events += 1;
    const name = commandName(command);
    switch (name) {
      case 'startTimer': {
        const { seq, startToFireTimeout } = command.startTimer ?? {};
        run.timers.set(seq ?? 0, clock + (millis(startToFireTimeout) ?? 0));
        return;
      }
      case 'cancelTimer':
        run.timers.delete(command.cancelTimer?.seq ?? 0);
        return;
      case 'scheduleActivity': {
        const task = tasks.schedule(run, command);
        about.seen?.({ kind: 'scheduled', task });
        return;
      }
      case 'requestCancelActivity':
        tasks.cancel(run, command.requestCancelActivity?.seq ?? 0);
        return;
      case 'startChildWorkflowExecution':
        return startChild(run, command);
      case 'signalExternalWorkflowExecution':
        letters.send(run, command);
        return;
      case 'upsertWorkflowSearchAttributes':
        return;
      case 'modifyWorkflowProperties':
        for (const [key, value] of Object.entries(command.modifyWorkflowProperties?.upsertedMemo?.fields ?? {})) {
          run.memo[key] = fromPayload(value);
        }
        return;
      case 'completeWorkflowExecution':
        return close(run, 'COMPLETED', { result: fromPayload(command.completeWorkflowExecution?.result) });
      case 'failWorkflowExecution':
        return close(run, 'FAILED', { failure: command.failWorkflowExecution?.failure ?? {} });
      case 'continueAsNewWorkflowExecution': {
        const args = (command.continueAsNewWorkflowExecution?.arguments ?? []).map(fromPayload);
        const left = run.jobs.splice(0);
        run.status = 'CONTINUED_AS_NEW';
        run.closedAt = clock;
        tasks.forgetAll(run);
        await leaveChildren(run);
        const next = await begin(run.type, run.workflowId, args, {
          memo: run.memo,
          ...(run.parent && { parent: run.parent }),
        });
        // What came while the run ended is the next one's, as the server does it; only signals can.
        next.jobs.push(...left.filter((job) => job.signalWorkflow));
        await run.instance.dispose();
        return;
      }
      default:
        throw new Error(`the simulator has no command ${name}`);
    }
  }

  async function startChild(run: Run, command: Command): Promise<void> {
    const {
      seq,
      workflowId = '',
      workflowType = '',
      input,
      parentClosePolicy,
    } = command.startChildWorkflowExecution ?? {};
    if (open(workflowId ?? '')) {
      const failed = { workflowId, workflowType, cause: 1 };
      return deliver(run, { resolveChildWorkflowExecutionStart: { seq, failed } } as Job);
    }
    const child = await begin(workflowType ?? '', workflowId ?? '', (input ?? []).map(fromPayload), {
      parent: { run, seq: seq ?? 0, abandons: parentClosePolicy === ABANDON },
    });
    deliver(run, { resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: child.runId } } } as Job);
  }

  async function close(run: Run, status: Run['status'], end: Pick<Run, 'result' | 'failure'>): Promise<void> {
    Object.assign(run, { status, closedAt: clock, ...end });
    about.seen?.({ kind: 'closed', run });
    run.timers.clear();
    tasks.forgetAll(run);
    await leaveChildren(run);
    if (run.parent) {
      const { run: parent, seq } = run.parent;
      const result =
        status === 'COMPLETED'
          ? { completed: { result: toPayload(end.result) } }
          : { failed: { failure: end.failure ?? childFailure(run) } };
      deliver(parent, { resolveChildWorkflowExecution: { seq, result } } as Job);
    }
    await run.instance.dispose();
  }

  /** Also at a continue-as-new the children of a run go with it, unless it said that it abandons them. */
  async function leaveChildren(run: Run): Promise<void> {
    for (const child of running()) {
      if (child.parent?.run !== run || child.parent.abandons) continue;
      child.endedWithParent = true;
      await close(child, 'TERMINATED', {});
    }
  }

  function signal(workflowId: string, name: string, ...args: unknown[]): boolean {
    const run = open(workflowId);
    if (run === undefined) return false;
    run.jobs.push({ signalWorkflow: { signalName: name, input: args.map(toPayload), headers: {}, identity: 's' } });
    return true;
  }

  const running = () => runs.filter((run) => run.status === 'RUNNING');
  const letters = createLetters({ signal, deliver });

  return {
    now: () => clock,
    runs,
    latest,
    async start(type, workflowId, args) {
      if (open(workflowId)) throw new Error(`${workflowId} runs already`);
      return begin(type, workflowId, args);
    },
    signal,
    async query(workflowId, name) {
      const run = open(workflowId) ?? latest(workflowId);
      if (run === undefined) throw new Error(`there is no workflow ${workflowId}`);
      // It has not begun yet: a real server would let it begin first.
      if (run.taken.length === 0) await task(run);
      const commands = await activate(run, {
        runId: run.runId,
        timestamp: timestamp(clock),
        jobs: [{ queryWorkflow: { queryId: 'q', queryType: name, arguments: [], headers: {} } }],
      });
      const answer = commands[0]?.respondToQuery;
      if (!answer?.succeeded) throw new Error(`query ${name} of ${workflowId}: ${answer?.failed?.message}`);
      return fromPayload(answer.succeeded.response);
    },
    terminate(workflowId) {
      const run = open(workflowId);
      if (run) void close(run, 'TERMINATED', {});
    },
    steps() {
      const workflowTasks = running()
        .filter((run) => run.jobs.length > 0)
        .map((run): Step => ({ name: `task ${run.workflowId}`, do: () => task(run) }));
      const due = running().flatMap((run) =>
        [...run.timers].filter(([, at]) => at <= clock).map(([seq]) => ({ run, seq })),
      );
      const timers = due.map(
        ({ run, seq }): Step => ({
          name: `timer of ${run.workflowId}`,
          do() {
            run.timers.delete(seq);
            deliver(run, { fireTimer: { seq } });
          },
        }),
      );
      return [...workflowTasks, ...timers, ...letters.steps(), ...tasks.steps(running())];
    },
    nextMoment() {
      const moments = [...tasks.moments(running()), ...running().flatMap((run) => [...run.timers.values()])].filter(
        (moment) => moment > clock,
      );
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
    passTo(moment) {
      clock = Math.max(clock, moment);
    },
    async killWorkers() {
      tasks.kill(running());
      for (const run of running()) await takeOver(sandbox, run);
    },
    async stop() {
      for (const run of running()) await run.instance.dispose();
    },
  };
}

const ABANDON = proto.coresdk.child_workflow.ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON;
