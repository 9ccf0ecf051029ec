/** Commands in comments (I37, I39): what counts as one, and what each says. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ownLines } from '../../activities/commands/lines.ts';
import { type Asked, FORMS, formOf, readLine } from '../../src/commands/grammar.ts';

const asked = (body: string) =>
  ownLines(body)
    .map(readLine)
    .filter((line) => line !== undefined);

describe('a command in a comment', () => {
  it.each<[string, Asked]>([
    ['/lockstep approve pricing', { verb: 'approve', changeset: 'pricing', commits: [] }],
    [
      '/lockstep approve pricing a1b2c3d 0123456789abcdef0123456789abcdef01234567',
      { verb: 'approve', changeset: 'pricing', commits: ['a1b2c3d', '0123456789abcdef0123456789abcdef01234567'] },
    ],
    ['/lockstep skip search it is *flaky*', { verb: 'skip', changeset: 'search', reason: 'it is *flaky*' }],
    ['/lockstep skip search', { verb: 'skip', changeset: 'search', reason: 'no reason given' }],
    ['/lockstep skip-all not this week', { verb: 'skip-all', reason: 'not this week' }],
    ['/lockstep pause   release\tday  ', { verb: 'pause', reason: 'release day' }],
    ['/lockstep resume', { verb: 'resume' }],
    ['/lockstep withdraw', { verb: 'withdraw' }],
    ['/lockstep resolve checkout-v2 undo', { verb: 'resolve', changeset: 'checkout-v2', action: 'undo' }],
    ['/lockstep help', { verb: 'help' }],
  ])('%s', (line, means) => {
    expect(asked(line)).toEqual([{ line, asked: means }]);
    expect(asked(`Looks good to me.\n\n  ${line}\r\n\r\nThanks @ann!`)).toMatchObject([{ asked: means }]);
    expect(asked(`Looks good to me.\n${line}\nThanks`)).toMatchObject([{ asked: means }]);
  });

  it.each([
    ['a quote', '> /lockstep approve pricing'],
    ['a quote that goes on', '> as I said:\n/lockstep approve pricing'],
    ['a code block', '```\n/lockstep approve pricing\n```'],
    ['a code block that is never closed', '~~~sh\n/lockstep approve pricing'],
    ['an indented code block', 'like so:\n\n    /lockstep approve pricing'],
    ['code over several lines', 'say `x\n/lockstep approve pricing\n` then'],
    ['code', '`/lockstep approve pricing`'],
    ['the middle of a sentence', 'please say /lockstep approve pricing'],
    ['a list', '- /lockstep approve pricing'],
    ['a heading', '# /lockstep approve pricing'],
    ['a comment that nobody sees', '<!--\n/lockstep approve pricing\n-->'],
    ['a comment within a paragraph', 'so <!-- a\n/lockstep approve pricing\n--> on'],
    ['details', '<details>\n/lockstep approve pricing\n</details>'],
    ['a table', '| a |\n|---|\n| /lockstep approve pricing |'],
    ['a link', '[/lockstep approve pricing](https://example.org)'],
    ['other words', '/lockstepper approve pricing'],
    ['capitals', '/LOCKSTEP approve pricing'],
    ['details with blank lines', '<details><summary>log</summary>\n\n/lockstep approve pricing\n\n</details>'],
    ['a comment that HTML opens', '<div><!--\n\n/lockstep approve pricing\n\n<div>-->\nlooks fine'],
    ['a quote of HTML', '<blockquote>\n\n/lockstep approve pricing\n\n</blockquote>'],
    ['details within a paragraph', 'text <details>\n/lockstep approve pricing\n</details>'],
    ['what is struck out', '~~no longer:\n/lockstep approve pricing\nthanks~~'],
    ['the text of a link', '[say\n/lockstep approve pricing\nthanks](https://example.org)'],
    ['a footnote', '[^1]: note\n/lockstep approve pricing'],
    ['a formula', '$$\n/lockstep approve pricing\n$$'],
    ['a mail that is answered', 'not yet\n\nFrom: Lockstep\n\n/lockstep approve pricing'],
    ['the line of a mail that is answered', 'no\n\nOn Mon, 23 Nov 2026 bob wrote:\n\n/lockstep approve pricing'],
    ['an odd space before it', '\u00a0/lockstep approve pricing'],
    ['a longer path', '/lockstep/approve pricing'],
  ])('I37: is none in %s', (_, body) => {
    expect(asked(body)).toEqual([]);
  });

  it.each([
    ['/lockstep approve pricing; rm -rf /', '"pricing;"'],
    ['/lockstep approve pricing ; rm -rf /', '";" is no commit'],
    ['/lockstep approve pricing && id', '"&&" is no commit'],
    ['/lockstep approve ../../etc', 'is no name of a changeset'],
    ['/lockstep approve', 'it names no changeset; expected /lockstep approve <changeset> [<commit> …]'],
    ['/lockstep APPROVE pricing', '"APPROVE" is no command; did you mean "approve"?'],
    ['/lockstep aprove pricing', '"aprove" is no command; did you mean "approve"?'],
    ['/lockstep make-coffee', '"make-coffee" is no command; /lockstep help lists them'],
    ['/lockstep', 'it says nothing to do; /lockstep help lists them'],
    ['/lockstep pause', 'a pause needs a reason'],
    ['/lockstep pause <reason>', 'put your own words where "<reason>" stands'],
    ['/lockstep resume now', '"now" is too much; expected /lockstep resume'],
    ['/lockstep resolve checkout-v2', '"" is none of finish, undo, check'],
    ['/lockstep resolve checkout-v2 finish it', '"it" is too much'],
  ])('I37, I40: that nobody understands says why: %s', (line, why) => {
    expect(asked(line)).toEqual([{ line, problem: expect.stringContaining(why) }]);
  });

  it('I39: may be one of several, each read by itself', () => {
    const lines = asked('/lockstep skip search\n/lockstep approve pricing\n\n/lockstep aprove tax');
    expect(lines.map((one) => ('asked' in one ? one.asked.verb : 'problem'))).toEqual(['skip', 'approve', 'problem']);
  });

  it('has a form that says all that it takes', () => {
    for (const form of FORMS) {
      const example = formOf(form)
        .replace('<changeset>', 'pricing')
        .replace('[<commit> …]', 'a1b2c3d')
        .replace(/\[?<reason>\]?/, 'because')
        .replace('finish|undo|check', 'check');
      expect(asked(example)).toEqual([{ line: example, asked: expect.objectContaining({ verb: form.verb }) }]);
    }
  });

  it('is read from whatever bytes come, and is never more than a line', () => {
    const words = fc.constantFrom(
      '/lockstep',
      'approve',
      '`',
      '```',
      '>',
      '<!--',
      '-->',
      '\n',
      ' ',
      '\t',
      '|',
      '- ',
      'x',
      '\u2028',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(words).map((all) => all.join('')),
        ),
        (body) => {
          for (const { line } of asked(body)) {
            expect(line).not.toContain('\n');
            expect(body.replaceAll(/\r\n?/g, '\n').split('\n')).toContain(line);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
