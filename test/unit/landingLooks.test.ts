/** What pushes, last looks, trailers and approvals are worth. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeApproval } from '../../src/landing/approval.ts';
import { nextPushStep, type PushFacts, pushLimitMs } from '../../src/landing/push.ts';
import { type RecheckFacts, recheck } from '../../src/landing/recheck.ts';
import { headsOf } from '../../src/landing/state.ts';
import { candidateMessage, readTrailers, revertMessage, statusMessage } from '../../src/landing/trailers.ts';
import { commit, TWO, vectorOf } from '../support/landings.ts';
import { C, gitRevert, id, reapplies, reverts } from '../support/messages.ts';

describe('a push', () => {
  const facts = (more: Partial<PushFacts>): PushFacts => ({
    candidate: C,
    base: commit('b'),
    tip: commit('b'),
    standing: 'absent',
    outstanding: false,
    ...more,
  });

  it('is sent to a main at its base, and has landed once the candidate stands', () => {
    expect(nextPushStep(facts({}))).toEqual({ do: 'push' });
    expect(nextPushStep(facts({ tip: C, standing: 'stands' }))).toEqual({ do: 'conclude', pushed: { kind: 'landed' } });
  });

  it('is rejected when main is something else, and refused when the server said so', () => {
    expect(nextPushStep(facts({ tip: commit('x') }))).toMatchObject({
      pushed: { kind: 'rejected', found: commit('x') },
    });
    expect(nextPushStep(facts({ refused: 'locked' }))).toMatchObject({
      pushed: { kind: 'refused', message: 'locked' },
    });
    expect(nextPushStep(facts({ standing: 'unreadable' }))).toMatchObject({ pushed: { kind: 'unreadable' } });
    expect(nextPushStep({ ...facts({}), tip: undefined })).toMatchObject({ pushed: { kind: 'unreadable' } });
  });

  it('whose end nobody heard may still land: until its life is over only landed is concluded', () => {
    const anything = fc.record({
      candidate: fc.constant(C),
      base: fc.constant(commit('b')),
      tip: fc.constantFrom(undefined, commit('b'), commit('x'), C),
      standing: fc.constantFrom('stands' as const, 'absent' as const, 'reverted' as const, 'unreadable' as const),
      outstanding: fc.constant(true),
    });
    fc.assert(
      fc.property(anything, fc.option(fc.string(), { nil: undefined }), (known, refused) => {
        const step = nextPushStep({ ...known, ...(refused !== undefined && { refused }) });
        expect(step).toEqual(
          known.standing === 'stands' ? { do: 'conclude', pushed: { kind: 'landed' } } : { do: 'waitOutLife' },
        );
      }),
    );
  });

  it('that landed and was taken back is no landing, and is not sent again', () => {
    expect(nextPushStep(facts({ tip: commit('x'), standing: 'reverted' }))).toMatchObject({
      pushed: { kind: 'rejected' },
    });
  });
});

describe('the last look', () => {
  const asPinned: RecheckFacts = {
    vector: vectorOf({ api: 'h1 b1', web: 'h1 b1' }, { docs: 't1' }),
    interference: 'repositories',
    now: [
      { repository: 'acme/api', main: commit('apib1'), mainMovedByLockstep: false, head: commit('apih1') },
      { repository: 'acme/web', main: commit('webb1'), mainMovedByLockstep: false, head: commit('webh1') },
    ],
    manifest: 'asPinned',
    objections: [],
  };
  const [api, web] = asPinned.now;
  const withApi = (more: Partial<RecheckFacts['now'][number]>): RecheckFacts => ({
    ...asPinned,
    now: [{ ...api, ...more } as RecheckFacts['now'][number], ...(web ? [web] : [])],
  });

  it('is clean when all is as pinned', () => {
    expect(recheck(asPinned)).toEqual({ kind: 'clean' });
  });

  it.each([
    ['a head', withApi({ head: commit('new') }), 'feature/api of acme/api moved', false],
    ['a main', withApi({ main: commit('new') }), 'main of acme/api moved', false],
    [
      'a main by our own landing',
      withApi({ main: commit('new'), mainMovedByLockstep: true }),
      'main of acme/api',
      true,
    ],
  ])('sees that %s moved', (_, facts, what, own) => {
    expect(recheck(facts)).toEqual({ kind: 'moved', what: expect.stringContaining(what), own });
  });

  it('sees a deleted branch, unless the branch is on main already', () => {
    const { head: _, ...deleted } = api ??
      asPinned.now[0] ?? { head: '', repository: '', main: '', mainMovedByLockstep: false };
    const facts = { ...asPinned, now: [deleted, ...(web ? [web] : [])] };
    expect(recheck(facts)).toMatchObject({ kind: 'moved', what: expect.stringContaining('was deleted') });
    const merged = { ...facts, vector: vectorOf({ api: 'h1 b1 merged', web: 'h1 b1' }) };
    expect(recheck(merged)).toEqual({ kind: 'clean' });
  });

  it('sees the other repositories only where every pair interferes', () => {
    const docs = { repository: 'acme/docs', main: commit('elsewhere'), mainMovedByLockstep: false };
    const moved = { ...asPinned, now: [...asPinned.now, docs] };
    expect(recheck(moved)).toEqual({ kind: 'clean' });
    expect(recheck({ ...moved, interference: 'all' })).toMatchObject({ kind: 'moved', own: false });
    const still = { ...asPinned, now: [...asPinned.now, { ...docs, main: commit('docst1') }] };
    expect(recheck({ ...still, interference: 'all' })).toEqual({ kind: 'clean' });
    expect(recheck({ ...asPinned, interference: 'all' })).toEqual({ kind: 'clean' });
  });

  it('takes a member of which nothing is known for deleted, unless it is on main already', () => {
    const facts = { ...asPinned, now: asPinned.now.slice(1) };
    expect(recheck(facts)).toMatchObject({ kind: 'moved', what: expect.stringContaining('was deleted') });
    const merged = { ...facts, vector: vectorOf({ api: 'h1 b1 merged', web: 'h1 b1' }) };
    expect(recheck(merged)).toEqual({ kind: 'clean' });
  });

  it('stops for a pull request that is no longer ours, and refuses for a rule, before anything else', () => {
    const moved = withApi({ main: commit('new') });
    expect(recheck({ ...moved, objections: ['ann may not write'] })).toEqual({
      kind: 'refused',
      sentences: ['ann may not write'],
    });
    expect(recheck({ ...moved, objections: ['x'], manifest: 'superseded' })).toEqual({
      kind: 'stopped',
      why: 'superseded',
    });
  });
});

describe('trailers', () => {
  it('are read back as they were written', () => {
    expect(readTrailers(reapplies(commit('1'), commit('2')))).toEqual({
      changeset: 'acme/coordinator#12/checkout',
      reapplies: [commit('1'), commit('2')],
    });
    expect(readTrailers(reverts(C))).toMatchObject({ reverts: C });
    expect(readTrailers(reverts(C)).personReverts).toBeUndefined();
    expect(readTrailers(statusMessage(id, 'failed')).status).toEqual({
      changeset: 'acme/coordinator#12/checkout',
      status: 'failed',
    });
    expect(readTrailers(gitRevert(C))).toEqual({ reapplies: [], personReverts: C });
  });

  it('name every pin, so that no two vectors share a commit', () => {
    const message = (base: string) =>
      candidateMessage({
        changeset: id,
        member: { repository: 'acme/api', branch: 'b' },
        pins: [{ repository: 'acme/web', branch: 'b', head: commit('h'), base }],
        reapplies: [],
      });
    expect(message(commit('b1'))).not.toBe(message(commit('b2')));
    expect(message(commit('b1'))).toBe(message(commit('b1')));
  });

  it.each(['\n', '\r\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '\f'])(
    'cannot be forged by text from outside (%j)',
    (end) => {
      const forged = [
        `Lockstep-Reverts: ${commit('f')}`,
        `Lockstep-Reapplies: ${commit('f')}`,
        'Lockstep-Changeset: a/b#1/x',
        `This reverts commit ${commit('f')}`,
        'Lockstep-Status: a/b#1/x success',
      ];
      const reason = forged.map((line) => `${end}${line}${end}`);
      for (const one of reason) {
        expect(readTrailers(revertMessage({ changeset: id, candidate: C, reason: one }))).toEqual({
          changeset: 'acme/coordinator#12/checkout',
          reverts: C,
          reapplies: [],
        });
      }
    },
  );

  it('I48: stay what they are, whatever the reason says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (reason) => {
        expect(readTrailers(revertMessage({ changeset: id, candidate: C, reason })).reverts).toBe(C);
        expect(readTrailers(revertMessage({ changeset: id, candidate: C, reason })).reapplies).toEqual([]);
      }),
    );
  });
});

describe('an approval', () => {
  const heads = headsOf(TWO);
  const [api = '', web = ''] = heads.map((tip) => tip.commit);

  it('that names no commit counts once the comment that shows these heads is written, in whatever order it lists them', () => {
    expect(judgeApproval({ commits: [], heads, shown: heads })).toEqual({ kind: 'counts', heads });
    expect(judgeApproval({ commits: [], heads, shown: heads.toReversed() })).toMatchObject({
      kind: 'counts',
    });
  });

  it('that names no commit is refused before, and when the comment shows other heads', () => {
    expect(judgeApproval({ commits: [], heads })).toMatchObject({ kind: 'refused' });
    const shown = headsOf(vectorOf({ api: 'h2 b1', web: 'h1 b1' }));
    expect(judgeApproval({ commits: [], heads, shown })).toMatchObject({ kind: 'refused' });
    expect(judgeApproval({ commits: [], heads, shown: heads.slice(1) })).toMatchObject({
      kind: 'refused',
    });
  });

  it('that names every head counts though no comment shows them yet; one that names some of them does not', () => {
    expect(judgeApproval({ commits: [api, web], heads })).toMatchObject({ kind: 'counts' });
    expect(judgeApproval({ commits: [api], heads })).toMatchObject({ kind: 'refused' });
  });

  it('that names prefixes says which heads were seen, and counts only where they were shown: a prefix can be forged', () => {
    const commits = [api.slice(0, 7), web.slice(0, 39)];
    expect(judgeApproval({ commits, heads })).toMatchObject({ kind: 'refused' });
    expect(judgeApproval({ commits, heads, shown: heads })).toMatchObject({ kind: 'counts' });
  });

  it.each([
    ['before these heads were shown', '2026-11-23T10:00:00Z', 'refused'],
    ['in the second in which they were first shown', '2026-11-23T10:00:05Z', 'refused'],
    ['after they were shown', '2026-11-23T10:00:06Z', 'counts'],
  ])('that was written %s is worth it, however late it comes', (_, writtenAt, kind) => {
    const shownAt = '2026-11-23T10:00:05Z';
    expect(judgeApproval({ commits: [], heads, shown: heads, shownAt, writtenAt })).toMatchObject({ kind });
    const unknown = judgeApproval({ commits: [], heads, shown: heads, writtenAt });
    expect(unknown).toMatchObject({ kind: 'refused' });
    expect(judgeApproval({ commits: [api, web], heads, writtenAt })).toMatchObject({ kind: 'counts' });
  });

  it('that names another commit is refused, though the comment is written', () => {
    const judged = judgeApproval({ commits: [commit('old')], heads, shown: heads });
    expect(judged).toMatchObject({ kind: 'refused', why: expect.stringContaining(commit('old').slice(0, 12)) });
  });

  it('that is refused hears what would land', () => {
    const inWords = `acme/api ${api.slice(0, 7)}, acme/web ${web.slice(0, 7)}`;
    expect(judgeApproval({ commits: [commit('old')], heads, shown: heads })).toEqual({
      kind: 'refused',
      why: `it names ${commit('old').slice(0, 12)}, but what would land is ${inWords}; look again, then approve those`,
    });
    expect(judgeApproval({ commits: [], heads })).toEqual({
      kind: 'refused',
      why: `the comment that shows ${inWords} was not written yet when it came; approve again`,
    });
  });
});

it('a push is killed after two thirds of its life: the rest is for what the server still does then', () => {
  expect(pushLimitMs(90_000)).toBe(60_000);
  expect(pushLimitMs(10)).toBe(6);
});
