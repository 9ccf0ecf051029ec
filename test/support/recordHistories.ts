/** Runs the stories and writes the histories of what ran below `test/histories/`: started by `npm run histories`. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { type History, runsOf } from './histories.ts';
import { STORIES } from './stories.ts';
import { createWorkflowWorld, type WorkflowWorld } from './workflowWorld.ts';

const FOLDER = join('test', 'histories');

/** Small, so that the queue continues as new on the way. */
const SIGNALS_PER_RUN = 25;

const world = await createWorkflowWorld();
try {
  await mkdir(FOLDER, { recursive: true });
  for (const file of await readdir(FOLDER)) if (file.endsWith('.json')) await rm(join(FOLDER, file));
  await world.startQueue({ signalsPerRun: SIGNALS_PER_RUN });
  for (const [story, play] of Object.entries(STORIES)) {
    for (const [about, id] of Object.entries(await play(world))) await record(world, `${story}-${about}`, id);
  }
} finally {
  await world.stop();
}
// Native handles of the SDK can keep a process that is done.
process.exit(0);

/** `id`: of a workflow, or of one run as `id@run`. */
async function record(from: WorkflowWorld, name: string, id: string): Promise<void> {
  const [workflowId = id, runId] = id.split('@');
  const runs =
    runId === undefined
      ? await runsOf(from.client, workflowId)
      : [{ history: await from.client.workflow.getHandle(workflowId, runId).fetchHistory() }];
  for (const [i, { history }] of runs.entries()) {
    const suffix = runs.length > 1 ? `-${i + 1}` : '';
    await writeFile(join(FOLDER, `${name}${suffix}.json`), toJson(history));
  }
}

/** An event a line. Stack traces name folders of this machine, and replay does not need them. */
function toJson(history: History): string {
  const { events } = JSON.parse(historyToJSON(history)) as { events: object[] };
  const lines = events.map((event) =>
    JSON.stringify(event, (key, value: unknown) => (key === 'stackTrace' ? '' : value)),
  );
  return `{"events":[\n${lines.join(',\n')}\n]}\n`;
}
