/** What people read about a pull request: true at every stage, and harmless whatever tests, branches and people wrote. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Outcome } from '../../src/changeset.ts';
import type { Phase } from '../../src/plan/progress.ts';
import { checkOf } from '../../src/report/check.ts';
import { failureComment, notification } from '../../src/report/comments.ts';
import { changesetSignal, queueSignal } from '../../src/report/links.ts';
import { operatorComment } from '../../src/report/operator.ts';
import { pipelineSentence } from '../../src/report/pipelineSentence.ts';
import { headline, STICKY_MARKER, stickyComment } from '../../src/report/sticky.ts';
import type { PipelineStage } from '../../src/report/view.ts';
import { commit, findings, RED, TWO } from '../support/landings.ts';
import { about, GITHUB_LIMIT, id, one, view } from '../support/views.ts';

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

describe('the team', () => {
  const url = 'https://github.com/acme/coordinator/pull/12';

  it('is told what stands where, and how an operator answers', () => {
    const found = findings(TWO, { api: 'stands', web: 'unreadable' });
    const text = notification(
      id,
      { kind: 'operator', reason: 'acme/web cannot be read: a < b', findings: found },
      { url },
    );
    const [api, web] = found.map(({ candidate }) => candidate.slice(0, 12));
    const main = `main is at \`${commit('tip').slice(0, 12)}\``;
    const command =
      'temporal workflow signal --workflow-id changeset/acme/coordinator/12/checkout --name resolve --input';
    expect(text.split('\n')).toEqual([
      `:rotating_light: *checkout* (<${url}|acme/coordinator#12>) needs an operator`,
      'acme/web cannot be read: a &lt; b',
      `• acme/api: \`${api}\` stands, ${main}`,
      `• acme/web: \`${web}\` unreadable, ${main}`,
      '`finish` lands what is missing after new tests, `undo` takes back what stands, `check` looks again after a repair by hand:',
      '```',
      ...['finish', 'undo', 'check'].map((one) => `${command} '{"action":"${one}","by":"&lt;your name&gt;"}'`),
      '```',
    ]);
  });

  it('is told of the first ten repositories where there are many', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({
      ...{ repository: `acme/r${i}`, candidate: commit('c'), standing: 'unreadable' as const },
    }));
    const lines = notification(id, { kind: 'operator', reason: 'x', findings: many }, { url }).split('\n');
    expect(lines.slice(11, 13)).toEqual([`• acme/r9: \`${commit('c').slice(0, 12)}\` unreadable`, '• and 2 more']);
  });
});

describe('the comment on a failure', () => {
  it.each([failed, rolledBack])(
    'says of Lockstep only what it knows: people may have merged a part ($kind)',
    (outcome) => {
      const text = failureComment({
        id,
        outcome: outcome as typeof failed & { kind: 'failed' },
        attempt: '1',
        links: {},
      });
      expect(text).toMatch(
        /Lockstep has left nothing of it on any main|Nothing that Lockstep had landed of it is left on any main/,
      );
      expect(text).not.toMatch(/Nothing of it|No main/);
    },
  );
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

  it('says that one halted before an operator can be asked, and offers nothing for it yet', () => {
    const seen = view(running, [
      one('a', { at: 'halted', reason: 'acme/web cannot be read: it moved' }),
      one('b', end(landed)),
    ]);
    const body = stickyComment(seen, about);
    expect(body).toContain('### 🚨 1 halted · 1 of 2 done');
    expect(body).toContain('| 🚨 halted | `a` |');
    expect(body).toContain('Halted: acme/web cannot be read: it moved. Reads what stands where.');
    expect(body).not.toContain('resolve');
  });

  it('says the position in the queue, who holds the slot, and why it is paused', () => {
    const queue = { position: 2, waiting: 3, holder: 7, paused: { by: 'pam', reason: 'release', since: about.now } };
    const body = stickyComment(view({ at: 'waiting' }, [one('a', { at: 'waiting' })]), { ...about, queue });
    expect(body).toContain('position 2 of 3, behind pull request #7');
    expect(body).toContain('**The queue is paused** by pam since 10:44 UTC: release');
  });

  it('shows why it waits, how far a landing is, and that GitHub keeps it waiting', () => {
    const fence = { changeset: 'changeset/acme/coordinator/9/other', exclusive: false };
    const body = stickyComment(
      view(running, [
        one('a', { at: 'granting', why: 'until other has landed in acme/api' }),
        one('b', { at: 'landing', landed: ['x'], of: 3, since: '2026-01-02T10:40:00Z' }),
        one('c', { at: 'waiting' }, { after: ['a', 'b'] }),
        one('d', { at: 'landing', landed: [], of: 2 }),
        one('d', { at: 'waiting' }, { behind: { ...fence, repositories: ['acme/api', 'acme/other'] } }),
      ]),
      about,
    );
    expect(body).toContain('`d` starts when the landing of `#9/other` in acme/api is settled');
    expect(body).toContain('waits until other has landed in acme/api');
    expect(body).toContain('1 of 3 landed, waiting for GitHub since 10:40 UTC.');
    expect(body).toContain('| Lands in 2 repositories, one after another. |');
    expect(body).toContain('`c` starts when `a`, `b` have ended: they share a repository.');
    const apart = one('e', { at: 'waiting' }, { after: ['a'], members: [{ repository: 'acme/web', branch: 'x' }] });
    const other = stickyComment(view(running, [one('a', { at: 'testing' }), apart]), about);
    expect(other).toContain('`e` starts when `a` has ended: here every changeset goes after the one before it.');
  });

  it('Temporal says the same of the whole pipeline', () => {
    const behind = { changeset: 'changeset/acme/coordinator/9/other', repositories: ['acme/api'], exclusive: false };
    const changesets = [
      one('before', { at: 'waiting' }, { status: 'success' }),
      one('a', end(landed)),
      one('b', { at: 'landing', landed: ['x'], of: 3, since: '2026-01-02T10:40:00Z' }),
      one('c', { at: 'waiting' }, { behind }),
    ];
    expect(pipelineSentence(view(running, changesets))).toBe(
      '1 of 3 changesets have ended. b: 1 of 3 landed, waiting for GitHub since 10:40 UTC. `c` starts when the landing of `#9/other` in acme/api is settled: it would have to be tested again after that.',
    );
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
      ...(['superseded', 'closed', 'draft', 'withdrawn', 'ordinary', 'invalid'] as const).map((why) => ({
        at: 'cancelled' as const,
        why,
      })),
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

  it('names the namespace, where it is not the one that is taken without a word', () => {
    const links = { namespace: 'lockstep' };
    const sticky = stickyComment(view(running, [one('checkout', { at: 'approval' })]), { ...about, links });
    const call = { number: 1, reason: 'half', findings: [] };
    const asked = operatorComment({ id, call, attempt: 'run', links });
    const commands = `${sticky}\n${asked}`.split('\n').filter((line) => line.startsWith('temporal '));
    const verbs = commands.map((command) => words(command).at(7));
    expect(verbs).toEqual(['approve', 'skip', 'skip', 'pause', 'resolve', 'resolve', 'resolve']);
    for (const command of commands) expect(words(command).slice(2, 4)).toEqual(['--namespace', 'lockstep']);
  });

  it('goes through whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '"', '$', '`', '\\', '!', ' ', 'x', '\n') }), (reason) => {
        expect(JSON.parse(words(queueSignal({}, 'pause', { by: 'ann', reason })).at(-1) ?? '')).toEqual({
          by: 'ann',
          reason,
        });
      }),
      { numRuns: 30 },
    );
    const skip = changesetSignal({}, id, { name: 'skip', changeset: 'a.b_c-1', input: { by: "o'hara" } });
    expect(words(skip).at(3)).toBe('changeset/acme/coordinator/12/a.b_c-1');
  });
});
