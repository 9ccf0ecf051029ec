/** What a workflow tells another is on its way as long as the server likes, and in no order of its own. */
import { expect, test } from '@jest/globals';
import { changesetWorkflowId, type Outcome } from '../../src/changeset.ts';
import { createFakeActivities, planOf } from '../support/fakeActivities.ts';
import { simulatedTemporal } from '../support/simulated.ts';

test('to one receiver nothing is sent before what was sent before it has arrived', async () => {
  const fakes = createFakeActivities({} as never);
  const server = await simulatedTemporal(fakes.activities);
  const id = { coordinator: 'acme/coordinator', pullRequest: 1, name: 'one' };
  const workflow = changesetWorkflowId(id);
  const members = [{ repository: 'acme/api', branch: 'b' }];
  const changeset = { name: id.name, priority: 0, approval: 'none' as const, line: 2, after: [], members };
  const { head: manifestHead, author, interference, timeoutMs, approvalTimeoutMs } = planOf([changeset]);
  const input = { v: 1, id, changeset, manifestHead, author, interference, timeoutMs, approvalTimeoutMs };
  const run = await server.start('changeset', workflow, [input]);
  const together: string[][] = [];
  let isStaged = false;
  for (;;) {
    const steps = server.steps();
    const letters = steps.filter(({ name }) => name.startsWith('signal '));
    together.push(letters.map(({ name }) => name));
    // Everything else goes first: words pile up.
    const next = steps.find((step) => !letters.includes(step)) ?? letters[0];
    if (next === undefined) break;
    await next.do();
    await new Promise(setImmediate);
    // It asks in the task after that.
    if (isStaged && next.name === `task ${workflow}`) server.signal(workflow, 'grant', { kind: 'granted' });
    isStaged = next.name === `end stage of ${workflow}`;
  }
  expect((run.result as Outcome).kind).toBe('landed');
  expect(together.filter((names) => new Set(names).size < names.length)).toEqual([]);
  expect(together.filter((names) => names.length === 2).length).toBeGreaterThan(0);
});
