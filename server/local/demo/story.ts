/** What the demo does while Lockstep works: kills its worker, approves one changeset, skips another. */
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { changesetWorkflowId, pipelineWorkflowId } from '../../../src/changeset.ts';
import type { Progress } from '../../../src/plan/progress.ts';
import type { Show } from './progress.ts';
import { COORDINATOR } from './shop.ts';
import type { Stand } from './stand.ts';

const NAMES = ['price-in-cents', 'austrian-tax', 'search-by-tag', 'new-header', 'coffee'];
const LOOK_EVERY_MS = 200;
const AT_MOST_MS = 10 * 60_000;

/** Runs until the pull request is merged, or cannot be (which is told); throws when that takes too long. */
export async function runStory(
  stand: Stand,
  about: { pullRequest: number; temporalPath: string; show: Show },
): Promise<void> {
  const { show, pullRequest } = about;
  const people = peopleOf(stand, about);
  const deadline = Date.now() + AT_MOST_MS;
  const pipeline = stand.client.workflow.getHandle(pipelineWorkflowId(COORDINATOR, pullRequest));
  while (Date.now() < deadline) {
    const { stage, why, progress } = await look(pipeline);
    show.update(NAMES, progress);
    await people.react(progress);
    if (stage === 'merged' || stage === 'stuck') {
      await pipeline.result();
      show.done();
      if (stage === 'stuck') show.say(`! The pull request cannot be merged: ${why}`);
      return;
    }
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`expected everything to be done within ${AT_MOST_MS / 60_000} minutes`);
}

interface Looked {
  stage: string;
  why?: string;
  progress: Progress;
}

/** While no worker polls, or before the pipeline was started, there is nothing to see. */
async function look(pipeline: { query(name: string): Promise<unknown> }): Promise<Looked> {
  try {
    const { stage, progress } = (await pipeline.query('status')) as {
      stage: { at: string; why?: string };
      progress: Progress;
    };
    return { stage: stage.at, ...(stage.why !== undefined && { why: stage.why }), progress };
  } catch {
    return { stage: 'unknown', progress: {} };
  }
}

function peopleOf(stand: Stand, about: { pullRequest: number; temporalPath: string; show: Show }) {
  const { show, pullRequest } = about;
  const done = new Set<string>();
  const once = async (what: string, act: () => Promise<void>) => {
    if (done.has(what)) return;
    done.add(what);
    await act();
  };
  const signal = (name: string, changeset: string, input: object) =>
    sendSignal(stand, { ...about, name, changeset, input });
  return {
    async react(progress: Progress): Promise<void> {
      const testing = NAMES.filter((name) => progress[name]?.at === 'testing');
      if (testing.length >= 2) {
        await once('kill', async () => {
          show.say(
            `! Tests run. The demo kills the worker (process ${stand.worker.pid}) with SIGKILL and starts another.`,
          );
          await stand.worker.kill();
          stand.worker = await stand.startWorker();
          show.say(`! Worker ${stand.worker.pid} goes on where the other one was; nothing is lost.`);
        });
      }
      if (progress['new-header']?.at === 'approval') {
        await once('approve', async () => {
          await untilAsked(stand, pullRequest, 'new-header');
          await signal('approve', 'new-header', { by: 'ann' });
        });
      }
      if (progress.coffee?.at === 'approval') {
        await once('skip', () => signal('skip', 'coffee', { by: 'bob', reason: 'not this season' }));
      }
    },
  };
}

/** An approval counts once the comment that asks for it is written: a person reads it there. */
async function untilAsked(stand: Stand, pullRequest: number, name: string): Promise<void> {
  const handle = stand.client.workflow.getHandle(changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name }));
  for (;;) {
    const { approvalAsked } = (await handle.query('status')) as { approvalAsked: boolean };
    if (approvalAsked) return;
    await delay(LOOK_EVERY_MS);
  }
}

async function sendSignal(
  stand: Stand,
  about: { pullRequest: number; temporalPath: string; show: Show; name: string; changeset: string; input: object },
): Promise<void> {
  const { pullRequest, changeset, name, input } = about;
  const workflowId = changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name: changeset });
  const args = ['workflow', 'signal', '--workflow-id', workflowId, '--name', name, '--input', JSON.stringify(input)];
  about.show.say(`$ temporal ${args.map((arg) => (arg.startsWith('{') ? `'${arg}'` : arg)).join(' ')}`);
  const { address, namespace } = stand.temporal;
  await execa(about.temporalPath, [...args, '--address', address, '--namespace', namespace]);
}
