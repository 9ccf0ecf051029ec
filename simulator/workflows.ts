/** The `WorkflowsPort` on the simulated Temporal, as `activities/workflows` has it on a real one. */

import type { Running } from '../activities/types.ts';
import type { WorkflowsPort } from '../activities/workflows/port.ts';
import {
  changesetWorkflowId,
  type Member,
  type Outcome,
  pipelineWorkflowId,
  QUEUE_WORKFLOW_ID,
  TESTS_MEMO,
} from '../src/changeset.ts';
import { strayOf } from '../src/landing/stray.ts';
import type { ChangesetInput, PipelineResult } from '../workflows/messages.ts';
import type { Remote } from './git.ts';
import { COORDINATOR } from './github.ts';
import { fromPayload } from './temporal/payloads.ts';
import type { Run } from './temporal/run.ts';
import type { Server } from './temporal/server.ts';

export function createWorkflows(server: () => Server, remote: Remote): WorkflowsPort {
  const latest = (workflowId: string) => server().latest(workflowId);
  const isRunning = (run: Run | undefined) => run?.status === 'RUNNING';
  const query = <T>(workflowId: string) =>
    remote(`query ${workflowId}`, () => server().query(workflowId, 'status')) as Promise<T>;
  const running = (type: string) => server().runs.filter((run) => run.type === type && run.status === 'RUNNING');

  async function latestRun(workflowId: string): ReturnType<WorkflowsPort['latestRun']> {
    const run = latest(workflowId);
    if (run === undefined) return { kind: 'forgotten' };
    if (isRunning(run)) return { kind: 'running' };
    return run.status === 'COMPLETED' ? { kind: 'completed', outcome: run.result as Outcome } : { kind: 'lost' };
  }

  return {
    signalQueue: (events) => remote('signal the queue', () => signalQueue(server(), events)).then((done) => done),
    // Nobody comments here: people's commands come as signals.
    startComment: async () => undefined,
    async queuePicture() {
      return isRunning(latest(QUEUE_WORKFLOW_ID)) ? query(QUEUE_WORKFLOW_ID) : { entries: [] };
    },
    testDurations: async () =>
      server()
        .runs.flatMap((run) => (run.memo[TESTS_MEMO] as number | undefined) ?? [])
        .slice(-50),
    async closedPipelines(pullRequests) {
      return pullRequests.flatMap((pullRequest) => {
        const run = latest(pipelineWorkflowId(COORDINATOR, pullRequest));
        if (isRunning(run)) return [];
        const { again = false, handedOn } = (run?.result ?? {}) as Partial<PipelineResult>;
        return [{ pullRequest, again, ...(handedOn && { handedOn }) }];
      });
    },
    async running() {
      const found: Running = { earlierQueue: false, pipelines: [], changesets: [] };
      found.earlierQueue = server().runs.some((run) => run.type === 'queue' && run.status === 'TERMINATED');
      for (const { workflowId } of running('pipeline')) {
        const { priority = 0 } = await query<{ priority?: number }>(workflowId);
        found.pipelines.push({ pullRequest: Number(workflowId.split('/').at(-1)), priority });
      }
      for (const { workflowId } of running('changeset')) {
        const { landing } = await query<{ landing?: Running['changesets'][number] }>(workflowId);
        if (landing) found.changesets.push(landing);
      }
      return found;
    },
    async changesetEnd(workflowId) {
      const run = await latestRun(workflowId);
      if (run.kind === 'running') return undefined;
      return run.kind === 'completed' ? run : { kind: 'lost', ...skipOf(latest(workflowId)) };
    },
    latestRun,
    async phaseInPipeline({ coordinator, pullRequest, name }) {
      const workflowId = pipelineWorkflowId(coordinator, pullRequest);
      if (!isRunning(latest(workflowId))) return undefined;
      const { progress } = await query<{ progress: Record<string, { at: 'waiting' }> }>(workflowId);
      return progress[name]?.at;
    },
    async beginStray(id, seen) {
      const workflowId = changesetWorkflowId(id);
      const last = latest(workflowId);
      if (last === undefined || isRunning(last)) return false;
      const input = last.input[0] as { changeset: { members: Member[] } };
      const stray = strayOf(input.changeset.members, seen, await latestRun(workflowId));
      await server().start('changeset', workflowId, [{ ...input, stray }]);
      return true;
    },
  };
}

/** The last that the run was told, or had from the run before it. */
function skipOf(run: Run | undefined): { skip?: unknown } {
  const jobs = [...(run?.taken ?? []).flatMap((activation) => activation.jobs ?? []), ...(run?.jobs ?? [])];
  const [payload] =
    jobs.findLast(({ signalWorkflow }) => signalWorkflow?.signalName === 'skip')?.signalWorkflow?.input ?? [];
  const skip = payload === undefined ? (run?.input[0] as ChangesetInput | undefined)?.skip : fromPayload(payload);
  return skip === undefined ? {} : { skip };
}

/** `signalWithStart`. */
export async function signalQueue(server: Server, events: { pullRequest: number; delivery?: string }[]): Promise<void> {
  if (server.signal(QUEUE_WORKFLOW_ID, 'events', events)) return;
  await server.start('queue', QUEUE_WORKFLOW_ID, [
    { v: 1, coordinator: COORDINATOR, serverUrl: 'https://github.test' },
  ]);
  server.signal(QUEUE_WORKFLOW_ID, 'events', events);
}
