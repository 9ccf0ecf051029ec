/** What `npm run mutants` takes out is there to be taken out, and what is to notice it exists: a mutant cannot go stale unseen. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ATTACKS } from '../../attacks/list.ts';
import { runsOf } from '../../faults/runs.ts';
import { MUTANTS } from '../../mutants/list.ts';
import { EXPLAINED } from '../../mutants/stryker/explained.ts';
import { edited } from '../../mutants/tree.ts';

const read = (file: string) => readFileSync(file, 'utf8');

describe('a measure that is taken out', () => {
  it.each(MUTANTS.map((mutant) => [mutant.measure, mutant] as const))('%s', (_, { behind = [], edits, hunters }) => {
    const texts = new Map<string, string>();
    for (const edit of [...behind, ...edits]) {
      const before = texts.get(edit.file) ?? read(edit.file);
      texts.set(edit.file, edited(before, edit));
      expect(texts.get(edit.file)).not.toBe(before);
    }
    const runs = runsOf(1).map(({ name }) => name);
    for (const hunter of hunters) if (hunter.kind === 'fault run') expect(runs).toContain(hunter.run);
    const attacks = ATTACKS.map(({ name }) => name);
    for (const hunter of hunters) if (hunter.kind === 'attack') expect(attacks).toContain(hunter.name);
    for (const hunter of hunters) if (hunter.kind === 'test') expect(read(hunter.file)).toContain(hunter.name);
    expect(hunters.length).toBeGreaterThan(0);
  });

  it.each(EXPLAINED)('that Stryker takes out in $file, and is explained, is there: $text', ({ file, text }) => {
    expect(read(file)).toContain(text);
  });

  it('is named once', () => {
    const measures = MUTANTS.map(({ measure }) => measure);
    expect(new Set(measures).size).toBe(measures.length);
  });

  it.each([
    ['nowhere', 'one two', 0],
    ['twice', 'one three one', 2],
  ])('stands in its file once: %s is refused', (_, text, times) => {
    expect(() => edited(text, { file: 'a.ts', from: times === 0 ? 'four' : 'one', to: '' })).toThrow(
      `a.ts: expected exactly once, found ${times} times`,
    );
  });
});
