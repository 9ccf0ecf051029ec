/** What is concluded from git's facts: what stands, and what must be brought back. */
import { describe, expect, it } from '@jest/globals';
import { type BaseCommit, openReverts, planCandidate, type RevertFacts } from '../../src/landing/candidate.ts';
import { botRevert, type StandingFacts, standing } from '../../src/landing/standing.ts';
import { commit } from '../support/landings.ts';
import { C, gitRevert, reapplies, reverts } from '../support/messages.ts';

/** `main` above the candidate, oldest first as people tell it. */
function above(...messages: [commit: string, message: string][]): StandingFacts['above'] {
  return messages.map(([word, message]) => ({ commit: commit(word), message })).toReversed();
}

describe('a candidate', () => {
  const on = (facts: Partial<StandingFacts>) =>
    standing({ candidate: C, contained: true, bringsNothing: false, above: [], takenOut: false, ...facts });

  it('stands when main contains it and nothing undid it', () => {
    expect(on({})).toBe('stands');
    expect(on({ above: above(['1', 'other work'], ['2', reverts(commit('another'))]) })).toBe('stands');
  });

  it('is absent when main does not contain it, whatever else is there', () => {
    expect(on({ contained: false, takenOut: true, above: above(['1', reverts(C)]) })).toBe('absent');
  });

  it.each([
    ['the bot’s revert', [['1', reverts(C)]], 'reverted'],
    ['a person’s revert', [['1', gitRevert(C)]], 'reverted'],
    [
      'a reapplication on top',
      [
        ['1', reverts(C)],
        ['2', reapplies(commit('1'))],
      ],
      'stands',
    ],
    [
      'a person’s revert of the revert',
      [
        ['1', reverts(C)],
        ['2', gitRevert(commit('1'))],
      ],
      'stands',
    ],
    [
      'a revert of the revert of the revert',
      [
        ['1', reverts(C)],
        ['2', gitRevert(commit('1'))],
        ['3', gitRevert(commit('2'))],
      ],
      'reverted',
    ],
    [
      'a revert and other work after it',
      [
        ['1', reverts(C)],
        ['2', 'other work'],
      ],
      'reverted',
    ],
    [
      'a reapplication of this and of others',
      [
        ['1', reverts(C)],
        ['2', reapplies(commit('9'), commit('1'))],
      ],
      'stands',
    ],
    [
      'a rollback of its reapplication',
      [
        ['1', reverts(C)],
        ['2', reapplies(commit('1'))],
        ['3', reverts(commit('2'))],
      ],
      'reverted',
    ],
    [
      'a second rollback and a second return',
      [
        ['1', reverts(C)],
        ['2', reapplies(commit('1'))],
        ['3', reverts(commit('2'))],
        ['4', reapplies(commit('3'))],
      ],
      'stands',
    ],
  ] as const)('with %s is judged by the last word', (_, history, expected) => {
    expect(on({ above: above(...history.map(([word, message]): [string, string] => [word, message])) })).toBe(expected);
  });

  it('was reverted by the commit that says so for the bot, the newest of them', () => {
    const other = ['9', reverts(commit('another'))] as [string, string];
    const history = above(['1', reverts(C)], ['2', reapplies(commit('1'))], ['3', reverts(C)], ['4', 'work'], other);
    expect(botRevert(C, history)).toBe(commit('3'));
    expect(botRevert(C, above(['1', gitRevert(C)], other))).toBeUndefined();
  });

  it('is reverted when taking it out would change nothing, though nobody said so', () => {
    expect(on({ takenOut: true })).toBe('reverted');
  });

  it('that brings nothing stands: there is nothing that could be seen undone', () => {
    expect(on({ takenOut: true, bringsNothing: true })).toBe('stands');
  });
});

