/** Runs of every kind that histories are recorded of: each says which workflows it was about. */
import { QUEUE_WORKFLOW_ID, reportWorkflowId } from '../../src/changeset.ts';
import { commit } from './fakeActivities.ts';
import { soon, type WorkflowWorld } from './workflowWorld.ts';

/** Workflow ids, by the name of the file that their history goes to. */
export type Story = (world: WorkflowWorld) => Promise<Record<string, string>>;

const REJECTED = { kind: 'rejected', found: commit('foreign') } as const;

export const STORIES: Record<string, Story> = {
  async success(world) {
    const number = await world.submit([{ name: 'success', on: ['acme/api', 'acme/web'] }]);
    await world.pipelineEnd(number);
    return { changeset: world.changesetId(number, 'success'), pipeline: world.pipelineId(number) };
  },
  async failure(world) {
    const log = { id: 'log', bytes: 3, truncated: false, tail: 'red' };
    const failure = { kind: 'exit', code: 1, durationMs: 5, log } as const;
    world.fakes.on('runTests', 'failure', async () => ({ kind: 'failed', failure }));
    const number = await world.submit([{ name: 'failure', on: ['acme/api'] }]);
    await world.pipelineEnd(number);
    const changeset = world.changesetId(number, 'failure');
    const { runId } = await world.client.workflow.getHandle(changeset).describe();
    const report = reportWorkflowId({ coordinator: world.coordinator, pullRequest: number, name: 'failure' }, runId);
    return { changeset, pipeline: world.pipelineId(number), report };
  },
  async approval(world) {
    const number = await world.submit([{ name: 'approval', on: ['acme/api'], approval: 'required' }]);
    const id = world.changesetId(number, 'approval');
    await soon('approvals to count', async () => (await world.changeset(number, 'approval')).approvalAsked);
    await world.signal(id, 'approve', { by: 'bob', commit: '0123456789' });
    await soon('the refusal', async () => (await world.changeset(number, 'approval')).refused.length === 1);
    await world.signal(id, 'approve', { by: 'bob' });
    await world.pipelineEnd(number);
    return { changeset: id, pipeline: world.pipelineId(number) };
  },
  async skip(world) {
    const tests = world.fakes.endlessTests('skip');
    const number = await world.submit([{ name: 'skip', on: ['acme/api'] }]);
    await tests.started;
    await world.signal(world.changesetId(number, 'skip'), 'skip', { by: 'bob', reason: 'not today' });
    await tests.told;
    tests.die();
    await world.pipelineEnd(number);
    return { changeset: world.changesetId(number, 'skip') };
  },
  async supersede(world) {
    const tests = world.fakes.endlessTests('supersede');
    const number = await world.submit([{ name: 'supersede', on: ['acme/api'] }]);
    await tests.started;
    world.fakes.on('readPullRequest', number, async () => ({ state: 'open', moved: 'person', head: commit('new') }));
    world.fakes.plans.set(number, () => ({ kind: 'ignored', why: 'closed' }));
    const { runId } = await world.client.workflow.getHandle(world.pipelineId(number)).describe();
    await world.tell(number);
    await tests.told;
    tests.die();
    await world.client.workflow.getHandle(world.pipelineId(number), runId).result();
    return { changeset: world.changesetId(number, 'supersede'), pipeline: `${world.pipelineId(number)}@${runId}` };
  },
  async compensation(world) {
    world.fakes.on('land', 'compensation', async (request, otherwise) =>
      request.repository === 'acme/web' ? REJECTED : otherwise(request),
    );
    const number = await world.submit([{ name: 'compensation', on: ['acme/api', 'acme/web'] }]);
    await world.pipelineEnd(number);
    return { changeset: world.changesetId(number, 'compensation') };
  },
  async operator(world) {
    world.fakes.on('land', 'operator', async () => ({ kind: 'unreadable', message: 'it was renamed' }));
    const number = await world.submit([{ name: 'operator', on: ['acme/api'] }]);
    await world.phase(number, 'operator', 'operator');
    await world.signal(world.changesetId(number, 'operator'), 'resolve', { action: 'undo', by: 'bob' });
    await world.pipelineEnd(number);
    return { changeset: world.changesetId(number, 'operator') };
  },
  /** Last, so that the queue's runs tell of all the others. */
  async queue(world) {
    const number = await world.submit([{ name: 'last', on: ['acme/api'] }]);
    await world.pipelineEnd(number);
    await world.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'bob', reason: 'freeze' });
    await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'bob' });
    await soon('the answers', async () => (await world.queue()).commands.length === 2);
    return { queue: QUEUE_WORKFLOW_ID };
  },
};
