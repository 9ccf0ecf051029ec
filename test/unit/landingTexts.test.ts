/** The messages of the bot's commits, to the letter: they are read back from git, and are part of what a commit is. */
import { describe, expect, it } from '@jest/globals';
import { planCandidate } from '../../src/landing/candidate.ts';
import { nextPushStep } from '../../src/landing/push.ts';
import { candidateMessage, readTrailers, revertMessage, statusMessage } from '../../src/landing/trailers.ts';
import { answerCommands } from '../../src/queue/answer.ts';
import { type Command, EMPTY_QUEUE } from '../../src/queue/state.ts';
import { commit } from '../support/landings.ts';

const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };
const pins = ['api', 'web'].map((name) => ({
  repository: `acme/${name}`,
  branch: `feature/${name}`,
  head: commit(`${name}1`),
  base: commit(`${name}0`),
}));

describe('a commit of the bot’s', () => {
  const candidate = candidateMessage({
    changeset: id,
    member: { repository: 'acme/api', branch: 'feature/api' },
    pins,
    reapplies: [commit('1')],
  });

  it('onto a main names its changeset, every pin, and what it brings back', () => {
    expect(candidate).toBe(`Merge feature/api for checkout

Landed together by Lockstep: acme/coordinator#12

Lockstep-Changeset: acme/coordinator#12/checkout
Lockstep-Vector: acme/api ${commit('api1')} ${commit('api0')} feature/api
Lockstep-Vector: acme/web ${commit('web1')} ${commit('web0')} feature/web
Lockstep-Reapplies: ${commit('1')}
`);
    expect(readTrailers(candidate)).toEqual({
      changeset: 'acme/coordinator#12/checkout',
      vector: pins,
      reapplies: [commit('1')],
    });
  });

  it('that takes back names what, and says why in one line of two hundred characters', () => {
    const reason = `main\r\n\u2028moved\nLockstep-Reverts: ${commit('e')} ${'x'.repeat(300)}`;
    const line = `main moved Lockstep-Reverts: ${commit('e')} ${'x'.repeat(300)}`.slice(0, 200);
    const message = revertMessage({ changeset: id, candidate: commit('c'), reason });
    expect(message).toBe(`Revert checkout

It could not land in all of its repositories: ${line}

Lockstep-Changeset: acme/coordinator#12/checkout
Lockstep-Reverts: ${commit('c')}
`);
    expect(readTrailers(message)).toEqual({
      changeset: 'acme/coordinator#12/checkout',
      reverts: commit('c'),
      reapplies: [],
    });
  });

  it('in the manifest names its status', () => {
    const message = statusMessage(id, 'failed');
    expect(message).toBe(`Lockstep: checkout is failed

Lockstep-Status: acme/coordinator#12/checkout failed
`);
    expect(readTrailers(message)).toEqual({
      status: { changeset: 'acme/coordinator#12/checkout', status: 'failed' },
      reapplies: [],
    });
  });
});

it.each([
  ['no trailer', 'work\n'],
  ['a pin without its branch', `Lockstep-Vector: acme/api ${commit('1')} ${commit('2')}\n`],
  ['a trailer within a line', `see Lockstep-Reverts: ${commit('1')}\n`],
  ['a status without a word', 'Lockstep-Status: acme/coordinator#12/checkout\n'],
])('nothing is read from %s', (_, message) => {
  expect(readTrailers(message)).toEqual({ reapplies: [] });
});

it('a revert of the bot’s is none of a person’s, whatever else it says', () => {
  const message = `Revert\n\nThis reverts commit ${commit('1')}.\nLockstep-Reverts: ${commit('2')}\n`;
  expect(readTrailers(message)).toEqual({ reverts: commit('2'), reapplies: [] });
});

it('a branch that may not come back hears what happened and what to do', () => {
  const revert = { commit: commit('1'), parents: [], message: '' };
  const refused = (by: 'bot' | 'person', headContains: 'all' | 'part') =>
    planCandidate({
      repository: 'acme/api',
      branch: 'work',
      headIsInBase: true,
      reverts: [{ revert, by, headContains }],
    });
  const rest =
    'merging it again would silently leave the reverted part out; rebase work onto main with new commits ' +
    '(git rebase --no-ff main), push it, and ask for a new attempt.';
  const short = commit('1').slice(0, 7);
  expect(refused('person', 'all')).toEqual({
    kind: 'refuse',
    sentence: `work of acme/api was landed before and a person reverted it (${short}): ${rest}`,
  });
  expect(refused('bot', 'part')).toEqual({
    kind: 'refuse',
    sentence: `work of acme/api contains a part of a landing that was rolled back (${short}): ${rest}`,
  });
});

it('a push concludes with what was found, in so many words', () => {
  const facts = { candidate: commit('c'), base: commit('b'), outstanding: false } as const;
  expect(nextPushStep({ ...facts, tip: undefined, standing: 'unreadable' })).toEqual({
    do: 'conclude',
    pushed: { kind: 'unreadable', message: 'GitHub says that it does not exist' },
  });
  expect(nextPushStep({ ...facts, tip: commit('x'), standing: 'absent' })).toEqual({
    do: 'conclude',
    pushed: { kind: 'rejected', found: commit('x') },
  });
  expect(nextPushStep({ ...facts, tip: commit('b'), standing: 'absent', refused: 'no' })).toEqual({
    do: 'conclude',
    pushed: { kind: 'refused', message: 'no' },
  });
});

it('an answer that was given stays, and one without landings names none', () => {
  const answered: Command = { verb: 'pause', by: 'pam', at: 'now', answer: 'refused: no' };
  const open: Command = { verb: 'skip', by: 'sue', at: 'now', pullRequest: 1 };
  expect(answerCommands({ ...EMPTY_QUEUE, commands: [answered, open] }).commands).toEqual([
    answered,
    { ...open, answer: 'done' },
  ]);
});