describe('reverts that are open on main', () => {
  const history = (...messages: [string, string][]): BaseCommit[] =>
    messages.map(([word, message]) => ({ commit: commit(word), parents: [commit('p')], message })).toReversed();
  const seen = (...messages: [string, string][]) =>
    openReverts(history(...messages)).map(({ revert, of, by }) => [revert.commit, of, by]);

  it('are those that nothing brought back, oldest first', () => {
    expect(seen(['1', reverts(C)], ['2', 'work'], ['3', gitRevert(commit('d'))])).toEqual([
      [commit('1'), C, 'bot'],
      [commit('3'), commit('d'), 'person'],
    ]);
    expect(seen(['1', reverts(C)], ['2', reapplies(commit('1'))])).toEqual([]);
    expect(seen(['1', gitRevert(C)], ['2', gitRevert(commit('1'))])).toEqual([]);
  });

  it('include one of what had brought something back: it took out both', () => {
    expect(seen(['1', reverts(C)], ['2', reapplies(commit('1'))], ['3', reverts(commit('2'))])).toEqual([
      [commit('3'), commit('2'), 'bot'],
      [commit('3'), C, 'bot'],
    ]);
    expect(seen(['1', gitRevert(C)], ['2', gitRevert(commit('1'))], ['3', gitRevert(commit('2'))])).toEqual([
      [commit('3'), commit('2'), 'person'],
      [commit('3'), C, 'person'],
    ]);
  });
});

it('a commit that brings one thing back and takes another out is a revert of the other', () => {
  const both = `${reapplies(commit('1'))}${gitRevert(commit('d'))}`;
  const messages = [
    { commit: commit('2'), parents: [], message: both },
    { commit: commit('1'), parents: [], message: reverts(C) },
  ];
  expect(openReverts(messages).map(({ revert, of }) => [revert.commit, of])).toEqual([[commit('2'), commit('d')]]);
});

describe('a member is put onto main', () => {
  const revert = (word: string): BaseCommit => ({ commit: commit(word), parents: [], message: '' });
  const plan = (headIsInBase: boolean, ...facts: [string, RevertFacts['by'], RevertFacts['headContains']][]) =>
    planCandidate({
      repository: 'acme/api',
      branch: 'feature/x',
      headIsInBase,
      reverts: facts.map(([word, by, headContains]) => ({ revert: revert(word), by, headContains })),
    });

  it('by a plain merge, or not at all when it is there already', () => {
    expect(plan(false)).toEqual({ kind: 'merge', reapply: [] });
    expect(plan(true)).toEqual({ kind: 'alreadyMerged' });
  });

  it('not when somebody took it out again by hand: a rebase is asked for', () => {
    const takenOutOf = commit('merge');
    const facts = { repository: 'acme/api', branch: 'feature/x', headIsInBase: true, reverts: [], takenOutOf };
    expect(planCandidate(facts)).toMatchObject({ kind: 'refuse', sentence: expect.stringContaining('by hand') });
  });

  it('after bringing back what a rollback took out, though git takes it for merged', () => {
    expect(plan(true, ['1', 'bot', 'all'])).toEqual({ kind: 'merge', reapply: [revert('1')] });
    expect(plan(false, ['1', 'bot', 'all'], ['2', 'bot', 'all'])).toMatchObject({
      reapply: [revert('1'), revert('2')],
    });
    expect(plan(true, ['1', 'bot', 'all'], ['1', 'bot', 'all'])).toMatchObject({ reapply: [revert('1')] });
  });

  it('as if nothing were, for reverts of other work', () => {
    expect(plan(true, ['1', 'bot', 'none'], ['2', 'person', 'none'])).toEqual({ kind: 'alreadyMerged' });
  });

  it.each([
    ['a part of a rolled-back landing', [['1', 'bot', 'part']]],
    ['what a person reverted', [['1', 'person', 'all']]],
    ['a part of what a person reverted', [['1', 'person', 'part']]],
    [
      'some of the things that one revert took out',
      [
        ['1', 'bot', 'all'],
        ['1', 'bot', 'none'],
      ],
    ],
  ] as const)('not when it has %s: a rebase is asked for', (_, facts) => {
    const all = facts.map(([word, by, contains]): [string, 'bot' | 'person', 'all' | 'part' | 'none'] => [
      word,
      by,
      contains,
    ]);
    expect(plan(true, ...all)).toMatchObject({ kind: 'refuse', sentence: expect.stringMatching(/rebase feature\/x/) });
  });
});
