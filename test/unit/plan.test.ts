/** In which order the changesets of a manifest go, what may start, and when the slot is somebody else's. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Changeset, Outcome } from '../../src/changeset.ts';
import { type Interference, type PlannedChangeset, planChangesets, priorityOf } from '../../src/plan/plan.ts';
import { allEnded, needsSlot, type Phase, type Progress, toStart } from '../../src/plan/progress.ts';

function changeset(name: string, on: string[], more: Partial<Changeset> = {}): Changeset {
  const members = on.map((repository) => ({ repository, branch: 'b' }));
  return { name, priority: 0, approval: 'none', members, line: 1, ...more };
}

const skipped: Outcome = { kind: 'skipped', by: 'sue', reason: 'old' };
const ended: Phase = { at: 'ended', outcome: skipped };
const names = (plan: PlannedChangeset[]) => plan.map((one) => one.name);
const afters = (plan: PlannedChangeset[]) => Object.fromEntries(plan.map((one) => [one.name, one.after]));

describe('changesets go', () => {
  it('by priority, then by their place in the manifest; final ones not again', () => {
    const plan = planChangesets(
      [
        changeset('a', ['x']),
        changeset('b', ['y'], { priority: 5 }),
        changeset('c', ['z'], { status: 'failed' }),
        changeset('d', ['w']),
      ],
      'repositories',
    );
    expect(names(plan)).toEqual(['b', 'a', 'd']);
    expect(priorityOf(plan)).toBe(5);
    expect(priorityOf([])).toBe(0);
  });

  it('after the nearest that share a repository with them, or after the one before where every pair interferes', () => {
    const all = [changeset('a', ['x', 'y']), changeset('b', ['x']), changeset('c', ['z']), changeset('d', ['y', 'x'])];
    expect(afters(planChangesets(all, 'repositories'))).toEqual({ a: [], b: ['a'], c: [], d: ['a', 'b'] });
    expect(afters(planChangesets(all, 'all'))).toEqual({ a: [], b: ['a'], c: ['b'], d: ['c'] });
  });

  it('so that a plan of a thousand that all interfere stays small', () => {
    const many = Array.from({ length: 1300 }, (_, i) => changeset(`changeset-${i}`, ['acme/api']));
    expect(JSON.stringify(planChangesets(many, 'all')).length).toBeLessThan(300_000);
  });
});

describe('a changeset starts', () => {
  const plan = planChangesets(
    [changeset('a', ['x']), changeset('b', ['x']), changeset('c', ['z']), changeset('d', ['w'])],
    'repositories',
  );

  it('when what it waits for has ended, as many at a time as are allowed', () => {
    expect(names(toStart(plan, {}, { parallelism: 2 }))).toEqual(['a', 'c']);
    expect(names(toStart(plan, { a: { at: 'testing' }, c: { at: 'preparing' } }, { parallelism: 2 }))).toEqual([]);
    expect(names(toStart(plan, { a: ended, c: { at: 'preparing' } }, { parallelism: 2 }))).toEqual(['b']);
    expect(names(toStart(plan, {}, { parallelism: 0 }))).toEqual([]);
  });

  it('also while others wait for people: those take no place', () => {
    const progress: Progress = { a: { at: 'approval' }, c: { at: 'operator', reason: 'x' } };
    expect(names(toStart(plan, progress, { parallelism: 1 }))).toEqual(['d']);
  });

  it('not while one further below is at work, though the nearest was skipped', () => {
    const stack = planChangesets([changeset('a', ['x']), changeset('b', ['x']), changeset('c', ['x'])], 'repositories');
    expect(names(toStart(stack, { a: { at: 'testing' }, b: ended }, { parallelism: 4 }))).toEqual([]);
    expect(names(toStart(stack, { a: ended, b: ended }, { parallelism: 4 }))).toEqual(['c']);
  });
});

describe('the slot', () => {
  const plan = planChangesets([changeset('a', ['x']), changeset('b', ['x'])], 'repositories');
  const needed = (a: Phase) => needsSlot(plan, { a });

  it.each<[string, Phase]>([
    ['looks at what stands', { at: 'looking' }],
    ['prepares', { at: 'preparing' }],
    ['tests', { at: 'testing' }],
    ['stages', { at: 'staging' }],
    ['lands', { at: 'landing', landed: [], of: 2 }],
    ['is rolled back', { at: 'rollingBack' }],
    ['has ended, and the next can start', ended],
  ])('is needed while one %s', (_, phase) => {
    expect(needed(phase)).toBe(true);
  });

  it.each<[string, Phase]>([
    ['an approval', { at: 'approval' }],
    ['an operator', { at: 'operator', reason: 'x' }],
    ['what an operator will be shown', { at: 'halted', reason: 'x' }],
    ['a fence', { at: 'granting', why: 'until other has landed in x' }],
    ['GitHub while a finish prepares', { at: 'preparing', half: { of: 2 }, since: '2026-01-01T00:00:00Z' }],
    ['GitHub while a finish is staged', { at: 'staging', half: { of: 2 }, since: '2026-01-01T00:00:00Z' }],
    ['GitHub while it is rolled back', { at: 'rollingBack', since: '2026-01-01T00:00:00Z' }],
    ['GitHub while it looks what stands', { at: 'looking', since: '2026-01-01T00:00:00Z' }],
    ['GitHub in the middle of its landing', { at: 'landing', landed: ['x'], of: 2, since: '2026-01-01T00:00:00Z' }],
  ])('is given back while one waits for %s, and the other for it', (_, phase) => {
    expect(needed(phase)).toBe(false);
  });

  it('is not needed when all have ended', () => {
    expect(needsSlot(plan, { a: ended, b: ended })).toBe(false);
    expect(allEnded(plan, { a: ended, b: ended })).toBe(true);
    expect(allEnded(plan, { a: ended })).toBe(false);
  });
});

it('whatever the manifest, every changeset starts, and no two that share a repository are at work together', () => {
  const repositories = fc.uniqueArray(fc.constantFrom('v', 'w', 'x', 'y', 'z'), { minLength: 1, maxLength: 4 });
  const changesets = fc.array(fc.tuple(repositories, fc.integer({ min: -2, max: 2 })), { maxLength: 12 });
  const interferences = fc.constantFrom<Interference>('repositories', 'all');
  fc.assert(
    fc.property(
      changesets,
      interferences,
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(fc.nat()),
      (all, interference, parallelism, picks) => {
        const plan = planChangesets(
          all.map(([on, priority], i) => changeset(`c${i}`, on, { priority })),
          interference,
        );
        let progress: Progress = {};
        const working: PlannedChangeset[] = [];
        while (!allEnded(plan, progress)) {
          for (const next of toStart(plan, progress, { parallelism })) {
            const clash = working.find(
              (one) =>
                interference === 'all' ||
                one.members.some((member) => next.members.some((its) => its.repository === member.repository)),
            );
            if (clash) throw new Error(`${next.name} started beside ${clash.name}`);
            working.push(next);
            progress = { ...progress, [next.name]: { at: 'testing' } };
          }
          if (working.length > parallelism) throw new Error('too many at work');
          if (!needsSlot(plan, progress)) throw new Error('the slot was given back by one that can go on');
          const [done] = working.splice(picks.next().value % working.length, 1);
          if (done === undefined) throw new Error('nobody works and not all have ended');
          progress = { ...progress, [done.name]: ended };
        }
      },
    ),
    { numRuns: 300 },
  );
});
