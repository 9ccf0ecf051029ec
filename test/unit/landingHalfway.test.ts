/** Landings that were rejected or lost sight of after the first push (PROTOCOL 7–9), and what operators make of them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Vector } from '../../src/changeset.ts';
import { advance } from '../../src/landing/advance.ts';
import { holdsGrant, INITIAL, isDecided, type LandingState } from '../../src/landing/state.ts';
import { nextStep, type Orders, type Step, type StepResult } from '../../src/landing/steps.ts';
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
      story.hears(came.refused('api', 'a rule'), came.ready(TWO), came.staged, came.granted, came.clean);
    }
    const state = story.hears(came.refused('api', 'a rule'));
    expect(outcomeOf(state)).toMatchObject({ kind: 'failed', reason: { kind: 'moved', times: 4 } });
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

  it('is rolled back without reverts when somebody was faster', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }), came.notStanding('api'));
    const state = story.hears(came.verify(TWO, { api: 'reverted' }));
    expect(outcomeOf(state)).toMatchObject({ kind: 'rolledBack', reverted: [] });
  });
});

describe('an operator is asked, and the fences are kept,', () => {
  const expectOperator = (state: LandingState, reason: RegExp) => {
    expect(state).toMatchObject({ at: 'operator', reason: expect.stringMatching(reason) });
    expect(holdsGrant(state)).toBe(true);
    expect(outcomeOf(state)).toBeUndefined();
  };

  it('when a repository cannot be read while it lands', () => {
    expectOperator(decided(TWO).hears(came.unreadable('api')), /acme\/api cannot be read/);
  });

  it('when a repository cannot be read before the reverts: nothing is reverted', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'));
    expectOperator(story.hears(came.survey(THREE, { api: 'stands', web: 'unreadable' })), /acme\/web cannot be read/);
  });

  it('when a revert does not apply', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }));
    expectOperator(story.hears(came.impossible('api', 'it conflicts')), /could not be reverted: it conflicts/);
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

/** api stands, web does not. */
function halted() {
  const story = decided(TWO);
  story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands', web: 'unreadable' }));
  return story;
}

describe('an operator', () => {
  it('who asks to undo has every standing candidate reverted', () => {
    const story = halted();
    story.hears(came.resolve('undo'));
    expect(story.step()).toMatchObject({ do: 'survey', settle: true });
    story.hears(came.survey(TWO, { api: 'stands' }), came.reverted('api'));
    const state = story.hears(came.verify(TWO, { api: 'reverted' }));
    expect(outcomeOf(state)).toMatchObject({ kind: 'rolledBack', reason: 'olga asked for it to be undone' });
  });

  it('who asks to undo what is whole by now still gets it undone', () => {
    const story = halted();
    story.hears(came.resolve('undo'), came.survey(TWO, { api: 'stands', web: 'stands' }));
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

describe('an operator who asks to finish', () => {
  const missing = vectorOf({ api: 'h1 b1 landed', web: 'h1 b9' });

  it('has the missing members tested with the landed ones, landed under the fences kept all along, and all verified', () => {
    const story = halted();
    story.hears(came.resolve('finish'));
    expect(story.step()).toMatchObject({ do: 'prepare', finishing: { by: 'olga', halted: TWO } });
    // Also when the very same vector was green before.
    expect(halted().hears(came.resolve('finish'), came.ready(TWO)).at).toBe('testing');
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
    story.hears(came.resolve('finish'));
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
    ['is rejected', [came.ready(missing), came.green, came.staged, came.clean], came.broken('lost'), 'lost'],
  ] as const)('gets the half landing back, with the reason, when it %s', (_, heard, last, reason) => {
    const story = halted();
    story.hears(came.resolve('finish'), ...heard);
    const state = story.hears(last);
    expect(state).toMatchObject({ at: 'operator', reason: expect.stringContaining(reason) });
    // api is still to be verified and undone.
    const api = 'vector' in state ? state.vector.members[0] : undefined;
    expect(api).toMatchObject({ repository: 'acme/api', alreadyMerged: false });
  });

  it('gets it back when finishing failed after another member landed, and can undo all of it', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'unreadable' }));
    story.hears(came.resolve('finish'), came.ready(vectorOf({ api: 'h1 b1 landed', docs: 'h1 b5', web: 'h1 b5' })));
    story.hears(came.green, came.staged, came.clean, came.landed('docs'));
    const state = story.hears(came.rejected('web'));
    expect(state.at).toBe('operator');
    story.hears(came.resolve('undo'));
    const all = 'vector' in state ? state.vector : THREE;
    story.hears({ of: 'survey', findings: findings(all, { api: 'stands', docs: 'stands' }) });
    expect(story.state()).toMatchObject({ at: 'compensating', toRevert: ['acme/api', 'acme/docs'] });
  });

  it('never has reverted what people merged themselves', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'unreadable' }));
    const byHand = vectorOf({ api: 'h1 b1 landed', docs: 'h1 b5', web: 'h1 b7 merged' });
    story.hears(came.resolve('finish'), came.ready(byHand), came.red, came.resolve('undo'));
    const step = story.step();
    const surveyed = step?.do === 'survey' ? step.vector.members.filter((one) => !one.alreadyMerged) : [];
    expect(surveyed.map((one) => one.repository)).toEqual(['acme/api', 'acme/docs']);
  });

  it('finds that people had landed the rest: that is verified, not tested or pushed', () => {
    const story = halted();
    const byHand = vectorOf({ api: 'h1 b1 landed', web: 'h1 b7 merged' });
    story.hears(came.resolve('finish'), came.prepared({ kind: 'nothing', vector: byHand }));
    const step = story.step();
    expect(step?.do).toBe('verify');
    const looked = step?.do === 'verify' ? step.vector : TWO;
    expect(outcomeOf(story.hears(came.verify(looked, { api: 'stands' })))).toMatchObject({ kind: 'landed' });
  });
});

