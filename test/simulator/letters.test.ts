/** What a workflow tells another is on its way as long as the server likes, and in no order of its own. */
import { expect, test } from '@jest/globals';
import type { Outcome } from '../../src/changeset.ts';
import { simulatedChangeset } from '../support/simulated.ts';

test('to one receiver nothing is sent before what was sent before it has arrived', async () => {
  const id = { coordinator: 'acme/coordinator', pullRequest: 1, name: 'one' };
  const { server, workflow, run } = await simulatedChangeset(id);
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
