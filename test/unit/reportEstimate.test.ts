/** The time that a pipeline still takes, as people read it. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Phase } from '../../src/plan/progress.ts';
import { checkOf } from '../../src/report/check.ts';
import { testsLeft, timeLeft } from '../../src/report/estimate.ts';
import { headline, stickyComment } from '../../src/report/sticky.ts';
import type { ChangesetView, PipelineStage, PipelineView } from '../../src/report/view.ts';

const MINUTE = 60_000;
const NOW = '2026-01-02T10:44:00.000Z';
const samples = [4 * MINUTE, 5 * MINUTE, 9 * MINUTE];
const running: PipelineStage = { at: 'running' };

function one(name: string, phase: Phase, more: Partial<ChangesetView> = {}): ChangesetView {
  return { name, line: 3, phase, members: [], after: [], ...more };
}

function testing(name: string, minutes: number): ChangesetView {
  const startedAt = new Date(Date.parse(NOW) - minutes * MINUTE).toISOString();
  return one(name, { at: 'testing' }, { tests: { startedAt } });
}

function view(changesets: ChangesetView[], about: Partial<PipelineView> = {}): PipelineView {
  const pinned = { coordinator: 'acme/coordinator', pullRequest: 12, manifest: 'changesets/x.yaml', head: '1' };
  return { ...pinned, stage: running, parallelism: 2, changesets, refusals: [], ...about };
}

const head = (shown: PipelineView, of: readonly number[] = samples) =>
  headline(shown, { links: {}, now: NOW, samples: of });

describe('one run', () => {
  it('takes the median of those that lasted longer than it has', () => {
    expect(testsLeft(samples)).toBe(5 * MINUTE);
    expect(testsLeft(samples, 4.5 * MINUTE)).toBe(0.5 * MINUTE);
    expect(testsLeft(samples, 6 * MINUTE)).toBe(3 * MINUTE);
  });

  it('is no guess without an earlier one that lasted so long', () => {
    expect(testsLeft([])).toBeUndefined();
    expect(testsLeft(samples, 9 * MINUTE)).toBeUndefined();
  });

  it('is never over before it has begun, and its whole never shorter than what has passed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e7 })), fc.integer({ min: 0, max: 1e7 }), (of, elapsed) => {
        const left = testsLeft(of, elapsed);
        if (left === undefined) expect(of.every((sample) => sample <= elapsed)).toBe(true);
        else expect(left).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a pipeline', () => {
  const left = (shown: PipelineView, of: readonly number[] = samples) => timeLeft(shown, { now: NOW, samples: of });
  const waiting = (name: string, ...after: string[]) => one(name, { at: 'waiting' }, { after });

  it('tests so many side by side, and the rest after them', () => {
    expect(left(view([waiting('a'), waiting('b')]))).toBe(5 * MINUTE);
    expect(left(view([waiting('a'), waiting('b'), waiting('c')]))).toBe(10 * MINUTE);
    expect(left(view([waiting('a'), waiting('b'), waiting('c')], { parallelism: 3 }))).toBe(5 * MINUTE);
  });

  it('tests what interferes one after another, however many could go side by side', () => {
    expect(left(view([waiting('a'), waiting('b', 'a'), waiting('c', 'b')], { parallelism: 9 }))).toBe(15 * MINUTE);
  });

  it('has what runs behind it already, and what has ended entirely', () => {
    const ended = one('old', { at: 'ended', outcome: { kind: 'landed', members: [] } });
    expect(left(view([ended, testing('a', 3), waiting('b', 'a')]))).toBe(7 * MINUTE);
  });

  it('does not count what waits for people, nor what waits for that', () => {
    expect(left(view([one('a', { at: 'approval' }), waiting('b', 'a'), waiting('c', 'b')]))).toBe('none');
    expect(left(view([one('a', { at: 'approval' }), waiting('b', 'a'), waiting('c')]))).toBe(5 * MINUTE);
  });

  it('does not count what waits behind the landing of another pull request', () => {
    const fence = { changeset: 'changeset/acme/coordinator/3/x', repositories: ['acme/api'], exclusive: false };
    expect(left(view([one('a', { at: 'waiting' }, { behind: fence }), waiting('b', 'a')]))).toBe('none');
  });

  it('takes an unknown time while nothing says how long', () => {
    expect(left(view([waiting('a')]), [])).toBe('unknown');
    expect(left(view([testing('a', 30), waiting('b')]))).toBe('unknown');
    expect(left(view([one('a', { at: 'landing', landed: [], of: 2 })]), [])).toBe('none');
  });
});

describe('what people read', () => {
  it('is in the headline and the title of the check, in minutes', () => {
    const shown = view([testing('a', 3)]);
    expect(head(shown)).toBe('⏳ Testing 1 changeset · 0 of 1 done · about 2 min left, until 10:46 UTC');
    expect(checkOf(shown, { links: {}, now: NOW, samples }).title).toContain('about 2 min left, until 10:46 UTC');
    expect(head(view([testing('a', 8.9)]))).toContain('· less than a minute left, until 10:44 UTC');
    expect(head(view([one('a', { at: 'waiting' })]), [125 * MINUTE])).toContain('about 2 h 5 min left');
  });

  it('is told to be unknown without samples', () => {
    expect(head(view([testing('a', 3)]), [])).toBe('⏳ Testing 1 changeset · 0 of 1 done · time left unknown');
  });

  it('of a pipeline that waits in the queue counts from its beginning', () => {
    const shown = view([one('a', { at: 'waiting' })], { stage: { at: 'waiting' } });
    expect(head(shown)).toMatch(/^⏳ Waits in the queue · .* · about 5 min once it begins$/);
  });

  it('is silent when no test is left', () => {
    expect(head(view([one('a', { at: 'approval' })]), [])).toBe('⏳ 1 waits for approval · 0 of 1 done');
    expect(head(view([], { stage: { at: 'merged' } }))).not.toContain('left');
  });

  it('names in the row of a running test how long one usually takes', () => {
    const body = (of: readonly number[]) =>
      stickyComment(view([testing('a', 3)]), { links: {}, now: NOW, samples: of });
    expect(body(samples)).toContain('| running since 10:41 UTC, usually 5m0s |');
    expect(body([])).toContain('| running since 10:41 UTC |');
  });
});
