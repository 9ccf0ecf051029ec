/** Landings that were rejected or lost sight of after the first push (PROTOCOL 7–9), and what operators make of them. */
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/changeset.ts';
import { beginning, holdsGrant, type LandingState } from '../../src/landing/state.ts';
import type { Orders } from '../../src/landing/steps.ts';
import { came, commit, decided, findings, outcomeOf, storyOf, THREE, TWO, vectorOf } from '../support/landings.ts';

describe('a landing that is rejected for certain', () => {
  it('with nothing landed is void: its fences are free, and it begins again', () => {
    const story = decided(THREE);
    const state = story.hears(came.rejected('api'));
    expect(state).toMatchObject({ at: 'pinning', round: 2, moves: 1 });
    expect(holdsGrant(state)).toBe(false);
  });

  it('with nothing landed gives up at the fourth time', () => {
    const story = decided(TWO);
    for (let time = 1; time <= 3; time++) {
      story.hears(came.rejected('api'), came.ready(TWO), came.staged, came.granted, came.clean);
    }
    const state = story.hears(came.rejected('api'));
    expect(outcomeOf(state)).toMatchObject({ kind: 'failed', reason: { kind: 'moved', times: 4 } });
  });

  it('with nothing landed fails with GitHub’s words when it is refused in the same words twice', () => {
    const story = decided(TWO);
    const words = (id: string) => `protected branch hook declined ${commit(id)}`;
    expect(story.hears(came.refused('api', words('1')))).toMatchObject({ at: 'pinning', moves: 1 });
    story.hears(came.ready(vectorOf({ api: 'h1 b2', web: 'h1 b1' })));
    story.hears(came.green, came.staged, came.granted, came.clean);
    const reason = { kind: 'landingRefused', repository: 'acme/api', message: words('2') };
    expect(outcomeOf(story.hears(came.refused('api', words('2'))))).toEqual({ kind: 'failed', reason });
  });

  it.each([
    ['other words', came.refused('api', 'something else')],
    ['another repository', came.refused('web', 'a rule')],
  ])('with nothing landed begins again when the next refusal is one of %s', (_, next) => {
    const story = decided(TWO);
    story.hears(came.refused('api', 'a rule'), came.ready(TWO), came.staged, came.granted, came.clean);
    expect(story.hears(next)).toMatchObject({ at: 'pinning', round: 3, moves: 2 });
  });

  it('after another landed is read everywhere before anything is reverted, reverted, verified, and said', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'));
    expect(story.step()).toMatchObject({ do: 'survey' });
    story.hears(came.survey(THREE, { api: 'stands' }));
    expect(story.step()).toMatchObject({ do: 'revert', repository: 'acme/api' });
    story.hears(came.reverted('api'));
    expect(story.step()).toMatchObject({ do: 'verify' });
    const state = story.hears(came.verify(THREE, { api: 'reverted' }));
    expect(outcomeOf(state)).toEqual({
      kind: 'rolledBack',
      reason: `main of acme/docs became ${commit('somebody').slice(0, 7)} just before the landing`,
      reverted: [{ repository: 'acme/api', commit: commit('undoapi') }],
    });
  });

  it('is reverted wherever it stands, also where nobody knew that it had landed', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'stands' }));
    expect(story.step()).toMatchObject({ do: 'revert', repository: 'acme/api' });
    expect(story.hears(came.reverted('api'))).toMatchObject({ at: 'compensating', toRevert: ['acme/web'] });
    expect(story.hears(came.reverted('web')).at).toBe('verifying');
  });

  it('has landed after all when all of it is seen to stand', () => {
    const story = decided(TWO);
    const all = { api: 'stands', web: 'stands' } as const;
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, all));
    expect(outcomeOf(story.hears(came.verify(TWO, all)))).toMatchObject({ kind: 'landed' });
  });

  it('names a revert that was pushed though nobody heard so: the last look finds it', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }), came.notStanding('api'));
    const seen = findings(TWO, { api: 'reverted' }).map((one) =>
      one.repository === 'acme/api' ? { ...one, revertedBy: commit('bots') } : one,
    );
    expect(outcomeOf(story.hears({ of: 'verify', findings: seen }))).toMatchObject({
      kind: 'rolledBack',
      reverted: [{ repository: 'acme/api', commit: commit('bots') }],
    });
  });

  it('is rolled back without reverts when somebody was faster', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }), came.notStanding('api'));
    const state = story.hears(came.verify(TWO, { api: 'reverted' }));
    expect(outcomeOf(state)).toMatchObject({ kind: 'rolledBack', reverted: [] });
  });
});

