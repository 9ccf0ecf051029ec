/** Every place once, with a kind of fault that changes from commit to commit; `npm run faults` has all of them. */
import { expect, test } from '@jest/globals';
import { execa } from 'execa';
import { inParallel } from '../../faults/inParallel.ts';
import { pointRuns } from '../../faults/runs.ts';
import { onTestServer } from '../support/faults.ts';

/** The three kinds of a place stand next to each other. */
const KINDS = 3;

test('26 points, really killed: all invariants hold', async () => {
  const { stdout: commit } = await execa('git', ['rev-parse', 'HEAD']);
  const turn = Number.parseInt(commit.slice(0, 8), 16);
  const runs = pointRuns(1).filter((_, i) => i % KINDS === (Math.floor(i / KINDS) + turn) % KINDS);
  expect(runs).toHaveLength(26);
  const results = await onTestServer((stage) =>
    inParallel(stage, { runs, parallel: 3 }, ({ name }, result) => ({ name, ...result })),
  );
  expect(results.filter(({ complaints }) => complaints.length > 0)).toEqual([]);
}, 900_000);
