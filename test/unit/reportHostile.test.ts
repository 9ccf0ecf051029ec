import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import type { Outcome } from '../../src/changeset.ts';
import type { Phase } from '../../src/plan/progress.ts';
import { checkOf } from '../../src/report/check.ts';
import { failureComment, invalidComment, notification } from '../../src/report/comments.ts';
import { operatorComment } from '../../src/report/operator.ts';
import { type About, STICKY_MARKER, stickyComment } from '../../src/report/sticky.ts';
import { superseded } from '../../src/report/supersede.ts';
import { inline } from '../../src/report/text.ts';
import { commit, RED } from '../support/landings.ts';
import { about, GITHUB_LIMIT, id, one, view } from '../support/views.ts';

const rolledBack: Outcome = { kind: 'rolledBack', reason: 'acme/web refused', reverted: [] };
const end = (outcome: Outcome): Phase => ({ at: 'ended', outcome });

const HOSTILE: [string, string][] = [
  ['code fences', '```\n\n# big\n````\n~~~\n'],
  ['a mention', '@everyone @acme/team mail@acme.example'],
  ['references', '#1 GH-2 acme/api#3'],
  ['HTML', '<script>alert(1)</script><img src=x onerror=y><details open>&lt;'],
  ['our own marker', `${STICKY_MARKER}\n<!-- lockstep checkout:1:failure -->`],
  ['terminal codes', '\u001b[31mred\u001b[0m \u001b]8;;http://evil\u0007link\u001b]8;;\u0007 \u001b]0;never ended'],
  ['text that runs backwards and hides', 'a\u202eb\u2066c\u200b\ufeff\u{e0041}d'],
  ['table cells', '| a | b |\n|---|---|'],
  ['links and images', '[x](http://evil) ![y](http://evil/z.png) [z]: http://evil'],
  ['headings and lists', '# big\n- item\n1. one\n===\n---'],
  ['an endless line', 'x'.repeat(10_000_000)],
  ['endless fences', '``` '.repeat(2_500_000)],
  ['endless escapes', '&*_<'.repeat(200_000)],
  ['half a character', `\ud83d${'é'.repeat(5000)}\ude00`],
];

/** What GitHub would make of it, near enough: HTML passes through, and links are made of what looks like one. */
const github = new MarkdownIt({ html: true });

/** Folded by Lockstep itself. */
const OURS = '<details><summary>or from a shell</summary>';

function expectHarmless(body: string, prose = body): void {
  expect(body.length).toBeLessThan(GITHUB_LIMIT);
  expect(body.isWellFormed()).toBe(true);
  expect(body).not.toMatch(/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\ufeff]/);
  const html = github.render(prose);
  const outside = html.replaceAll(/<(pre|code)[\s\S]*?<\/\1>/g, '').replace(OURS, '');
  expect(outside).not.toMatch(/<(script|img|details|a href="http:\/\/evil)/);
  expect(outside).not.toMatch(/@(everyone|acme)/);
  expect(outside).not.toMatch(/(^|\s|api)#\d|GH-\d/);
  // Our own marker counts at the very beginning only, and nothing else there is a comment of HTML.
  expect(outside.match(/<!--/g) ?? []).toHaveLength(1);
  expect(html.match(/<h1|<h2/g) ?? []).toEqual([]);
}

declare global {
  interface String {
    isWellFormed(): boolean;
  }
}

describe.each(HOSTILE)('I30: text from outside with %s is harmless', (_, text) => {
  const log = { ...RED.log, tail: text, failingCommand: text };

  it('in a comment on a failure', () => {
    const outcome: Outcome = { kind: 'failed', reason: { kind: 'tests', result: { ...RED, log } } };
    const body = failureComment({ id, outcome: outcome as never, attempt: '1', links: about.links });
    expectHarmless(body);
    expect(body.startsWith('<!-- lockstep checkout:1:failure -->')).toBe(true);
    // What comes after the log is still prose.
    expect(github.render(body)).toContain('<strong>What you can do</strong>');
    const by = { name: 'checkout', attempt: '2', outcome, now: about.now };
    const folded = superseded(body, by)?.body ?? '';
    expect(folded.length).toBeLessThan(65_536);
    // All of it is between the two tags, whatever is in it.
    expect(github.render(folded).trim()).toMatch(/^<!-- lockstep checkout:1:failure -->\n<details>[\s\S]*<\/details>$/);
  });

  it('in a reason, a conflict and a rollback', () => {
    const reasons: Outcome[] = [
      { kind: 'failed', reason: { kind: 'refused', sentences: [text, text] } },
      {
        kind: 'failed',
        reason: {
          kind: 'conflict',
          repository: 'acme/api',
          branch: 'b',
          paths: Array(50).fill(text.slice(0, 100_000)),
          morePaths: 3,
        },
      },
      { kind: 'failed', reason: { kind: 'moved', times: 4, last: text } },
      { kind: 'rolledBack', reason: text, reverted: [] },
    ];
    for (const outcome of reasons) {
      expectHarmless(failureComment({ id, outcome: outcome as never, attempt: '1', links: {} }));
    }
  });

  it('in what an operator is asked, and in a notification', () => {
    const call = { number: 1, reason: text, findings: [] };
    expectHarmless(operatorComment({ id, call, attempt: '1', links: {} }));
    const result: Outcome = { kind: 'rolledBack', reason: text, reverted: [] };
    const answer = { action: 'undo' as const, by: text, result };
    expectHarmless(operatorComment({ id, call: { ...call, answer }, attempt: '1', links: {} }));
    const told = notification(
      id,
      { kind: 'operator', reason: text },
      { url: 'https://github.com/acme/coordinator/pull/12' },
    );
    expect(told).not.toMatch(/<script|<!/);
    expect(told.length).toBeLessThan(8_000);
  });

  it('in what is wrong with a manifest', () => {
    const problems = Array.from({ length: 200 }, () => ({
      path: 'changesets/x.yaml',
      line: 1,
      column: 1,
      where: text.slice(0, 70_000),
      message: text,
    }));
    expectHarmless(invalidComment(problems, commit('head')));
  });

  it('in the sticky comment and the check', () => {
    const changesets = [
      one('a', { at: 'operator', reason: text }),
      one('b', { at: 'granting', why: text }),
      one('c', end({ kind: 'skipped', by: text.slice(0, 500), reason: text.slice(0, 500) })),
      one('d', end(rolledBack)),
    ];
    const paused = { by: text.slice(0, 500), reason: text.slice(0, 500), since: about.now };
    const full = view({ at: 'stuck', why: text }, changesets, Array(5).fill(text));
    const said: About = { ...about, queue: { waiting: 1, paused } };
    expectHarmless(stickyComment(full, said));
    const check = checkOf(full, said);
    expect(check.title.length).toBeLessThanOrEqual(200);
    for (const { message } of check.annotations) expect(message.length).toBeLessThan(2_100);
  });
});

it('any text in a line stays one line of prose', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'`*_<>[]()|~#@&\\!-+=:/. a1'.split('')) }),
      (wild, marks) => {
        const line = inline(wild + marks);
        expect(line).not.toContain('\n');
        expect(github.renderInline(line)).not.toMatch(/<(a|em|strong|code|img|s|br)\b/);
        expect(github.render(`x\n\n${line}`)).not.toMatch(/<(h[1-6]|ul|ol|pre|blockquote|hr|table)\b/);
      },
    ),
    { numRuns: 1000 },
  );
});