describe('what Lockstep had made and lost', () => {
  it.each([
    ['while it is tested', [], came.missing('acme/api has no such commit')],
    ['before it is staged', [came.green], came.stageLost('acme/api has no such commit')],
  ] as const)('%s is made and tested again, which is nobody’s move', (_, heard, last) => {
    const story = storyOf();
    story.hears(came.ready(TWO), ...heard);
    expect(story.hears(last)).toMatchObject({ at: 'pinning', round: 2, moves: 0, losses: 1 });
    expect(story.hears(came.ready(vectorOf({ api: 'h1 b1 other', web: 'h1 b1' }))).at).toBe('testing');
  });

  it('four times fails it, and says so', () => {
    const story = storyOf();
    for (let time = 1; time <= 3; time++) story.hears(came.ready(TWO), came.missing('gone'));
    const state = story.hears(came.ready(TWO), came.missing('gone'));
    expect(outcomeOf(state)).toEqual({ kind: 'failed', reason: { kind: 'lost', times: 4, last: 'gone' } });
  });

  it('four times during a finish gives the half landing back', () => {
    const story = halted();
    story.hears(came.resolve('finish'), came.turn);
    for (let time = 1; time <= 4; time++) story.hears(came.ready(TWO), came.missing('gone'));
    expect(story.looks()).toMatchObject({ at: 'operator', reason: expect.stringContaining('gone') });
  });
});

describe('an operator is asked, and the fences are kept,', () => {
  const expectOperator = (state: LandingState, reason: RegExp) => {
    expect(state).toMatchObject({ at: 'operator', reason: expect.stringMatching(reason) });
    expect(holdsGrant(state)).toBe(true);
    expect(outcomeOf(state)).toBeUndefined();
  };

  it('when a repository cannot be read while it lands', () => {
    const story = decided(TWO);
    story.hears(came.unreadable('api'));
    expectOperator(story.looks({ api: 'unreadable' }), /acme\/api cannot be read/);
  });

  it('when a tested commit is lost while it lands, and cannot be made again', () => {
    const story = decided(TWO);
    story.hears(came.lost('api', 'the merge commit was lost'));
    expectOperator(story.looks(), /merge commit was lost/);
  });

  it('when a repository cannot be read before the reverts: nothing is reverted', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'));
    expectOperator(story.hears(came.survey(THREE, { api: 'stands', web: 'unreadable' })), /acme\/web cannot be read/);
  });

  it('when a revert does not apply', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }));
    story.hears(came.impossible('api', 'it conflicts'));
    expectOperator(story.looks({ api: 'stands' }), /could not be reverted: it conflicts/);
  });

  it.each(['absent', 'reverted', 'unreadable'] as const)('when a landed member is %s at the end', (standing) => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.landed('web'));
    expectOperator(story.hears(came.verify(TWO, { api: 'stands', web: standing })), /not every repository/);
  });

  it.each(['stands', 'unreadable'] as const)('when a reverted member %s at the end', (standing) => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }), came.reverted('api'));
    expectOperator(story.hears(came.verify(TWO, { api: standing })), /not every main is free/);
  });
});

