/** Where a landing is decided, event by event: in the workflow task that takes the last look's answer. */
import { expect, test } from '@jest/globals';
import { changesetWorkflowId, type Outcome } from '../../src/changeset.ts';
import type { ChangesetStatus } from '../../workflows/messages.ts';
import { simulatedChangeset } from '../support/simulated.ts';

const ID = { coordinator: 'acme/coordinator', pullRequest: 1, name: 'one' };
const WORKFLOW = changesetWorkflowId(ID);
const SKIP = { by: 'sue', reason: 'not today' };

/** A changeset whose last look was answered; its workflow has not taken the answer. */
async function lookedAt() {
  const { fakes, server, run } = await simulatedChangeset(ID);
  /** Whatever can happen happens, until this has; without it, until nothing more does. */
  const goOn = async (last?: string) => {
    for (let [step] = server.steps(); step !== undefined; [step] = server.steps()) {
      await step.do();
      await new Promise(setImmediate);
      if (step.name === last) return;
    }
    if (last !== undefined) throw new Error(`it never came to: ${last}`);
  };
  await goOn();
  server.signal(WORKFLOW, 'grant', { kind: 'granted' });
  await goOn(`end recheck of ${WORKFLOW}`);
  return {
    skip: () => server.signal(WORKFLOW, 'skip', SKIP),
    decide: () => goOn(`task ${WORKFLOW}`),
    refused: async () => ((await server.query(WORKFLOW, 'status')) as ChangesetStatus).refused,
    async end(): Promise<Outcome> {
      await goOn();
      return run.result as Outcome;
    },
    landings: () => fakes.moves,
  };
}

test('a skip that comes together with that answer is before the decision: nothing lands', async () => {
  const { skip, end, landings } = await lookedAt();
  skip();
  expect(await end()).toMatchObject({ kind: 'skipped', ...SKIP });
  expect(landings()).toEqual([]);
});

test('one that comes with the next event is after it: it is refused, and all of it lands', async () => {
  const { skip, decide, refused, end, landings } = await lookedAt();
  await decide();
  skip();
  await decide();
  expect(await refused()).toEqual([expect.stringMatching(/sue.*/)]);
  expect(await end()).toMatchObject({ kind: 'landed' });
  expect(landings()).toHaveLength(1);
});
