/** What each state makes of each result, to the word: what is recorded, counted and said, and what fits no state. */
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/changeset.ts';
import { advance } from '../../src/landing/advance.ts';
import { askOperator, halt } from '../../src/landing/halfLanding.ts';
import { LONGEST_PUSH_LIFE_MS, SHORTEST_PUSH_LIFE_MS } from '../../src/landing/push.ts';
import { takenBack } from '../../src/landing/standing.ts';
import { beginning, carriedOf, INITIAL, isDecided, type LandingState } from '../../src/landing/state.ts';
import { nextStep, type StepResult } from '../../src/landing/steps.ts';
import { readTrailers } from '../../src/landing/trailers.ts';
import { came, commit, decided, findings, outcomeOf, storyOf, THREE, TWO, vectorOf } from '../support/landings.ts';

const hear = (state: LandingState, result: StepResult) => advance({ approval: 'none' }, state, { result, orders: {} });
const carried = { round: 1, moves: 0 };
const operator: LandingState = { ...carried, at: 'operator', vector: TWO, reason: 'it halted', findings: [] };
const resolving: LandingState = { ...carried, at: 'resolving', vector: TWO, findings: [], action: 'undo', by: 'olga' };
const stray = { members: [], recorded: { kind: 'landed' as const, members: TWO.members } };
const undecided: LandingState[] = [
  INITIAL,
  { ...carried, at: 'testing', vector: TWO },
  { ...carried, at: 'approving', vector: TWO },
  { ...carried, at: 'staging', vector: TWO },
  { ...carried, at: 'granting', vector: TWO },
  { ...carried, at: 'rechecking', vector: TWO },
];
const cutOff: Outcome = { kind: 'failed', reason: { kind: 'cutOff' } };
const over: LandingState[] = [
  { ...carried, at: 'cleaning', outcome: cutOff },
  { ...carried, at: 'ended', outcome: cutOff },
];

describe('a result that does not fit', () => {
  const states: LandingState[] = [
    beginning(stray),
    ...undecided,
    { ...carried, at: 'landing', vector: TWO, landed: [] },
    { ...carried, at: 'surveying', vector: TWO, reason: 'x' },
    { ...carried, at: 'compensating', vector: TWO, reason: 'x', toRevert: ['acme/api'], reverted: [] },
    { ...carried, at: 'verifying', vector: TWO, expect: { all: 'stand' } },
    { ...carried, at: 'halting', vector: TWO, reason: 'x' },
    operator,
    resolving,
    { ...carried, at: 'checking', vector: TWO, by: 'olga', reason: 'x', findings: [] },
    ...over,
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
    story.hears(came.resolve('finish'), came.turn, came.ready(other), came.green, came.staged);
    const reason = expect.stringContaining('a rule another');
    expect(story.hears(refused)).toMatchObject({ at: 'halting', vector: other, reason });
    expect(story.looks()).toMatchObject({ at: 'operator', vector: other, reason });
  });

  it('what the staging of a finish refuses too, and that of a landing fails it', () => {
    const refused = came.stageRefused('no', 'never');
    const finish = storyOf({ from: operator });
    finish.hears(came.resolve('finish'), came.turn, came.ready(TWO), came.green, refused);
    expect(finish.looks()).toMatchObject({
      at: 'operator',
      reason: expect.stringContaining('no never'),
    });
    expect(outcomeOf(storyOf().hears(came.ready(TWO), came.green, refused))).toEqual({
      kind: 'failed',
      reason: { kind: 'refused', sentences: ['no', 'never'] },
    });
  });

  it('a finish asks nobody for another approval, and comes back to its operator when the outside moves too often', () => {
    const story = storyOf({ from: operator, approval: 'required' });
    story.hears(came.resolve('finish'), came.turn);
    for (let time = 1; time <= 4; time++) {
      expect(story.hears(came.ready(TWO), ...(time === 1 ? [came.green] : [])).at).toBe('staging');
      story.hears(came.staged, came.moved(`move ${time}`));
    }
    const reason = expect.stringContaining('move 4');
    expect(story.looks()).toMatchObject({ at: 'operator', vector: TWO, reason });
  });

  it('one that nobody approved in time is skipped by Lockstep itself', () => {
    const story = storyOf({ approval: 'required' });
    expect(outcomeOf(story.hears(came.ready(TWO), came.green, came.nobodyApproved))).toEqual({
      kind: 'skipped',
      by: 'lockstep',
      reason: expect.any(String),
    });
  });

  it('a step that broke fails it as refused', () => {
    expect(outcomeOf(storyOf().hears(came.broken('no host')))).toEqual({
      kind: 'failed',
      reason: { kind: 'refused', sentences: ['no host'] },
    });
  });
});

