/** docs/input.md says which tests show each row of the matrix of bad input: they name it, and there is no other row. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const ROWS = 50;

const rows = readFileSync('docs/input.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, row, shownBy] = /^\| (I\d+) \| .+ \| (.+) \|$/.exec(line) ?? [];
    return row === undefined || shownBy === undefined ? [] : [{ row, shownBy }];
  });

test('every row is there, once', () => {
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: ROWS }, (_, i) => `I${i + 1}`));
});

test.each(rows)('$row is shown by what is named, or is said not to apply', ({ row, shownBy }) => {
  const files = [...shownBy.matchAll(/test\/[\w/.-]+\.test\.ts/g)].map(([file]) => file);
  // In a title: at its beginning, where it may stand beside others ('I6, I7: aliases'), or in brackets at its end.
  const named = new RegExp(`['"\`](?:I\\d+, )*${row}(?:, I\\d+)*: |\\(${row}\\)['"\`]`);
  for (const file of files) expect([file, named.test(readFileSync(file, 'utf8'))]).toEqual([file, true]);
  expect(files.length > 0).toBe(!shownBy.startsWith('does not apply: '));
});
