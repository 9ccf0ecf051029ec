/** Waits until all is at rest, and asks for one period of the janitor. */
import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import type { QueueState } from '../src/queue/state.ts';
import { GaveUp, until } from './until.ts';
import type { World } from './world.ts';

/** After the last pull request was merged; and where the story was given up: what is stuck is stuck. */
const LONGEST_MS = 240_000;
const STUCK_MS = 10_000;

/** Sentences about what neither goes on nor waits for people. `givenUp`: the story did not come to its end. */
export async function rest(world: World, { givenUp }: { givenUp: boolean }): Promise<string[]> {
  const withinMs = givenUp ? STUCK_MS : LONGEST_MS;
  try {
    await until('the queue to be empty', async () => (await leftIn(world)).length === 0, { withinMs });
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    return leftIn(world).catch((reason: unknown) => [`the queue gives no answer: ${String(reason)}`]);
  }
  await world.github.admin.settled();
  await janitor(world);
  return [];
}

async function leftIn({ client }: World): Promise<string[]> {
  const { entries, grants } = await client.workflow.getHandle(QUEUE_WORKFLOW_ID).query<QueueState>('status');
  const running: string[] = [];
  const query = "ExecutionStatus = 'Running' AND WorkflowType IN ('changeset', 'pipeline', 'report')";
  for await (const { workflowId } of client.workflow.list({ query })) running.push(workflowId);
  return [
    ...entries.map((entry) => `pull request #${entry.pullRequest} is in the queue for ever: ${JSON.stringify(entry)}`),
    ...grants.map((grant) => `${grant.changeset} keeps its fences for ever (${grant.state})`),
    ...running.map((workflowId) => `${workflowId} does not end`),
  ];
}

/** A workspace that nobody marks is abandoned after a minute: it is taken to have passed. */
const A_MINUTE_AGO_S = 120;

async function janitor({ client, dataDir }: World): Promise<void> {
  const workspaces = join(dataDir, 'workspaces');
  for (const name of await readdir(workspaces).catch(() => [])) {
    const then = Date.now() / 1000 - A_MINUTE_AGO_S;
    for (const path of [join(workspaces, name, 'alive'), join(workspaces, name)]) {
      await utimes(path, then, then).catch(() => undefined);
    }
  }
  const schedule = client.schedule.getHandle('lockstep-janitor');
  const before = (await schedule.describe()).info.numActionsTaken;
  await schedule.trigger(ScheduleOverlapPolicy.BUFFER_ONE);
  await until('the janitor', async () => {
    const { info } = await schedule.describe();
    return info.numActionsTaken > before && info.runningActions.length === 0;
  });
}
