/** What each state makes of each result, to the word: what is recorded, counted and said, and what fits no state. */
import { describe, expect, it } from '@jest/globals';
import { advance } from '../../src/landing/advance.ts';
import { takenBack } from '../../src/landing/standing.ts';
import { beginning, INITIAL, type LandingState } from '../../src/landing/state.ts';
import type { StepResult } from '../../src/landing/steps.ts';
import { came, commit, decided, findings, outcomeOf, storyOf, THREE, TWO, vectorOf } from '../support/landings.ts';

const hear = (state: LandingState, result: StepResult) => advance({ approval: 'none' }, state, { result, orders: {} });
const carried = { round: 1, moves: 0 };
const operator: LandingState = { ...carried, at: 'operator', vector: TWO, reason: 'it halted', findings: [] };
const stray = { members: [], recorded: { kind: 'landed' as const, members: TWO.members } };

describe('a result that does not fit', () => {
  const states: LandingState[] = [
    beginning(stray),
    INITIAL,
    { ...carried, at: 'testing', vector: TWO },
    { ...carried, at: 'approving', vector: TWO },
    { ...carried, at: 'staging', vector: TWO },
    { ...carried, at: 'granting', vector: TWO },
    { ...carried, at: 'rechecking', vector: TWO },
    { ...carried, at: 'landing', vector: TWO, landed: [] },
    { ...carried, at: 'surveying', vector: TWO, reason: 'x' },
    { ...carried, at: 'compensating', vector: TWO, reason: 'x', toRevert: ['acme/api'], reverted: [] },
    { ...carried, at: 'verifying', vector: TWO, expect: { all: 'stand' } },
    operator,
    { ...carried, at: 'checking', vector: TWO, by: 'olga', reason: 'x', findings: [] },
    { ...carried, at: 'cleaning', outcome: { kind: 'failed', reason: { kind: 'cutOff' } } },
    { ...carried, at: 'ended', outcome: { kind: 'failed', reason: { kind: 'cutOff' } } },
  ];

  it.each(states.map((state) => [state.at, state] as const))('at %s is an error, not a decision', (at, state) => {
    const other = at === 'granting' ? came.green : came.granted;
    expect(() => hear(state, other)).toThrow(`expected one for '${at}', found '${other.of}'`);
  });
});

describe('before the decision', () => {
  it('a grant that comes with its recall is given back', () => {
    const state = storyOf().hears(came.ready(TWO), came.green, came.staged);
    expect(advance({ approval: 'none' }, state, { result: came.granted, orders: { recall: true } })).toEqual(state);
  });

  it('what the last look refuses fails it, in the words of what refuses', () => {
    const refused: StepResult = { of: 'recheck', recheck: { kind: 'refused', sentences: ['a rule', 'another'] } };
    const state = storyOf().hears(came.ready(TWO), came.green, came.staged, came.granted, refused);
    expect(outcomeOf(state)).toEqual({ kind: 'failed', reason: { kind: 'refused', sentences: ['a rule', 'another'] } });
  });

  it('what the last look of a finish refuses is an open half landing again, with the vector that it came to', () => {
    const refused: StepResult = { of: 'recheck', recheck: { kind: 'refused', sentences: ['a rule', 'another'] } };
    const other = vectorOf({ api: 'h1 b2', web: 'h1 b1' });
    const story = storyOf({ from: operator });
    story.hears(came.resolve('finish'), came.ready(other), came.green, came.staged);
    expect(story.hears(refused)).toMatchObject({ at: 'operator', vector: other, reason: /a rule another/ });
  });

  it('a step that broke fails it as refused', () => {
    expect(outcomeOf(storyOf().hears(came.broken('no host')))).toEqual({
      kind: 'failed',
      reason: { kind: 'refused', sentences: ['no host'] },
    });
  });
});

