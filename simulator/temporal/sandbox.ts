/**
 * The SDK's own sandbox for workflows, driven without a server (TEMPORAL.md, Tests). Internals of the SDK, whose version is
 * pinned exactly for this.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { coresdk } from '@temporalio/proto';

export type Activation = coresdk.workflow_activation.IWorkflowActivation;
export type Job = coresdk.workflow_activation.IWorkflowActivationJob;
export type Command = coresdk.workflow_commands.IWorkflowCommand;
export type Completion = coresdk.workflow_completion.IWorkflowActivationCompletion;

/** One run of a workflow in the sandbox. */
export interface Instance {
  activate(activation: Activation): Promise<Completion>;
  getAndResetSinkCalls(): Promise<unknown[]>;
  dispose(): Promise<void>;
}

export interface Sandbox {
  create(about: { workflowId: string; runId: string; type: string; now: number }): Promise<Instance>;
}

interface Creator {
  createWorkflow(options: unknown): Promise<Instance>;
}

const require = createRequire(import.meta.url);

/** `bundle`: path of the workflow bundle that workers run. */
export async function createSandbox(bundle: string): Promise<Sandbox> {
  const { ReusableVMWorkflowCreator } = require('@temporalio/worker/lib/workflow/reusable-vm.js') as {
    ReusableVMWorkflowCreator: {
      create(code: unknown, timeoutMs: undefined, activities: Set<string>): Promise<Creator>;
    };
  };
  const { globalHandlers } = require('@temporalio/worker/lib/workflow/vm-shared.js') as {
    globalHandlers: { uninstall(): void };
  };
  const { parseWorkflowCode } = require('@temporalio/worker/lib/worker.js') as {
    parseWorkflowCode(code: string, path: string): unknown;
  };
  const code = parseWorkflowCode(readFileSync(bundle, 'utf8'), bundle);
  // A limit of time would start a thread for each call into the sandbox, which takes most of a run.
  const creator = await ReusableVMWorkflowCreator.create(code, undefined, new Set());
  // A stack trace for every promise, for a query that nobody asks here, would take most of the time.
  globalHandlers.uninstall();
  return {
    create: ({ workflowId, runId, type, now }) =>
      creator.createWorkflow({
        info: {
          workflowId,
          runId,
          workflowType: type,
          searchAttributes: {},
          taskQueue: 'lockstep',
          namespace: 'simulated',
          firstExecutionRunId: runId,
          startTime: new Date(now),
          runStartTime: new Date(now),
          taskTimeoutMs: 10_000,
          attempt: 1,
          historyLength: 0,
          historySize: 0,
          continueAsNewSuggested: false,
          targetWorkerDeploymentVersionChanged: false,
          unsafe: { isReplaying: false, isReplayingHistoryEvents: false },
        },
        randomnessSeed: seedOf(runId),
        now,
        showStackTraceSources: false,
        failureExceptionTypeNames: [],
      }),
  };
}

function seedOf(runId: string): number[] {
  return Array.from({ length: 8 }, (_, i) => (runId.charCodeAt(i % runId.length) * (i + 7)) & 255);
}
