/**
 * I30: what the bot writes, as GitHub shows it. Each comment is rendered twice, with words that mean nothing and with hostile
 * ones: both must come to the same elements, links and comments of HTML, so that nothing of the text became more than text.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Element } from 'hast';
import type { Outcome } from '../../src/changeset.ts';
import type { Phase } from '../../src/plan/progress.ts';
import { answerComment } from '../../src/report/answer.ts';
import { checkOf } from '../../src/report/check.ts';
import { failureComment, invalidComment, landedComment } from '../../src/report/comments.ts';
import { operatorComment } from '../../src/report/operator.ts';
import { replacedCheck } from '../../src/report/replacedHead.ts';
import { STICKY_MARKER, stickyComment } from '../../src/report/sticky.ts';
import { superseded } from '../../src/report/supersede.ts';
import { shownOnGitHub } from '../support/gfm.ts';
import { commit, RED, TWO } from '../support/landings.ts';
import { about, id, one, view } from '../support/views.ts';

const links = { ...about.links, temporalUi: { url: 'https://temporal.example', namespace: 'default' } };
const ended = (outcome: Outcome): Phase => ({ at: 'ended', outcome });
const testsFailed = (text: string): Outcome => ({
  kind: 'failed',
  reason: { kind: 'tests', result: { ...RED, log: { ...RED.log, tail: text, failingCommand: text } } },
});
const failed = (outcome: Outcome) => failureComment({ id, outcome: outcome as never, attempt: '1', links });

/** Every comment and summary that has words of others in it. */
const WRITTEN: Record<string, (text: string) => string> = {
  'the end of a log': (text) => failed(testsFailed(text)),
  'a folded failure': (text) => {
    const by = { name: 'checkout', attempt: '2', outcome: testsFailed(text), now: about.now };
    return superseded(failed(testsFailed(text)), by)?.body ?? '';
  },
  'what GitHub refused': (text) => failed({ kind: 'failed', reason: { kind: 'refused', sentences: [text, text] } }),
  'paths in conflict': (text) =>
    failed({
      kind: 'failed',
      reason: { kind: 'conflict', repository: 'acme/api', branch: 'b', paths: [text, text], morePaths: 3 },
    }),
  'what moved': (text) => failed({ kind: 'failed', reason: { kind: 'moved', times: 4, last: text } }),
  'why it was rolled back': (text) =>
    failed({ kind: 'rolledBack', reason: text, reverted: [{ repository: 'acme/api', commit: commit('r') }] }),
  'a call for an operator': (text) =>
    operatorComment({ id, call: { number: 1, reason: text, findings: [] }, attempt: '1', links }),
  'what an operator chose': (text) =>
    operatorComment({
      id,
      call: {
        number: 1,
        reason: text,
        findings: [],
        answer: { action: 'undo', by: text, result: { kind: 'rolledBack', reason: text, reverted: [] } },
      },
      attempt: '1',
      links,
    }),
  'an invalid manifest': (text) =>
    invalidComment(
      [1, 2].map((line) => ({ path: 'changesets/x.yaml', line, column: 1, where: text, message: text })),
      commit('head'),
    ),
  'the answer to a command': (text) =>
    answerComment({ by: text, lines: [{ line: '/lockstep approve', problem: text }] }, []) ?? '',
  'the sticky comment': (text) =>
    stickyComment(
      view(
        { at: 'stuck', why: text },
        [
          one('a', { at: 'operator', reason: text }),
          one('b', { at: 'granting', why: text }),
          one('c', ended({ kind: 'skipped', by: text, reason: text })),
          one('d', ended({ kind: 'rolledBack', reason: text, reverted: [] })),
        ],
        [text, text],
      ),
      { ...about, links, queue: { waiting: 1, paused: { by: text, reason: text, since: about.now } } },
    ),
  'the summary of the check': (text) =>
    checkOf(view({ at: 'stuck', why: text }, [one('a', { at: 'operator', reason: text })], [text]), about).summary,
};