/** A world that answers as it likes: any result that fits the step, with mains that it keeps itself. */
function anyResult(step: Step, vector: Vector): fc.Arbitrary<StepResult> {
  const broken = fc.constant(came.broken('it broke'));
  const standings = fc.dictionary(
    fc.constantFrom('api', 'docs', 'web'),
    fc.constantFrom('stands', 'absent', 'reverted', 'unreadable'),
  );
  switch (step.do) {
    case 'prepare':
      return fc.oneof(
        fc.constant(
          came.ready(step.finishing ? vectorOf({ api: 'h1 b1 landed', docs: 'h2 b2', web: 'h2 b2' }) : vector),
        ),
        broken,
      );
    case 'test':
      return fc.oneof(
        { weight: 5, arbitrary: fc.constant(came.green) },
        { weight: 1, arbitrary: fc.constant(came.red) },
      );
    case 'awaitApproval':
      return fc.constant(came.approved(step.vector));
    case 'stage':
      return fc.constant(came.staged);
    case 'awaitGrant':
      return fc.constantFrom(came.granted, came.interrupted);
    case 'recheck':
      return fc.oneof(
        { weight: 5, arbitrary: fc.constant(came.clean) },
        { weight: 1, arbitrary: fc.boolean().map((own) => came.moved('main', own)) },
      );
    case 'push': {
      const name = step.repository.slice('acme/'.length);
      return fc.oneof(
        { weight: 3, arbitrary: fc.constant(came.landed(name)) },
        fc.constantFrom(came.rejected(name), came.refused(name, 'rule'), came.unreadable(name)),
        broken,
      );
    }
    case 'survey':
      return fc.oneof(
        standings.map((of) => came.survey(step.vector, of)),
        broken,
      );
    case 'verify':
      return fc.oneof(
        standings.map((of) => came.verify(step.vector, of)),
        broken,
      );
    case 'revert': {
      const name = step.repository.slice('acme/'.length);
      return fc.constantFrom(came.reverted(name), came.notStanding(name), came.impossible(name, 'conflict'));
    }
    case 'awaitOperator':
      return fc.constantFrom(came.resolve('finish'), came.resolve('undo'), came.resolve('check'));
    case 'cleanUp':
      return fc.constant(came.cleaned);
  }
}

const someOrders: fc.Arbitrary<Orders> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  fc.constantFrom<Orders>({ skip: { by: 'sue', reason: 'no' } }, { stop: 'superseded' }, { recall: true }),
);

describe('whatever the world answers', () => {
  it('no state is without a step, and no push comes before a clean last look at this very vector', () => {
    fc.assert(
      fc.property(fc.gen(), (given) => {
        let state: LandingState = INITIAL;
        let green: Vector | undefined;
        let clean: Vector | undefined;
        let somethingLanded = false;
        for (let count = 0; count < 60; count++) {
          const step = nextStep(state);
          if (step === undefined) break;
          const result = given(anyResult, step, THREE);
          const orders = given(() => someOrders);
          if (step.do === 'push') {
            expect(clean).toEqual(step.vector);
            expect(green).toEqual(step.vector);
          }
          if (step.do === 'test' && result.of === 'test' && result.tested.kind === 'passed') green = step.vector;
          clean = step.do === 'recheck' && result === came.clean ? step.vector : step.do === 'push' ? clean : undefined;
          if (result.of === 'push' && result.pushed.kind === 'landed') somethingLanded = true;
          const next = advance({ approval: 'required' }, state, { result, orders });
          const outcome = outcomeOf(next);
          // Once something landed it ends landed or rolled back, and only after a look that saw just that.
          if (outcome !== undefined && outcomeOf(state) === undefined && somethingLanded) {
            expect(['landed', 'rolledBack']).toContain(outcome.kind);
            expect(['verify', 'survey']).toContain(result.of);
          }
          // From the first landed member on it stays decided: nothing cancels it, and its fences are kept.
          if (somethingLanded && outcome === undefined) {
            expect(isDecided(next)).toBe(true);
            expect(holdsGrant(next)).toBe(true);
          }
          state = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is seen by nobody as two decisions: after an outcome there is only the clean-up', () => {
    const story = storyOf();
    story.hears(came.ready(TWO), came.red, came.cleaned);
    expect(story.step()).toBeUndefined();
    expect(() => story.hears(came.landed('api'))).toThrow('expected one for');
  });
});