describe('a run that is begun for what stands after an end', () => {
  const recorded: Outcome = { kind: 'failed', reason: { kind: 'refused', sentences: ['ended by hand'] } };
  const story = () => storyOf({ from: beginning({ members: [], recorded }) });

  it('holds the fences while it looks, and can be neither skipped nor stopped', () => {
    expect(holdsGrant(story().state())).toBe(true);
    expect(story().step()).toEqual({ do: 'look', members: [] });
    const skipped = story().hearsWith({ skip: { by: 'sue', reason: 'no' }, stop: 'closed' }, came.stands(TWO, {}));
    expect(skipped.at).toBe('operator');
  });

  it('tests and lands nothing where nothing stands: its end stays what it was', () => {
    const looked = story();
    expect(looked.hears(came.clear)).toMatchObject({ at: 'ended', outcome: recorded });
    expect(holdsGrant(looked.state())).toBe(false);
    const unknown = storyOf({ from: beginning({ members: [] }) });
    expect(outcomeOf(unknown.hears(came.clear))).toEqual({ kind: 'failed', reason: { kind: 'cutOff' } });
  });

  it('leaves alone what landed and stands as it was written down, but nothing beside it', () => {
    const all = came.stands(TWO, { api: 'stands', web: 'stands' });
    const landed: Outcome = { kind: 'landed', members: TWO.members };
    const asRecorded = storyOf({ from: beginning({ members: [], recorded: landed }) });
    expect(asRecorded.hears(all)).toMatchObject({ at: 'ended', outcome: landed });
    const less: Outcome = { kind: 'landed', members: TWO.members.slice(1) };
    expect(storyOf({ from: beginning({ members: [], recorded: less }) }).hears(all).at).toBe('operator');
  });

  it('is told as failed where the run before was cut off, which told nobody', () => {
    const cutOff = storyOf({ from: beginning({ members: [] }) });
    const outcome = { kind: 'failed', reason: { kind: 'cutOff' } };
    expect(cutOff.hears(came.clear)).toMatchObject({ at: 'cleaning', outcome });
  });

  it.each([
    ['some of it', { api: 'stands' }],
    ['all of it', { api: 'stands', web: 'stands' }],
  ] as const)('asks an operator where %s stands, who can finish and undo it', (_, standings) => {
    const looked = story();
    expect(looked.hears(came.stands(TWO, standings))).toMatchObject({
      at: 'operator',
      reason: 'it had ended as failed, but commits of it stand on a main',
      findings: findings(TWO, standings),
    });
    looked.hears(came.resolve('undo'), came.turn);
    expect(looked.hears(came.survey(TWO, standings))).toMatchObject({ at: 'compensating' });
  });
});

describe('a run after one that was ended by hand', () => {
  const story = () => storyOf({ from: beginning({ members: [], wanted: true }) });
  const skip = { by: 'sue', reason: 'no' };

  it('begins anew where nothing stands, and is skipped then where people had said so', () => {
    const looked = story();
    expect(looked.hearsWith({ skip }, came.clear).at).toBe('pinning');
    expect(holdsGrant(looked.state())).toBe(false);
    expect(looked.hearsWith({ skip }, came.interrupted)).toMatchObject({ outcome: { kind: 'skipped', ...skip } });
  });

  it('has landed where all of it stands, whatever was said since', () => {
    const looked = story();
    const all = { api: 'stands', web: 'stands' } as const;
    expect(looked.hearsWith({ skip }, came.stands(TWO, all)).at).toBe('verifying');
    expect(outcomeOf(looked.hears(came.verify(TWO, all)))).toMatchObject({ kind: 'landed' });
  });

  it('asks an operator where a part of it stands', () => {
    expect(story().hearsWith({ skip }, came.stands(TWO, { api: 'stands' }))).toMatchObject({
      at: 'operator',
      findings: findings(TWO, { api: 'stands' }),
    });
  });
});

/** api stands, web does not. */
function halted() {
  const story = decided(TWO);
  story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands', web: 'unreadable' }));
  return story;
}

