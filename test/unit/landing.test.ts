/** A changeset's way to `main`, as decisions (PROTOCOL 1–7): from its pins to the first push, and back again. */
import { describe, expect, it } from '@jest/globals';
import type { Failure } from '../../src/changeset.ts';
import { phaseOfState, phaseSentence } from '../../src/report/phases.ts';
import { came, commit, decided, findings, outcomeOf, RED, storyOf, THREE, TWO, vectorOf } from '../support/landings.ts';

describe('a changeset that nothing stands in the way of', () => {
  it('is pinned, tested, staged, granted, looked at once more, pushed in order, verified and cleaned up', () => {
    const story = storyOf();
    const steps = [story.step()?.do];
    for (const result of [
      came.ready(THREE),
      came.green,
      came.staged,
      came.granted,
      came.clean,
      came.landed('api'),
      came.landed('docs'),
      came.landed('web'),
      came.verify(THREE, { api: 'stands', docs: 'stands', web: 'stands' }),
      came.cleaned,
    ]) {
      story.hears(result);
      const step = story.step();
      steps.push(step?.do === 'push' ? (`push ${step.repository}` as 'push') : step?.do);
    }
    expect(steps).toEqual([
      ...['prepare', 'test', 'stage', 'awaitGrant', 'recheck'],
      ...['push acme/api', 'push acme/docs', 'push acme/web', 'verify', 'cleanUp', undefined],
    ]);
    expect(outcomeOf(story.state())).toEqual({ kind: 'landed', members: THREE.members });
  });

  it('pushes no member that is on main already', () => {
    const story = decided(vectorOf({ api: 'h1 b1 merged', web: 'h1 b1' }));
    expect(story.step()).toMatchObject({ do: 'push', repository: 'acme/web' });
    expect(story.hears(came.landed('web')).at).toBe('verifying');
  });

  describe('when everything in it is on main already', () => {
    const vector = vectorOf({ api: 'h1 b1 merged' });
    const nothing = came.prepared({ kind: 'nothing', vector });

    it('has landed once that is so with its fences held', () => {
      const story = storyOf();
      expect(story.hears(nothing)).toMatchObject({ at: 'granting', vector });
      expect(phaseSentence(phaseOfState(story.state(), { why: 'until others have landed' }))).toBe(
        'Everything in it is on main already; waits until others have landed.',
      );
      story.hears(came.granted);
      expect(story.step()).toEqual({ do: 'prepare' });
      const later = vectorOf({ api: 'h1 b2 merged' });
      expect(outcomeOf(story.hears(came.prepared({ kind: 'nothing', vector: later })))).toEqual({
        kind: 'landed',
        members: later.members,
        nothingToLand: true,
      });
    });

    it('is tested and lands where it was taken back meanwhile', () => {
      const story = storyOf();
      const round = { round: 1, moves: 0 };
      expect(story.hears(nothing, came.granted, came.ready(TWO))).toEqual({ ...round, at: 'testing', vector: TWO });
    });

    it('is asked for again after a pause', () => {
      const story = storyOf();
      story.hears(nothing, came.granted);
      expect(story.hearsWith({ recall: true }, nothing)).toMatchObject({ at: 'granting', vector });
    });
  });
});

describe('a changeset that must not land', () => {
  it('fails before any test when a rule stands in the way', () => {
    const reason: Failure = { kind: 'refused', sentences: ['main of acme/api requires signed commits'] };
    expect(outcomeOf(storyOf().hears(came.prepared({ kind: 'failed', reason })))).toEqual({ kind: 'failed', reason });
  });

  it('fails when its tests are red, with their log', () => {
    const state = storyOf().hears(came.ready(TWO), came.red);
    expect(outcomeOf(state)).toEqual({ kind: 'failed', reason: { kind: 'tests', result: RED } });
  });

  it('fails when its commits are refused under a staging name', () => {
    const state = storyOf().hears(came.ready(TWO), came.green, came.stageRefused('acme/api refuses: a secret'));
    expect(outcomeOf(state)).toMatchObject({ kind: 'failed', reason: { sentences: ['acme/api refuses: a secret'] } });
  });

  it('is an operator’s business when an earlier landing of it stands on some mains only', () => {
    const found = [{ repository: 'acme/api', candidate: commit('old'), standing: 'stands' } as const];
    const story = storyOf();
    const state = story.hears(came.prepared({ kind: 'halfLanded', vector: TWO, findings: found }));
    expect(state).toMatchObject({ at: 'operator', findings: found });
    expect(story.step()).toEqual({ do: 'awaitOperator' });
  });
});

