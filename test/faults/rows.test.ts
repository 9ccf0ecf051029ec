/** Rows of the fault matrix in which more is to be seen than that all invariants hold. */
import { expect, test } from '@jest/globals';
import { type Recorded, readHistories } from '../../faults/check/histories.ts';
import { MEMBERS } from '../../faults/points.ts';
import { perform, type Result, type Run } from '../../faults/run.ts';
import { runsOf } from '../../faults/runs.ts';
import type { Vector } from '../../src/changeset.ts';
import { onTestServer } from '../support/faults.ts';

/** A run by its name, and what Temporal's histories are when its pull request is merged. */
async function performed(name: string): Promise<Result & { histories: Recorded[] }> {
  const run = runsOf(1).find((one) => one.name === name) as Run;
  let histories: Recorded[] = [];
  const story: Run['story'] = {
    ...run.story,
    async play(world, people) {
      await run.story.play(world, people);
      histories = await readHistories(world.client);
    },
  };
  const result = await onTestServer((stage) => perform(stage, { ...run, story }));
  return { ...result, histories };
}

const ofType = (histories: Recorded[], type: string) =>
  histories.flatMap(({ activities }) => activities).filter((activity) => activity.type === type);

test('F8: a manifest that is hard to read is read all the same', async () => {
  const { complaints, deaths, histories } = await performed('the manifest is hard to read');
  expect(complaints).toEqual([]);
  expect(deaths).toBe(1);
  const read = ofType(histories, 'readPlan');
  expect(read).not.toEqual([]);
  for (const { completed } of read) expect(completed?.result).toMatchObject({ kind: 'ready' });
}, 300_000);

test('F26: a worker that dies between the decision and the first push: the very commits land that were tested', async () => {
  const [first] = MEMBERS;
  const { complaints, deaths, histories } = await performed(`K- land push ${first}`);
  expect(complaints).toEqual([]);
  expect(deaths).toBe(1);
  for (const once of ['prepare', 'runTests', 'recheck'])
    expect([once, ofType(histories, once).length]).toEqual([once, 1]);
  const vectorOf = ({ input }: { input: unknown }) => (input as { vector: Vector }).vector.members;
  const [tested] = ofType(histories, 'runTests').map(vectorOf);
  const landed = ofType(histories, 'land');
  expect(landed.map(({ input }) => (input as { repository: string }).repository)).toEqual(MEMBERS);
  for (const land of landed) expect(vectorOf(land)).toEqual(tested);
}, 300_000);
