/** The simulated Temporal for tests that go event by event; nothing ever goes wrong by itself. */
import { createSandbox } from '../../simulator/temporal/sandbox.ts';
import { createServer, type Server } from '../../simulator/temporal/server.ts';
import { type ChangesetId, changesetWorkflowId } from '../../src/changeset.ts';
import { createFakeActivities, planOf } from './fakeActivities.ts';

export async function simulatedTemporal(activities: object): Promise<Server> {
  return createServer({
    sandbox: await createSandbox(process.env.LOCKSTEP_WORKFLOW_BUNDLE ?? ''),
    activities: activities as never,
    within: (_, work) => work(),
    startAt: Date.UTC(2026, 0, 2),
    continueAsNewAfter: 4000,
  });
}

/** One changeset that begins, for nobody but the test. */
export async function simulatedChangeset(id: ChangesetId) {
  const fakes = createFakeActivities({} as never);
  const server = await simulatedTemporal(fakes.activities);
  const workflow = changesetWorkflowId(id);
  const members = [{ repository: 'acme/api', branch: 'b' }];
  const changeset = { name: id.name, priority: 0, approval: 'none' as const, line: 2, after: [], members };
  const { head: manifestHead, author, interference, timeoutMs, approvalTimeoutMs } = planOf([changeset]);
  const input = { v: 1, id, changeset, manifestHead, author, interference, timeoutMs, approvalTimeoutMs };
  return { fakes, server, workflow, run: await server.start('changeset', workflow, [input]) };
}
