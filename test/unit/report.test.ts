/** What people read about a pull request: true at every stage, and harmless whatever tests, branches and people wrote. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import type { Outcome } from '../../src/changeset.ts';
import type { Phase } from '../../src/plan/progress.ts';
import { checkOf } from '../../src/report/check.ts';
import { failureComment, invalidComment, notification, operatorComment } from '../../src/report/comments.ts';
import { changesetSignal, queueSignal } from '../../src/report/links.ts';
import { type About, headline, STICKY_MARKER, stickyComment } from '../../src/report/sticky.ts';
import { inline } from '../../src/report/text.ts';
import type { ChangesetView, PipelineStage, PipelineView } from '../../src/report/view.ts';
import { commit, RED } from '../support/landings.ts';

const GITHUB_LIMIT = 60_000;
const about: About = { links: { publicUrl: 'https://lockstep.example/' }, now: '2026-01-02T10:44:03.000Z' };
const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };

function one(name: string, phase: Phase, more: Partial<ChangesetView> = {}): ChangesetView {
  const members = [{ repository: 'acme/api', branch: 'feature/x', head: commit('apih1') }];
  return { name, line: 3, phase, members, after: [], ...more };
}

function view(stage: PipelineStage, changesets: ChangesetView[], refusals: string[] = []): PipelineView {
  return {
    coordinator: 'acme/coordinator',
    pullRequest: 12,
    manifest: 'changesets/x.yaml',
    head: commit('head'),
    stage,
    changesets,
    refusals,
  };
}

const landed: Outcome = { kind: 'landed', members: [] };
const failed: Outcome = { kind: 'failed', reason: { kind: 'tests', result: RED } };
const rolledBack: Outcome = { kind: 'rolledBack', reason: 'acme/web refused', reverted: [] };
const skipped: Outcome = { kind: 'skipped', by: 'sue', reason: 'old' };
const end = (outcome: Outcome): Phase => ({ at: 'ended', outcome });
const running: PipelineStage = { at: 'running' };
const operator: Phase = { at: 'operator', reason: 'half of it stands' };

describe('the check run', () => {
  it.each<[string, PipelineStage, Phase[], string]>([
    ['queued while it waits', { at: 'waiting' }, [{ at: 'waiting' }], 'queued'],
    ['in progress while something works', running, [{ at: 'testing' }, { at: 'approval' }, operator], 'in_progress'],
    [
      'action required when all that is left waits for approval',
      running,
      [{ at: 'approval' }, end(landed)],
      'action_required',
    ],
    ['failed while an operator is needed and nothing works', running, [operator, { at: 'approval' }], 'failure'],
    ['in progress until the merge is tried', running, [end(landed)], 'in_progress'],
    ['a success when all landed or were skipped', { at: 'merging' }, [end(landed), end(skipped)], 'success'],
    ['neutral when some failed', { at: 'merging' }, [end(landed), end(failed)], 'neutral'],
    ['neutral when one was rolled back', { at: 'merged' }, [end(rolledBack)], 'neutral'],
    ['a failure when GitHub will not merge it', { at: 'stuck', why: 'a conflict' }, [end(landed)], 'failure'],
    [
      'cancelled when a newer push takes its place',
      { at: 'cancelled', why: 'superseded' },
      [end({ kind: 'stopped', why: 'superseded' })],
      'cancelled',
    ],
  ])('is %s', (_, stage, phases, state) => {
    expect(
      checkOf(
        view(
          stage,
          phases.map((phase, i) => one(`c${i}`, phase)),
        ),
        about,
      ).state,
    ).toBe(state);
  });

  it('says in its title how many failed, and on which lines of the manifest', () => {
    const check = checkOf(view({ at: 'merged' }, [one('a', end(landed)), one('b', end(failed), { line: 9 })]), about);
    expect(check.title).toBe('1 landed, 1 failed');
    expect(check.annotations).toEqual([
      { path: 'changesets/x.yaml', line: 9, level: 'warning', message: 'b: Failed: the tests ended with exit code 1.' },
    ]);
    const stuck = checkOf(view({ at: 'stuck', why: 'it conflicts' }, [one('a', end(landed))]), about);
    expect(stuck.title).toBe('1 landed · cannot be merged: it conflicts');
  });

  it('counts what was final before', () => {
    const before = one('old', { at: 'waiting' }, { status: 'failed' });
    expect(checkOf(view({ at: 'merging' }, [one('a', end(landed)), before]), about).state).toBe('neutral');
  });
});

describe('the sticky comment', () => {
  it('carries its marker first, a sentence on top, a row for each changeset and the time', () => {
    const body = stickyComment(
      view(
        running,
        [one('checkout', { at: 'testing' }), one('search', end(failed))],
        ['approval by bob refused: too late'],
      ),
      about,
    );
    expect(body.startsWith(`${STICKY_MARKER}\n### ⏳ Testing 1 changeset · 1 of 2 done`)).toBe(true);
    expect(body).toContain(`| 🔄 testing | \`checkout\` | acme/api \`${commit('apih1').slice(0, 7)}\` |`);
    expect(body).toContain('- approval by bob refused: too late');
    expect(body).toContain('updated 10:44:03 UTC');
  });

  it('says the position in the queue, who holds the slot, and why it is paused', () => {
    const queue = { position: 2, waiting: 3, holder: 7, paused: { by: 'pam', reason: 'release', since: about.now } };
    const body = stickyComment(view({ at: 'waiting' }, [one('a', { at: 'waiting' })]), { ...about, queue });
    expect(body).toContain('position 2 of 3, behind pull request #7');
    expect(body).toContain('**The queue is paused** by pam since 10:44 UTC: release');
  });

  it('shows why it waits, how far a landing is, and that GitHub keeps it waiting', () => {
    const body = stickyComment(
      view(running, [
        one('a', { at: 'granting', why: 'until other has landed in acme/api' }),
        one('b', { at: 'landing', landed: ['x'], of: 3, since: '2026-01-02T10:40:00Z' }),
        one('c', { at: 'waiting' }, { after: ['a', 'b'] }),
      ]),
      about,
    );
    expect(body).toContain('waits until other has landed in acme/api');
    expect(body).toContain('1 of 3 landed, waiting for GitHub since 10:40 UTC.');
    expect(body).toContain('`c` starts when `a`, `b` ended');
  });

  it('of a manifest with more changesets than fit shows those at work, and how many more there are', () => {
    const many = Array.from({ length: 1300 }, (_, i) =>
      one(`changeset-${i}`, { at: 'waiting' }, { after: [`changeset-${i - 1}`] }),
    );
    const full = view(running, [...many, one('busy', { at: 'testing' }), one('asks', { at: 'approval' })]);
    const body = stickyComment(full, about);
    expect(body.length).toBeLessThan(GITHUB_LIMIT);
    expect(body).toMatch(/\| 🔄 testing \| `busy`/);
    expect(body).toMatch(/and \d+ more/);
    const ends = Array.from({ length: 200 }, (_, i) => one(`c${i}`, end(failed)));
    const check = checkOf(view({ at: 'merged' }, [...many, ...ends]), about);
    expect(check.summary.length).toBeLessThan(GITHUB_LIMIT);
    expect(check.annotations.length).toBeLessThanOrEqual(50);
  });

  it('has a headline for every stage', () => {
    const stages: PipelineStage[] = [
      { at: 'waiting' },
      running,
      { at: 'merging' },
      { at: 'merged' },
      { at: 'stuck', why: 'x' },
      ...(['superseded', 'closed', 'draft', 'withdrawn'] as const).map((why) => ({ at: 'cancelled' as const, why })),
    ];
    const all = stages.map((stage) => headline(view(stage, [one('a', operator)]), about));
    expect(new Set(all).size).toBe(stages.length);
  });
});

describe('a command that is shown', () => {
  /** The words that a shell makes of it. */
  const words = (command: string): string[] =>
    execFileSync('bash', ['-c', `temporal() { printf '%s\\0' "$@"; }\n${command}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);

  it('goes through a shell as it is', () => {
    const body = stickyComment(view(running, [one('checkout', { at: 'approval' })]), about);
    const approve = body.split('\n').find((line) => line.includes('--name approve')) ?? '';
    expect(words(approve)).toEqual([
      ...['workflow', 'signal', '--workflow-id', 'changeset/acme/coordinator/12/checkout'],
      ...['--name', 'approve', '--input', '{"by":"<your name>"}'],
    ]);
  });

  it('goes through whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', '!', ' ', 'x', '\n') }), (reason) => {
        expect(JSON.parse(words(queueSignal('pause', { by: 'ann', reason })).at(-1) ?? '')).toEqual({
          by: 'ann',
          reason,
        });
      }),
      { numRuns: 30 },
    );
    const skip = changesetSignal(id, { name: 'skip', changeset: 'a.b_c-1', input: { by: "o'hara" } });
    expect(words(skip).at(3)).toBe('changeset/acme/coordinator/12/a.b_c-1');
  });
});

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

function expectHarmless(body: string, prose = body): void {
  expect(body.length).toBeLessThan(GITHUB_LIMIT);
  expect(body.isWellFormed()).toBe(true);
  expect(body).not.toMatch(/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069\ufeff]/);
  const html = github.render(prose);
  const outside = html.replaceAll(/<(pre|code)[\s\S]*?<\/\1>/g, '');
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

describe.each(HOSTILE)('text from outside with %s is harmless', (_, text) => {
  const log = { ...RED.log, tail: text, failingCommand: text };

  it('in a comment on a failure', () => {
    const outcome: Outcome = { kind: 'failed', reason: { kind: 'tests', result: { ...RED, log } } };
    const body = failureComment({ id, outcome: outcome as never, attempt: '1', links: about.links });
    expectHarmless(body);
    expect(body.startsWith('<!-- lockstep checkout:1:failure -->')).toBe(true);
    // What comes after the log is still prose.
    expect(github.render(body)).toContain('<strong>What you can do</strong>');
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
    expectHarmless(operatorComment({ id, reason: text, findings: [], attempt: '1', links: {} }));
    const told = notification(id, { kind: 'operator', reason: text }, 'https://github.com/acme/coordinator/pull/12');
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
