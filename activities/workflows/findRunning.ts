/** What runs already, for a queue that starts without state. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import PQueue from 'p-queue';
import type { Member } from '../../src/changeset.ts';
import { reachOf } from '../../src/queue/fence.ts';
import type { Running } from '../types.ts';
import { askStatus } from './askStatus.ts';
import { lastInput } from './lastRun.ts';

/** Workflows that are asked at the same time. */
const ASKED_AT_ONCE = 8;

type Holding = Running['changesets'][number];
type Waiting = Running['pipelines'][number];

/** Visibility may lag; the `status` query says what each really holds. */
export async function findRunning(client: Client, coordinator: string): Promise<Running> {
  const asking = new PQueue({ concurrency: ASKED_AT_ONCE });
  const running = (type: string) =>
    client.workflow.list({ query: `WorkflowType = '${type}' AND ExecutionStatus = 'Running'` });
  const prefix = `pipeline/${coordinator}/`;
  const pipelines: (() => Promise<Waiting>)[] = [];
  for await (const { workflowId } of running('pipeline')) {
    const pullRequest = Number(workflowId.slice(prefix.length));
    if (workflowId.startsWith(prefix) && Number.isSafeInteger(pullRequest))
      pipelines.push(async () => ({ pullRequest, priority: await priorityOf(client, workflowId) }));
  }
  const changesets: (() => Promise<Holding | undefined>)[] = [];
  for await (const { workflowId } of running('changeset')) {
    if (workflowId.startsWith(`changeset/${coordinator}/`)) changesets.push(() => holdingOf(client, workflowId));
  }
  const holdings = await asking.addAll(changesets);
  return {
    earlierQueue: await earlierQueue(client),
    // As they were opened: who came first is known to nobody any more.
    pipelines: (await asking.addAll(pipelines)).sort((one, other) => one.pullRequest - other.pullRequest),
    changesets: holdings.filter((holding) => holding !== undefined),
  };
}

/** One that does not answer takes its place among the others by its arrival. */
async function priorityOf(client: Client, workflowId: string): Promise<number> {
  const { priority } = await askStatus<{ priority?: number }>(client, workflowId).catch(() => ({ priority: 0 }));
  return priority ?? 0;
}

async function earlierQueue(client: Client): Promise<boolean> {
  for await (const _ of client.workflow.list({ query: `WorkflowType = 'queue' AND ExecutionStatus != 'Running'` }))
    return true;
  return false;
}

async function holdingOf(client: Client, workflowId: string): Promise<Holding | undefined> {
  try {
    const { landing } = await askStatus<{ landing?: Holding }>(client, workflowId);
    return landing;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    // Its tasks fail, say after an upgrade: it may be in the middle of a landing, and nobody may wait for it.
    return mostItMayHold(client, workflowId);
  }
}

/** What is needed of a changeset's input to know its fences. */
interface ReachingInput {
  changeset?: { members?: Member[] };
  interference?: 'repositories' | 'all';
  stray?: { members?: Member[] };
}

async function mostItMayHold(client: Client, workflowId: string): Promise<Holding> {
  const { changeset, interference, stray } = (await lastInput<ReachingInput>(client, workflowId)) ?? {};
  const members = [...(changeset?.members ?? []), ...(stray?.members ?? [])];
  const { repositories, exclusive } = reachOf({ members }, interference ?? 'all');
  return {
    changeset: workflowId,
    pullRequest: Number(workflowId.split('/').at(-2)),
    repositories: [...new Set(repositories)],
    exclusive: exclusive || members.length === 0,
    holds: 'unknown',
  };
}