describe('an approval', () => {
  const waiting = () => {
    const story = storyOf({ approval: 'required' });
    story.hears(came.ready(TWO), came.green);
    return story;
  };

  it('is waited for between green tests and staging, where it is required', () => {
    const story = waiting();
    expect(story.step()?.do).toBe('awaitApproval');
    expect(story.hears(came.approved(TWO)).at).toBe('staging');
  });

  it('that never comes skips the changeset', () => {
    expect(outcomeOf(waiting().hears(came.nobodyApproved))).toMatchObject({ kind: 'skipped' });
  });

  it('is kept when a base moved, after the tests were green again', () => {
    const story = waiting();
    story.hears(came.approved(TWO), came.staged, came.granted, came.moved('main of acme/api'));
    story.hears(came.ready(vectorOf({ api: 'h1 b2', web: 'h1 b1' })));
    expect(story.step()?.do).toBe('test');
    expect(story.hears(came.green).at).toBe('staging');
  });

  it('is void when a head moved', () => {
    const story = waiting();
    story.hears(came.approved(TWO), came.staged, came.granted, came.moved('branch of acme/api'));
    story.hears(came.ready(vectorOf({ api: 'h2 b1', web: 'h1 b1' })), came.green);
    expect(story.state()).toMatchObject({ at: 'approving' });
    expect(story.state().approval).toBeUndefined();
  });
});

describe('the last look before the decision', () => {
  const atRecheck = () => {
    const story = storyOf();
    story.hears(came.ready(TWO), came.green, came.staged, came.granted);
    return story;
  };

  it('F32: sends it back to its pins when something moved; an unchanged vector is not tested again', () => {
    const story = atRecheck();
    expect(story.hears(came.moved('main of acme/api')).at).toBe('pinning');
    expect(story.hears(came.ready(TWO)).at).toBe('staging');
    expect(story.state().round).toBe(2);
  });

  it('tests again when only another repository’s tip changed', () => {
    const story = storyOf();
    const seen = vectorOf({ api: 'h1 b1' }, { docs: 't1' });
    story.hears(came.ready(seen), came.green, came.staged, came.granted, came.moved('main of acme/docs'));
    expect(story.hears(came.ready(vectorOf({ api: 'h1 b1' }, { docs: 't2' }))).at).toBe('testing');
  });

  it('F32: gives up at the fourth move from outside, and says what moved', () => {
    const story = atRecheck();
    for (let move = 1; move <= 3; move++) {
      expect(story.hears(came.moved(`move ${move}`)).at).toBe('pinning');
      story.hears(came.ready(TWO), came.staged, came.granted);
    }
    const state = story.hears(came.moved('move 4'));
    expect(outcomeOf(state)).toEqual({ kind: 'failed', reason: { kind: 'moved', times: 4, last: 'move 4' } });
  });

  it('never gives up for moves of Lockstep’s own', () => {
    const story = atRecheck();
    for (let move = 1; move <= 20; move++) {
      expect(story.hears(came.moved('our landing', true)).at).toBe('pinning');
      story.hears(came.ready(TWO), came.staged, came.granted);
    }
    expect(story.state().moves).toBe(0);
  });

  it('lets it go without a status when the pull request is no longer ours', () => {
    expect(outcomeOf(atRecheck().hears(came.stopped('superseded')))).toEqual({ kind: 'stopped', why: 'superseded' });
  });
});

