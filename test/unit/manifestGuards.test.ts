/** No text of anybody's stops the process: the guards hold before the parser, and nothing throws. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMap, isPair, isSeq, type Node, parseDocument } from 'yaml';
import { guard } from '../../src/manifest/guards.ts';
import { MAX_PROBLEMS } from '../../src/manifest/problem.ts';
import { readConfiguration } from '../../src/manifest/readConfiguration.ts';
import { readManifest } from '../../src/manifest/readManifest.ts';
import { reviewStatusChanges } from '../../src/manifest/reviewStatusChanges.ts';
import { configuration } from '../support/manifests.ts';

const path = 'changesets/x.yaml';
const repeated = [
  '[',
  '{',
  '- ',
  '-\t',
  '? ',
  ': ',
  '[a: ',
  '{a: [',
  '- [',
  '- ? ',
  '? - ',
  '- - a: ',
  '[]: [',
  '"a": [',
  '!t [',
  '&a [',
  '- !t ',
  '&a - ',
  '!t - ',
  '*a : ',
  '*a: - ',
  '&a a: ',
  '!t a: ',
  '[*a: ',
  '[&a a: ',
  '{!t a: ',
  '&a !t [',
  '&a {*a : ',
  '&a\n - ',
  '- a: ',
  'a: - ',
  'a: ',
  "'",
  '"',
];

it.each(repeated)('I5: %j, twenty thousand times, never reaches the parser', (piece) => {
  for (const before of [
    '',
    'a: [\n',
    'a: "\n',
    "a: '\n",
    '# ',
    '---\n',
    'x: |\n ',
    'a: ]\n',
    'a: [\n}\n',
    '"',
    '{a: \n',
  ]) {
    for (const after of ['', ']', '\nb: 1\n']) {
      const text = (before + piece.repeat(before === '' ? 20_000 : 2_000) + after).slice(0, 65_000);
      const guarded = guard(text, path);
      if ('text' in guarded) expect(depthOf(guarded.text)).toBeLessThanOrEqual(70);
    }
  }
});

const indicators = fc.constantFrom(
  '[',
  ']',
  '{',
  '}',
  '- ',
  '? ',
  ': ',
  ', ',
  '\n',
  ' ',
  '  ',
  'a',
  'a: ',
  '"',
  "'",
  '#',
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '---',
  '...',
  '%',
  '\t',
  '\\',
  '<<: ',
  '`',
  '@',
);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(indicators, { maxLength: 300 }).map((parts) => parts.join('')),
  fc
    .array(fc.constantFrom('- ', '[', '{', 'a: ', '? ', '\n', '\n ', '\n  ', '[\n', ']'), {
      minLength: 100,
      maxLength: 600,
    })
    .map((parts) => parts.join('')),
);

it('a text that passes the guards is no deeper than they count', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const guarded = guard(text, path);
      if ('text' in guarded) expect(depthOf(guarded.text)).toBeLessThanOrEqual(70);
    }),
    { numRuns: 2000 },
  );
});

it('no text throws, and each is read or told what is wrong', () => {
  fc.assert(
    fc.property(texts, fc.constantFrom('', 'changesets:\n', 'changesets: ', 'repositories:\n  - '), (text, before) => {
      const manifest = readManifest(before + text, { path, configuration });
      if ('problems' in manifest) expect(manifest.problems.length).toBeGreaterThan(0);
      for (const problem of 'problems' in manifest ? manifest.problems : []) {
        expect(problem.line).toBeGreaterThanOrEqual(1);
        expect(problem.column).toBeGreaterThanOrEqual(1);
      }
      readConfiguration(before + text, { path: 'lockstep.yaml' });
      const guarded = guard(text, path);
      if ('text' in guarded) reviewStatusChanges({ path, main: guarded.text, after: guarded.text });
    }),
    { numRuns: 2000 },
  );
});

it('no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readManifest(bytes, { path, configuration })),
    { numRuns: 1000 },
  );
});

it('the largest files are answered, with a bounded number of problems', () => {
  const keys = Array.from({ length: 16_000 }, (_, index) => `${index.toString(36)}:`)
    .join('\n')
    .slice(0, 65_000);
  for (const text of [
    keys,
    'a:\n'.repeat(21_000),
    '- a\n'.repeat(16_000),
    `changesets:\n${'- {}\n'.repeat(13_000)}`,
    `changesets:\n${'- *a\n'.repeat(6_500)}${'- {}\n'.repeat(6_500)}`,
    '- &a !!x a\n'.repeat(5_900),
    '\n'.repeat(65_000),
    '"a" '.repeat(16_000),
  ]) {
    const read = readManifest(text, { path, configuration });
    expect('problems' in read ? read.problems.length : 0).toBeGreaterThan(0);
    expect('problems' in read ? read.problems.length : 0).toBeLessThanOrEqual(MAX_PROBLEMS);
  }
});

function depthOf(text: string): number {
  const deep = (node: unknown): number => {
    if (isPair(node)) return Math.max(deep(node.key), deep(node.value));
    return isMap(node) || isSeq(node) ? 1 + Math.max(0, ...node.items.map((item) => deep(item))) : 0;
  };
  return deep(parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' }).contents as Node);
}
