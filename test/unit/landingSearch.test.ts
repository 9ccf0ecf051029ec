/** The landing protocol searched: whatever the world answers, in whatever order people command. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Vector } from '../../src/changeset.ts';
import { advance } from '../../src/landing/advance.ts';
import { beginning, type Finding, holdsGrant, INITIAL, isDecided, type LandingState } from '../../src/landing/state.ts';
import { nextStep, type Orders, type Step, type StepResult } from '../../src/landing/steps.ts';
import { came, outcomeOf, storyOf, THREE, TWO, vectorOf } from '../support/landings.ts';

/** A world that answers as it likes: any result that fits the step, with mains that it keeps itself. */
function anyResult(step: Step, vector: Vector): fc.Arbitrary<StepResult> {
  const broken = fc.constant(came.broken('it broke'));
  const standings = fc.dictionary(
    fc.constantFrom('api', 'docs', 'web'),
    fc.constantFrom('stands', 'absent', 'reverted', 'unreadable'),
  );
  switch (step.do) {
    case 'look':
      return fc.oneof(
        fc.constant(came.clear),
        standings.map((of) => came.stands(vector, of)),
        broken,
      );
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
        { weight: 1, arbitrary: fc.constantFrom(came.red, came.missing('gone')) },
      );
    case 'awaitApproval':
      return fc.constant(came.approved(step.vector));
    case 'stage':
      return fc.oneof(
        { weight: 5, arbitrary: fc.constant(came.staged) },
        { weight: 1, arbitrary: fc.constant(came.stageLost('gone')) },
      );
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
        fc.constantFrom(
          came.rejected(name),
          came.refused(name, 'rule'),
          came.unreadable(name),
          came.lost(name, 'gone'),
        ),
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
    case 'awaitTurn':
      return fc.constant(came.turn);
    case 'awaitOperator':
      return fc.constantFrom(came.resolve('finish'), came.resolve('undo'), came.resolve('check'));
    case 'cleanUp':
      return fc.constant(came.cleaned);
  }
}

/** What was read in that step. */
function findingsIn(result: StepResult): Finding[] | undefined {
  if (result.of === 'survey' || result.of === 'verify') return result.findings;
  return result.of === 'look' && result.looked.kind === 'stands' ? result.looked.findings : undefined;
}

const someOrders: fc.Arbitrary<Orders> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  fc.constantFrom<Orders>({ skip: { by: 'sue', reason: 'no' } }, { stop: 'superseded' }, { recall: true }),
);

describe('whatever the world answers', () => {
  it('no state is without a step, and no push comes before a clean last look at this very vector', () => {
    fc.assert(
      fc.property(fc.gen(), (given) => {
        let state = given(() => fc.constantFrom<LandingState>(INITIAL, beginning({ members: [] })));
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
          if (result.of === 'look' && result.looked.kind === 'stands') somethingLanded = true;
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
          // Whoever is asked is shown what was read just before; nothing only where reading it broke.
          if (next.at === 'operator' && state.at !== 'operator') {
            expect(next.findings).toEqual(state.at === 'halting' && result.of === 'broken' ? [] : findingsIn(result));
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