describe('an operator', () => {
  it('who asks to undo has every standing candidate reverted', () => {
    const story = halted();
    story.hears(came.resolve('undo'), came.turn);
    expect(story.step()).toMatchObject({ do: 'survey', settle: true });
    story.hears(came.survey(TWO, { api: 'stands' }), came.reverted('api'));
    const state = story.hears(came.verify(TWO, { api: 'reverted' }));
    expect(outcomeOf(state)).toMatchObject({ kind: 'rolledBack', reason: 'olga asked for it to be undone' });
  });

  it('who asks to undo what is whole by now still gets it undone', () => {
    const story = halted();
    story.hears(came.resolve('undo'), came.turn, came.survey(TWO, { api: 'stands', web: 'stands' }));
    expect(story.state()).toMatchObject({ at: 'compensating', toRevert: ['acme/api', 'acme/web'] });
  });

  it('who repaired it by hand is believed as far as it is seen', () => {
    const whole = halted();
    whole.hears(came.resolve('check'));
    expect(whole.step()).toMatchObject({ do: 'survey', settle: true });
    expect(outcomeOf(whole.hears(came.survey(TWO, { api: 'stands', web: 'stands' })))).toMatchObject({
      kind: 'landed',
    });

    const gone = halted();
    gone.hears(came.resolve('check'));
    expect(outcomeOf(gone.hears(came.survey(TWO, { api: 'reverted' })))).toMatchObject({ kind: 'rolledBack' });

    const half = halted();
    half.hears(came.resolve('check'));
    expect(half.hears(came.survey(TWO, { api: 'stands' }))).toMatchObject({ at: 'operator' });
    const unread = halted();
    unread.hears(came.resolve('check'));
    expect(unread.hears(came.survey(TWO, { api: 'stands', web: 'unreadable' }))).toMatchObject({ at: 'operator' });
  });
});

describe('a check that is not true', () => {
  const why = `acme/web cannot be read, so that nothing can be said about the landing there (main of acme/web became ${commit('somebody').slice(0, 7)} just before the landing)`;

  it.each([
    ['absent', 'acme/web does not show it (absent), acme/api shows it'],
    ['unreadable', 'acme/web cannot be read, acme/api shows it'],
  ] as const)('says which repositories speak against it: one is %s', (standing, found) => {
    const story = halted();
    const state = story.hears(came.resolve('check'), came.survey(TWO, { api: 'stands', web: standing }));
    expect(state).toMatchObject({ at: 'operator', reason: `check by olga: ${found} (${why})` });
  });

  it('and another one are not told within each other, and what is undone in the end was for the first reason', () => {
    const story = halted();
    const half = came.survey(TWO, { api: 'reverted', web: 'stands' });
    const state = story.hears(came.resolve('check'), half, came.resolve('check'), half);
    const reason = `check by olga: acme/api does not show it (reverted), acme/web shows it (${why})`;
    expect(state).toMatchObject({ at: 'operator', reason });
    expect(outcomeOf(story.hears(came.resolve('check'), came.survey(TWO, { api: 'reverted' })))).toMatchObject({
      kind: 'rolledBack',
      reason: `olga undid it by hand: ${why}`,
    });
  });
});