describe('after the decision', () => {
  it('a step that broke halts it; after the end it changes nothing', () => {
    expect(decided(TWO).hears(came.broken('no host'))).toMatchObject({ at: 'halting', reason: 'no host' });
    const outcome: Outcome = { kind: 'failed', reason: { kind: 'cutOff' } };
    for (const at of ['cleaning', 'ended'] as const) {
      expect(hear({ ...carried, at, outcome }, came.broken('no host'))).toEqual({ ...carried, at: 'ended', outcome });
    }
  });

  it('refusals in ever other words are moves, the last of which is named', () => {
    const story = decided(TWO);
    for (let time = 1; time <= 3; time++) {
      story.hears(came.refused('api', `rule ${time}`), came.ready(TWO), came.staged, came.granted, came.clean);
    }
    expect(outcomeOf(story.hears(came.refused('api', 'rule 4')))).toEqual({
      kind: 'failed',
      reason: { kind: 'moved', times: 4, last: expect.stringContaining('rule 4') },
    });
  });

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

  it('who halts reads what stands everywhere, which waits for no push and concludes nothing', () => {
    const story = decided(TWO);
    story.hears(came.landed('api'), came.unreadable('web'));
    expect(story.step()).toEqual({ do: 'survey', vector: TWO });
    const all = { api: 'stands', web: 'stands' } as const;
    expect(story.looks(all)).toMatchObject({ at: 'operator', findings: findings(TWO, all) });
    const none = decided(TWO);
    none.hears(came.unreadable('api'));
    expect(none.looks()).toMatchObject({ at: 'operator', findings: findings(TWO, {}) });
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
    expect(hear(hear(operator, came.resolve('finish')), came.turn)).toMatchObject({ at: 'pinning', round: 2 });
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

describe('each state', () => {
  const finishing = { by: 'olga', halted: TWO, findings: [] };
  it('is decided or not, and nothing between', () => {
    expect(undecided.map(isDecided)).toEqual(undecided.map(() => false));
    expect(undecided.map((state) => isDecided({ ...state, finishing }))).toEqual(undecided.map(() => true));
    expect(over.map(isDecided)).toEqual([true, true]);
  });

  it('has its step, and none after the end', () => {
    const surveying = { ...carried, at: 'surveying', vector: TWO, reason: 'x' } as const;
    expect(nextStep(surveying)).toEqual({ do: 'survey', vector: TWO });
    expect(nextStep({ ...surveying, undo: true })).toEqual({ do: 'survey', vector: TWO, settle: true });
    expect([resolving, ...over].map((state) => nextStep(state)?.do)).toEqual(['awaitTurn', 'cleanUp', undefined]);
  });

  it('that has nothing left to do is an error, not a decision', () => {
    const landed = TWO.members.map(({ repository }) => repository);
    expect(() => nextStep({ ...carried, at: 'landing', vector: TWO, landed })).toThrow('without a member to land');
    const reverting: LandingState = {
      ...carried,
      at: 'compensating',
      vector: TWO,
      reason: 'x',
      toRevert: [],
      reverted: [],
    };
    expect(() => nextStep(reverting)).toThrow('without a member to revert');
  });

  it('halts only where something may stand', () => {
    expect(() => halt(carried, 'why')).toThrow('it halted with nothing that could stand anywhere');
    const broken = hear({ ...INITIAL, finishing }, came.broken('no host'));
    const reason = 'finishing did not succeed: no host';
    expect(broken).toEqual({ ...carried, at: 'halting', vector: TWO, reason });
  });

  it('carries on what is known, and says nothing of what is not', () => {
    expect(carriedOf({ ...carried, at: 'testing', vector: TWO } as never)).toStrictEqual(carried);
    expect(askOperator(carried, { vector: TWO, reason: 'why', findings: [] })).toStrictEqual({
      ...{ ...carried, at: 'operator', vector: TWO },
      ...{ reason: 'why', findings: [] },
    });
  });
});

it('a message without trailers says nothing', () => {
  expect(readTrailers('work\n')).toStrictEqual({ reapplies: [] });
  for (const line of ['Lockstep-Status: one', 'Lockstep-Status: a b c', 'not Lockstep-Status: a b'])
    expect(readTrailers(`${line}\n`)).toStrictEqual({ reapplies: [] });
  expect(readTrailers(`Lockstep-Vector: acme/api ${commit('h')} ${commit('b')} work\n`).vector).toStrictEqual([
    { repository: 'acme/api', head: commit('h'), base: commit('b'), branch: 'work' },
  ]);
});

it('the life of a push: long enough to be answered, short enough to be waited for (docs/guarantees.md)', () => {
  expect(SHORTEST_PUSH_LIFE_MS).toEqual({ here: 1_500, elsewhere: 15_000 });
  expect(LONGEST_PUSH_LIFE_MS).toBe(300_000);
});
