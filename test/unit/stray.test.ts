/** Which candidates may stand, and which fences may stay, once their changeset has ended. */
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/changeset.ts';
import { mayHoldFences, mayStand, type StrayFacts, strayOf } from '../../src/landing/stray.ts';
import { TWO } from '../support/landings.ts';

const landed: Outcome = { kind: 'landed', members: TWO.members };
const notLanded: Outcome[] = [
  { kind: 'failed', reason: { kind: 'refused', sentences: [] } },
  { kind: 'rolledBack', reason: 'why', reverted: [] },
  { kind: 'skipped', by: 'sue', reason: 'no' },
  { kind: 'stopped', why: 'closed' },
];
const ended = notLanded.map((outcome): StrayFacts['latest'] => ({ kind: 'completed', outcome }));
const verdict = (facts: StrayFacts, repository = 'acme/api') => mayStand(facts, repository);

describe('a candidate', () => {
  it('may stand where its changeset has landed, and nowhere else', () => {
    const latest = { kind: 'completed', outcome: landed } as const;
    expect(verdict({ latest })).toBe('yes');
    expect(verdict({ latest }, 'acme/docs')).toBe('no');
  });

  it('is looked at later while its changeset runs', () => {
    expect(verdict({ latest: { kind: 'running' }, phase: 'landing' })).toBe('later');
  });

  it('is nobody’s any more when Temporal has forgotten its changeset', () => {
    expect(verdict({ latest: { kind: 'forgotten' } })).toBe('yes');
  });

  it.each([{ kind: 'lost' } as const, ...ended])('may not stand after an end like %j', (latest) => {
    expect(verdict({ latest })).toBe('no');
    expect(verdict({ latest, phase: 'ended' })).toBe('no');
  });

  it('is left to the pipeline that has yet to hear of the end', () => {
    expect(verdict({ latest: { kind: 'lost' }, phase: 'landing' })).toBe('later');
  });
});

describe('a run for what stands', () => {
  const [api, docs] = [
    { repository: 'acme/api', branch: 'a' },
    { repository: 'acme/docs', branch: 'd' },
  ];
  const other = { repository: 'acme/api', branch: 'another' };

  it('looks at its own members and at whatever else of it was seen, once each', () => {
    expect(strayOf([api], [], { kind: 'lost' })).toStrictEqual({ members: [api] });
    expect(strayOf([api], [other, docs, docs], { kind: 'lost' })).toStrictEqual({ members: [api, docs] });
  });

  it('knows as which it had ended, where it had', () => {
    const latest = { kind: 'completed', outcome: landed } as const;
    expect(strayOf([api], [], latest)).toStrictEqual({ members: [api], recorded: landed });
    expect(strayOf([api], [], { kind: 'running' })).toStrictEqual({ members: [api] });
  });
});

describe('fences', () => {
  it.each([
    [{ latest: { kind: 'running' } }, true],
    [{ latest: { kind: 'forgotten' } }, true],
    [{ latest: { kind: 'lost' }, phase: 'landing' }, true],
    [{ latest: { kind: 'lost' }, phase: 'ended' }, false],
    [{ latest: { kind: 'lost' } }, false],
    [{ latest: { kind: 'completed', outcome: landed } }, false],
  ] as const)('of %j may stay: %s', (facts, may) => {
    expect(mayHoldFences(facts)).toBe(may);
  });
});