describe('an operator who asks to finish', () => {
  const missing = vectorOf({ api: 'h1 b1 landed', web: 'h1 b9' });

  it('has the missing members tested with the landed ones, landed under the fences kept all along, and all verified', () => {
    const story = halted();
    story.hears(came.resolve('finish'), came.turn);
    expect(story.step()).toMatchObject({ do: 'prepare', finishing: { by: 'olga', halted: TWO } });
    // Also when the very same vector was green before.
    expect(halted().hears(came.resolve('finish'), came.turn, came.ready(TWO)).at).toBe('testing');
    expect(story.hears(came.ready(missing)).at).toBe('testing');
    story.hears(came.green, came.staged);
    expect(story.step()).toMatchObject({ do: 'recheck', finishing: true });
    story.hears(came.clean);
    expect(story.step()).toMatchObject({ do: 'push', repository: 'acme/web' });
    const state = story.hears(came.landed('web'));
    expect(state).toMatchObject({ at: 'verifying', vector: { members: [{ alreadyMerged: false }, {}] } });
    expect(outcomeOf(story.hears(came.verify(TWO, { api: 'stands', web: 'stands' })))).toMatchObject({
      kind: 'landed',
    });
  });

  it('asks no one for another approval, and no command stops it', () => {
    const story = halted();
    story.hears(came.resolve('finish'), came.turn);
    const orders: Orders = { skip: { by: 'sue', reason: 'no' }, stop: 'closed', recall: true };
    for (const result of [came.ready(missing), came.green, came.staged, came.clean]) {
      expect(holdsGrant(story.hearsWith(orders, result))).toBe(true);
    }
    expect(story.state().at).toBe('landing');
  });

  it.each([
    [
      'cannot be built',
      [],
      came.prepared({ kind: 'failed', reason: { kind: 'refused', sentences: ['no such branch'] } }),
      'no such branch',
    ],
    ['is red', [came.ready(missing)], came.red, 'tests of the landed members with the missing ones failed'],
    ['is refused in staging', [came.ready(missing), came.green], came.stageRefused('a secret'), 'a secret'],
    [
      'is refused twice',
      [
        came.ready(missing),
        came.green,
        came.staged,
        came.clean,
        came.refused('web', 'a rule'),
        came.ready(missing),
        came.staged,
        came.clean,
      ],
      came.refused('web', 'a rule'),
      'a rule',
    ],
    ['is rejected', [came.ready(missing), came.green, came.staged, came.clean], came.broken('lost'), 'lost'],
  ] as const)('gets the half landing back, with the reason, when it %s', (_, heard, last, reason) => {
    const story = halted();
    story.hears(came.resolve('finish'), came.turn, ...heard, last);
    const state = story.looks({ api: 'stands' });
    expect(state).toMatchObject({
      at: 'operator',
      reason: expect.stringMatching(`^finishing did not succeed: .*${reason}`),
      findings: [
        { repository: 'acme/api', standing: 'stands' },
        { repository: 'acme/web', standing: 'absent' },
      ],
    });
    expect(state.finishing).toBeUndefined();
    // api is still to be verified and undone.
    const api = 'vector' in state ? state.vector.members[0] : undefined;
    expect(api).toMatchObject({ repository: 'acme/api', alreadyMerged: false });
  });

  it('gets it back when finishing failed after another member landed, and can undo all of it', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'unreadable' }));
    story.hears(
      came.resolve('finish'),
      came.turn,
      came.ready(vectorOf({ api: 'h1 b1 landed', docs: 'h1 b5', web: 'h1 b5' })),
    );
    story.hears(came.green, came.staged, came.clean, came.landed('docs'));
    story.hears(came.rejected('web'));
    const state = story.looks({ api: 'stands', docs: 'stands' });
    // What landed in the finish is said to stand, too.
    expect(state).toMatchObject({
      at: 'operator',
      findings: [{ standing: 'stands' }, { standing: 'stands' }, { standing: 'absent' }],
    });
    story.hears(came.resolve('undo'), came.turn);
    const all = 'vector' in state ? state.vector : THREE;
    story.hears({ of: 'survey', findings: findings(all, { api: 'stands', docs: 'stands' }) });
    expect(story.state()).toMatchObject({ at: 'compensating', toRevert: ['acme/api', 'acme/docs'] });
  });

  it('never has reverted what people merged themselves', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'unreadable' }));
    const byHand = vectorOf({ api: 'h1 b1 landed', docs: 'h1 b5', web: 'h1 b7 merged' });
    story.hears(came.resolve('finish'), came.turn, came.ready(byHand), came.red);
    story.looks({ api: 'stands' });
    story.hears(came.resolve('undo'), came.turn);
    const step = story.step();
    const surveyed = step?.do === 'survey' ? step.vector.members.filter((one) => !one.alreadyMerged) : [];
    expect(surveyed.map((one) => one.repository)).toEqual(['acme/api', 'acme/docs']);
  });

  it('finds that people had landed the rest: that is verified, not tested or pushed', () => {
    const story = halted();
    const byHand = vectorOf({ api: 'h1 b1 landed', web: 'h1 b7 merged' });
    story.hears(came.resolve('finish'), came.turn, came.prepared({ kind: 'nothing', vector: byHand }));
    const step = story.step();
    expect(step?.do).toBe('verify');
    const looked = step?.do === 'verify' ? step.vector : TWO;
    expect(outcomeOf(story.hears(came.verify(looked, { api: 'stands' })))).toMatchObject({ kind: 'landed' });
  });
});