describe('a command', () => {
  const skip = { by: 'sue', reason: 'not today' };
  const before = [
    ['while it is pinned', [], came.ready(TWO)],
    ['while it is tested', [came.ready(TWO)], came.interrupted],
    ['when its tests just went red', [came.ready(TWO)], came.red],
    ['while it is staged', [came.ready(TWO), came.green], came.staged],
    ['while it asks to land', [came.ready(TWO), came.green, came.staged], came.granted],
    ['at the last look', [came.ready(TWO), came.green, came.staged, came.granted], came.clean],
  ] as const;

  it.each(before)('to skip takes effect %s', (_, heard, last) => {
    const story = storyOf();
    story.hears(...heard);
    expect(outcomeOf(story.hearsWith({ skip, stop: 'closed' }, last))).toEqual({ kind: 'skipped', ...skip });
  });

  it.each(before)('to stop takes effect %s', (_, heard, last) => {
    const story = storyOf();
    story.hears(...heard);
    expect(outcomeOf(story.hearsWith({ stop: 'withdrawn' }, last))).toEqual({ kind: 'stopped', why: 'withdrawn' });
  });

  it('comes too late once the landing has begun', () => {
    const story = decided(TWO);
    const orders = { skip, stop: 'closed', recall: true } as const;
    story.hearsWith(orders, came.landed('api'));
    story.hearsWith(orders, came.landed('web'));
    story.hearsWith(orders, came.verify(TWO, { api: 'stands', web: 'stands' }));
    expect(outcomeOf(story.state())).toMatchObject({ kind: 'landed' });
  });

  it('that came too late is looked at again when the decision turned out void', () => {
    const story = decided(TWO);
    expect(story.hearsWith({ skip }, came.rejected('api')).at).toBe('pinning');
    expect(outcomeOf(story.hearsWith({ skip }, came.ready(TWO)))).toMatchObject({ kind: 'skipped' });
  });

  it('to pause takes an undecided grant back, and the landing asks again later', () => {
    const story = storyOf();
    story.hears(came.ready(TWO), came.green, came.staged, came.granted);
    expect(story.hearsWith({ recall: true }, came.clean).at).toBe('granting');
    expect(story.hears(came.granted).at).toBe('rechecking');
    expect(story.hears(came.clean).at).toBe('landing');
  });
});

describe('a step that broke', () => {
  it('fails the changeset while nothing has happened', () => {
    const state = storyOf().hears(came.ready(TWO), came.broken('stage failed: no such host'));
    expect(outcomeOf(state)).toMatchObject({ kind: 'failed', reason: { sentences: ['stage failed: no such host'] } });
  });

  it.each([
    ['pushing', []],
    ['surveying', [came.landed('api'), came.rejected('web')]],
    ['verifying', [came.landed('api'), came.landed('web')]],
    ['reverting', [came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands', web: 'absent' })]],
  ])('while %s is told to an operator, for something may stand', (_, heard) => {
    const story = decided(TWO);
    story.hears(...heard, came.broken('it broke'));
    expect(story.looks({ web: 'stands' })).toEqual({
      ...{ at: 'operator', round: 1, moves: 0, green: TWO, reason: 'it broke', vector: TWO },
      findings: findings(TWO, { web: 'stands' }),
    });
  });

  it('while it reads what stands, for the operator, leaves that unsaid', () => {
    const story = decided(TWO);
    story.hears(came.broken('it broke'), came.broken('and broke again'));
    expect(story.state()).toMatchObject({ at: 'operator', reason: 'it broke', vector: TWO, findings: [] });
  });

  it('at the clean-up changes nothing about the outcome', () => {
    const story = storyOf();
    story.hears(came.ready(TWO), came.red);
    const state = story.hears(came.broken('no such branch'));
    expect(state).toMatchObject({ at: 'ended', outcome: { kind: 'failed' } });
  });
});

it('a result of another step is an error, not a decision', () => {
  expect(() => storyOf().hears(came.green)).toThrow("expected one for 'pinning', found 'test'");
});
