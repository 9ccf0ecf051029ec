/** The simulated Temporal for tests that go event by event; nothing ever goes wrong by itself. */
import { createSandbox } from '../../simulator/temporal/sandbox.ts';
import { createServer, type Server } from '../../simulator/temporal/server.ts';

export async function simulatedTemporal(activities: object): Promise<Server> {
  return createServer({
    sandbox: await createSandbox(process.env.LOCKSTEP_WORKFLOW_BUNDLE ?? ''),
    activities: activities as never,
    within: (_, work) => work(),
    startAt: Date.UTC(2026, 0, 2),
    continueAsNewAfter: 4000,
  });
}
