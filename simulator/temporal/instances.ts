/** Runs of workflows as they live in the sandbox: begun, activated, taken over by another worker. */
import proto from '@temporalio/proto';
import Long from 'long';
import { timestamp, toPayload } from './payloads.ts';
import type { Run } from './run.ts';
import type { Activation, Command, Sandbox } from './sandbox.ts';

type Begun = Pick<Run, 'workflowId' | 'runId' | 'type' | 'startedAt'> & {
  input: unknown[];
  memo?: Run['memo'] | undefined;
  parent?: Run['parent'] | undefined;
};

export async function createRun(sandbox: Sandbox, begun: Begun): Promise<Run> {
  const { workflowId, runId, type, input, startedAt, memo = {}, parent } = begun;
  return {
    workflowId,
    runId,
    type,
    status: 'RUNNING',
    input,
    instance: await sandbox.create({ workflowId, runId, type, now: startedAt }),
    jobs: [
      {
        initializeWorkflow: {
          workflowId,
          workflowType: type,
          arguments: input.map(toPayload),
          randomnessSeed: Long.ONE,
          attempt: 1,
          firstExecutionRunId: runId,
          headers: {},
          startTime: timestamp(startedAt),
        },
      },
    ],
    taken: [],
    flags: [],
    events: 1,
    timers: new Map(),
    activities: new Map(),
    memo,
    startedAt,
    ...(parent && { parent }),
  };
}

/** Throws when the workflow task fails. */
export async function activate(run: Run, activation: Activation): Promise<Command[]> {
  const completion = await run.instance.activate(messageOf(activation));
  await run.instance.getAndResetSinkCalls();
  if (completion.failed) {
    throw new Error(`workflow task of ${run.workflowId} failed: ${completion.failed.failure?.message}`);
  }
  run.flags.push(...(completion.successful?.usedInternalFlags ?? []));
  return completion.successful?.commands ?? [];
}

/** Another worker goes through what the run was activated with: the same code must do the same again. */
export async function takeOver(sandbox: Sandbox, run: Run): Promise<void> {
  await run.instance.dispose();
  const { workflowId, runId, type, startedAt } = run;
  run.instance = await sandbox.create({ workflowId, runId, type, now: startedAt });
  for (const activation of run.taken) {
    await activate(run, { ...activation, isReplaying: true, availableInternalFlags: run.flags });
  }
}

/** The sandbox takes jobs out of what it is given, and knows them by their message types. */
function messageOf(activation: Activation): Activation {
  return proto.coresdk.workflow_activation.WorkflowActivation.fromObject({ ...activation });
}
