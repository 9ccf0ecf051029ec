/** docs/faults.md says which tests show each row of the fault matrix: they name it, and there is no other row. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { POINTS } from '../../faults/points.ts';
import { runsOf } from '../../faults/runs.ts';

const ROWS = 55;

const lines = readFileSync('docs/faults.md', 'utf8').split('\n');
const rows = lines.flatMap((line) => {
  const [, row, shownBy] = /^\| (F\d+) \| .+ \| (.+) \|$/.exec(line) ?? [];
  return row === undefined || shownBy === undefined ? [] : [{ row, shownBy }];
});

test('every row is there, once', () => {
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: ROWS }, (_, i) => `F${i + 1}`));
});

test.each(rows)('$row is shown by what is named, or is said not to be yet', ({ row, shownBy }) => {
  const files = shownBy.startsWith('not yet: ')
    ? []
    : [...shownBy.matchAll(/test\/[\w/.-]+\.test\.ts/g)].map(([file]) => file);
  // In a title, where it may stand beside others: 'F1, F5: …'.
  const named = new RegExp(`['"\`](?:F\\d+, )*${row}(?:, F\\d+)*: `);
  for (const file of files) expect([file, named.test(readFileSync(file, 'utf8'))]).toEqual([file, true]);
  const points = [...shownBy.matchAll(/point `([^`]+)`/g)].map(([, effect]) => effect);
  for (const effect of points) expect(POINTS.map((point) => point.effect)).toContain(effect);
  const runs = [...shownBy.matchAll(/run `([^`]+)`/g)].map(([, name]) => name);
  for (const name of runs) expect(runsOf(1).map((run) => run.name)).toContain(name);
  expect(shownBy.startsWith('not yet: ') || files.length + points.length + runs.length > 0).toBe(true);
});