describe('after the decision', () => {
  it('the last of too many moves is named', () => {
    const story = decided(TWO);
    for (let time = 1; time <= 3; time++) {
      story.hears(came.rejected('api'), came.ready(TWO), came.staged, came.granted, came.clean);
    }
    expect(outcomeOf(story.hears(came.rejected('api')))).toEqual({
      kind: 'failed',
      reason: { kind: 'moved', times: 4, last: expect.stringContaining('main of acme/api became') },
    });
  });

  it('the same refusal about another commit is the same refusal', () => {
    const story = decided(TWO);
    story.hears(came.refused('api', `declined ${commit('a')}`), came.ready(TWO), came.staged, came.granted, came.clean);
    const said = `declined ${commit('b')}`;
    expect(outcomeOf(story.hears(came.refused('api', said)))).toMatchObject({ reason: { message: said } });
  });

  it('who halts begins with no findings: they are read when people ask', () => {
    expect(decided(TWO).hears(came.unreadable('api'))).toMatchObject({ at: 'operator', findings: [] });
    const story = decided(TWO);
    story.hears(came.landed('api'), came.rejected('web'), came.survey(TWO, { api: 'stands' }));
    expect(story.hears(came.impossible('api', 'a conflict'))).toMatchObject({ at: 'operator', findings: [] });
  });

  it('where nothing stands any more there is nothing to revert: that is verified, and said with its reason', () => {
    const story = decided(TWO);
    const rejected = story.hears(came.landed('api'), came.rejected('web'));
    if (rejected.at !== 'surveying') throw new Error(`expected a survey, found ${rejected.at}`);
    const state = story.hears(came.survey(TWO, {}));
    expect(state).toMatchObject({ at: 'verifying', expect: { all: 'gone', reason: rejected.reason, reverted: [] } });
    expect(outcomeOf(story.hears(came.verify(TWO, {})))).toEqual({
      kind: 'rolledBack',
      reason: rejected.reason,
      reverted: [],
    });
  });

  it('only what was reverted is said to be: what did not stand any more is not', () => {
    const story = decided(THREE);
    story.hears(came.landed('api'), came.rejected('docs'), came.survey(THREE, { api: 'stands', web: 'stands' }));
    expect(story.state()).toMatchObject({ toRevert: ['acme/api', 'acme/web'], reverted: [] });
    story.hears(came.notStanding('api'), came.reverted('web'));
    expect(story.state()).toMatchObject({
      at: 'verifying',
      expect: { all: 'gone', reverted: [{ repository: 'acme/web', commit: commit('undoweb') }] },
    });
  });

  it('where nothing was read nothing is said to stand', () => {
    const verifying: LandingState = { ...carried, at: 'verifying', vector: TWO, expect: { all: 'stand' } };
    expect(hear(verifying, { of: 'verify', findings: [] })).toMatchObject({ at: 'operator', findings: [] });
  });

  it('a finish is another round', () => {
    expect(hear(operator, came.resolve('finish'))).toMatchObject({ at: 'pinning', round: 2 });
  });

  it('what people undid by hand is said to be, with who said so', () => {
    const story = storyOf({ from: operator });
    story.hears(came.resolve('check'));
    expect(outcomeOf(story.hears(came.survey(TWO, { api: 'reverted' })))).toEqual({
      kind: 'rolledBack',
      reason: expect.stringMatching(/olga.*it halted|it halted.*olga/),
      reverted: [],
    });
  });

  it('what landed, was recorded so, and was taken back in one of its repositories is an operator’s business', () => {
    const looked: StepResult = {
      of: 'look',
      looked: { kind: 'stands', vector: TWO, findings: findings(TWO, { api: 'stands', web: 'reverted' }) },
    };
    expect(hear(beginning(stray), looked)).toMatchObject({ at: 'operator' });
    const whole = findings(TWO, { api: 'stands', web: 'stands' });
    expect(
      hear(beginning(stray), { of: 'look', looked: { kind: 'stands', vector: TWO, findings: whole } }),
    ).toMatchObject({
      at: 'ended',
      outcome: stray.recorded,
    });
  });
});

it('commits that a history names as taken back, by the bot or by people', () => {
  const history = [
    { message: `Revert\n\nLockstep-Reverts: ${commit('a')}\n` },
    { message: `Revert "b"\n\nThis reverts commit ${commit('b')}.\n` },
    { message: 'work\n' },
  ];
  expect([...takenBack(history)]).toEqual([commit('a'), commit('b')]);
});