const NASTY: [string, string][] = [
  ['a mention', '@everyone @acme/team @ann, mail@acme.example'],
  ['issues', '#1 acme/api#3 GH-4 gh-5 fixes #6 ann#7 (#8) [#9]'],
  ['commits', `${commit('h')} acme/api@${commit('h')} ${commit('h').slice(0, 7)} ann@${commit('h')}`],
  ['addresses', 'http://evil.example https://evil.example/x ftp://evil.example www.evil.example mailto:a@evil.example'],
  ['links', '[x](http://evil) <http://evil> [y][z] ![i](http://evil/i.png)\n\n[z]: http://evil'],
  ['addresses of GitHub', 'https://github.com/acme/api/issues/1 https://github.com/ann'],
  ['HTML', '<script>x</script><img src=x><a href=x>y</a></details><details open><summary>s</summary>&lt;b&gt;'],
  ['the end of our own HTML', '</summary></details></td></table>\n</details>'],
  ['comments of HTML', `<!-- a --> ${STICKY_MARKER} <!-- lockstep checkout:1:failure --> <!--`],
  ['processing instructions', '<?php ?> <!DOCTYPE html> <![CDATA[x]]>'],
  ['code fences', '```\n```\n````\n~~~\n`````````'],
  ['code spans', '` `` ``` a`b'],
  ['emphasis', '*a* **b** _c_ __d__ ~~e~~ ~f~'],
  ['tables', '| a | b |\n|---|---|\n| c | d |\n\\|'],
  ['blocks', '# h\n## h\n> q\n- l\n+ l\n1. l\n1) l\n---\n***\n===\n- [ ] t\n    code\n\tcode'],
  ['footnotes', 'a[^1]\n\n[^1]: b'],
  ['alerts and emoji', '> [!WARNING]\n> x :tada: $x$ $$y$$'],
  ['entities', '&#64;everyone &commat;everyone &#35;1 &lt;img&gt; &#x3c;!-- x'],
  ['escapes', '\\@everyone \\#1 \\<img> \\\\* \\'],
  ['a carriage return', 'a\r# b\r- c\r\n\r\n# d'],
  ['spaces that part lines', 'a\u2028# b\u2029- c\u0085# d\u000b# e\u000c# f'],
  ['hidden characters', '@\u200beveryone #\u200b1 h\u200bttp://evil.example \u202e\u2066'],
];

const PLAIN = 'word';

/** What a body comes to, but for its text; a commit in it is shown as code, and no more than that. */
function structure(body: string) {
  const { elements, links: to, comments } = shownOnGitHub(body);
  const others = elements.filter((element) => !isCommit(element));
  return { elements: others.map(({ tagName }) => tagName), links: to, comments };
}

function isCommit({ tagName, children }: Element): boolean {
  const [only] = children;
  return tagName === 'code' && only?.type === 'text' && /^[0-9a-f]{7,40}$/i.test(only.value);
}

describe.each(Object.entries(WRITTEN))('I30: %s', (_, write) => {
  const plain = structure(write(PLAIN));

  it.each(NASTY)('with %s comes to text, and nothing else', (_nasty, text) => {
    expect(structure(write(text))).toEqual(plain);
  });

  it('with a commit has it as it is copied', () => {
    expect(shownOnGitHub(write(commit('h'))).text).toContain(commit('h'));
  });

  it('is seen in full: a word is where it was written', () => {
    expect(shownOnGitHub(write(PLAIN)).text).toMatch(/\bword\b/i);
  });

  it('with any text comes to text', () => {
    const marks = fc.constantFrom(
      ...'`*_<>[]()|~#@&\\!-+=:/.\n\r\t a1w'.split(''),
      'www.',
      commit('h').slice(0, 7),
      'http://',
      'GH-',
      '<!--',
      '-->',
      '</',
    );
    const texts = fc.oneof(
      fc.array(marks, { minLength: 1, maxLength: 60 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        // Around it something is always to be read: what is empty is left out of a sentence.
        expect(structure(write(`a${text}b`))).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });
});

it('comments without words of others have the links that they are given', () => {
  const landed = landedComment({
    id,
    member: TWO.members[0] as never,
    members: TWO.members,
    url: 'https://github.com/acme/coordinator/pull/12',
  });
  expect(shownOnGitHub(landed).links).toEqual(['https://github.com/acme/coordinator/pull/12']);
  expect(shownOnGitHub(replacedCheck(commit('a'), commit('b')).summary).comments).toEqual([]);
});

it('the renderer does what GitHub does, so that this page would see it', () => {
  const shown = shownOnGitHub(`@ann #1 acme/api#3 GH-4 ${commit('h')} www.x.example <!-- c --> <img src=x>`);
  expect(shown.links).toHaveLength(6);
  expect(shown.comments).toEqual([' c ']);
  expect(shown.elements.map(({ tagName }) => tagName)).toContain('img');
});
