/** The invariants on records written by hand: what holds is let pass, each violation is said, what is not known is not judged. */
import { describe, expect, it } from '@jest/globals';
import { INVARIANTS, judgeAll } from '../../invariants/all.ts';
import type { Attempt, CommitFacts, Decision, Happened, MainUpdate } from '../../invariants/happened.ts';
import type { Commit, Outcome, PinnedMember, Vector } from '../../src/changeset.ts';
import { commit } from '../support/landings.ts';

const ONE = 'acme/coordinator#1/one';
const TWO = 'acme/coordinator#2/two';

const c = (word: string) => commit(word);
const ofChangeset = (label: string) => `Merge\n\nLockstep-Changeset: ${label}\n`;

/** `b`: the base of both mains. `h`: a head. `x`, `y`: candidates of one and two on it; `xy`: two on top of one. */
const COMMITS = new Map<Commit, CommitFacts>([
  [c('b'), { parents: [], message: 'begins\n' }],
  [c('h'), { parents: [c('b')], message: 'work\n' }],
  [c('x'), { parents: [c('b'), c('h')], message: ofChangeset(ONE) }],
  [c('y'), { parents: [c('b'), c('h')], message: ofChangeset(TWO) }],
  [c('xy'), { parents: [c('x'), c('h')], message: ofChangeset(TWO) }],
  [c('yx'), { parents: [c('y'), c('h')], message: ofChangeset(ONE) }],
  [c('xx'), { parents: [c('x'), c('h')], message: ofChangeset(ONE) }],
  [c('undo'), { parents: [c('x')], message: `${ofChangeset(ONE)}Lockstep-Reverts: ${c('x')}\n` }],
]);

const main = (at: number, name: string, from: string | null, to: string, by: MainUpdate['by']): MainUpdate => ({
  at,
  repository: `acme/${name}`,
  old: from === null ? null : c(from),
  new: c(to),
  by,
});

const member = (name: string, base: string, candidate: string): PinnedMember => ({
  repository: `acme/${name}`,
  branch: 'work',
  head: c('h'),
  base: c(base),
  candidate: c(candidate),
  alreadyMerged: false,
});

const vectorOf = (...members: PinnedMember[]): Vector => ({ members, others: [], coordinator: c('coordinator') });
const ABOTH = vectorOf(member('a', 'b', 'x'), member('b', 'b', 'x'));

const attempt = (label: string, vector: Vector, end?: Outcome, looked: [string, string][] = []): Attempt => ({
  changeset: label,
  attempt: `${label} 1`,
  approval: 'none',
  exclusive: false,
  decided: [{ at: 1, vector }],
  ...(end && {
    settled: {
      at: 9,
      outcome: end,
      looked: looked.map(([name, tip]) => ({ repository: `acme/${name}`, tip: c(tip) })),
    },
  }),
});

const BEGIN = [main(0, 'a', null, 'b', 'somebody'), main(0, 'b', null, 'b', 'somebody')];
const landedOne: Outcome = { kind: 'landed', members: ABOTH.members };

/** One landed in both repositories, as it should. */
const FINE: Happened = {
  commits: COMMITS,
  mains: [...BEGIN, main(2, 'a', 'b', 'x', 'lockstep'), main(3, 'b', 'b', 'x', 'lockstep')],
  attempts: [
    attempt(ONE, ABOTH, landedOne, [
      ['a', 'x'],
      ['b', 'x'],
    ]),
  ],
  greens: [{ at: 0, changeset: ONE, vector: ABOTH }],
  approvals: [],
  commands: [],
};

const said = (change: Partial<Happened>) =>
  judgeAll({ ...FINE, ...change }).violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`);

it('a landing as it should be violates nothing', () => {
  expect(said({})).toEqual([]);
});

it('what a caller does not know is said to be not judged', () => {
  const { judged, notJudged } = judgeAll({ commits: COMMITS, mains: [] });
  expect(judged).toEqual(['8 forward']);
  expect(notJudged).toContainEqual({ invariant: '10 secret', lacks: ['secrets'] });
  expect(notJudged).toHaveLength(INVARIANTS.length - 1);
});

describe('1 whole', () => {
  const half = [...BEGIN, main(2, 'a', 'b', 'x', 'lockstep')];
  const failed: Outcome = { kind: 'failed', reason: { kind: 'moved', times: 4, last: 'main' } };
  const rolledBack: Outcome = { kind: 'rolledBack', reason: 'no', reverted: [] };

  it('said to have landed where it does not stand, or where nobody looked', () => {
    const looked: [string, string][] = [
      ['a', 'x'],
      ['b', 'b'],
    ];
    expect(said({ mains: half, attempts: [attempt(ONE, ABOTH, landedOne, looked)] })).toEqual([
      expect.stringMatching(/^1 whole: .*landed.* does not stand on main of acme\/b/),
    ]);
    expect(said({ mains: half, attempts: [attempt(ONE, ABOTH, landedOne, [['a', 'x']])] })).toEqual([
      expect.stringMatching(/nobody had looked at main of acme\/b/),
    ]);
  });

  it('said to have failed while a part of it stands; a person who takes it out settles that', () => {
    const attempts = [attempt(ONE, ABOTH, failed)];
    expect(said({ mains: half, attempts })).toEqual([expect.stringMatching(/failed.* stands on main of acme\/a/)]);
    expect(said({ mains: [...half, main(4, 'a', 'x', 'undo', 'somebody')], attempts })).toEqual([]);
  });

  it('a push that arrives after all was said to be taken back', () => {
    const attempts = [
      attempt(ONE, ABOTH, rolledBack, [
        ['a', 'undo'],
        ['b', 'b'],
      ]),
    ];
    const taken = [...half, main(4, 'a', 'x', 'undo', 'lockstep')];
    expect(said({ mains: taken, attempts })).toEqual([]);
    expect(said({ mains: [...taken, main(10, 'b', 'b', 'x', 'lockstep')], attempts })).toEqual([
      expect.stringMatching(/rolledBack, and then Lockstep moved main of acme\/b/),
    ]);
  });
});

it('2 tested: what was never green there, or never together', () => {
  expect(said({ greens: [] })).toHaveLength(3);
  const apart = [vectorOf(member('a', 'b', 'x')), vectorOf(member('b', 'b', 'x'))];
  expect(said({ greens: apart.map((vector) => ({ at: 0, changeset: ONE, vector })) })).toEqual([
    `2 tested: ${ONE} has landed, but its commits were never tested green together`,
  ]);
});

it('3 once: a second time while the first stands', () => {
  const [first, second] = [vectorOf(member('a', 'b', 'x')), vectorOf(member('a', 'x', 'xx'))];
  const mains = [...BEGIN, main(2, 'a', 'b', 'x', 'lockstep'), main(3, 'a', 'x', 'xx', 'lockstep')];
  const greens = [first, second].map((vector) => ({ at: 0, changeset: ONE, vector }));
  const twice = { ...attempt(ONE, first), decided: [first, second].map((vector) => ({ at: 1, vector })) };
  expect(said({ mains, greens, attempts: [twice] })).toEqual([expect.stringMatching(/^3 once/)]);
});

it('4 order: one before two here, after it there', () => {
  const [ofOne, ofTwo] = [
    vectorOf(member('a', 'b', 'x'), member('b', 'y', 'yx')),
    vectorOf(member('a', 'x', 'xy'), member('b', 'b', 'y')),
  ];
  const mains = [
    ...BEGIN,
    main(1, 'a', 'b', 'x', 'lockstep'),
    main(2, 'a', 'x', 'xy', 'lockstep'),
    main(3, 'b', 'b', 'y', 'lockstep'),
    main(4, 'b', 'y', 'yx', 'lockstep'),
  ];
  const looked: [string, string][] = [
    ['a', 'xy'],
    ['b', 'yx'],
  ];
  const attempts = [
    attempt(ONE, ofOne, { kind: 'landed', members: ofOne.members }, looked),
    attempt(TWO, ofTwo, { kind: 'landed', members: ofTwo.members }, looked),
  ];
  const greens = [
    { at: 0, changeset: ONE, vector: ofOne },
    { at: 0, changeset: TWO, vector: ofTwo },
  ];
  expect(said({ mains, attempts, greens })).toEqual([
    `4 order: ${ONE} landed before ${TWO} in acme/a, but after it in acme/b`,
  ]);
});

it('7 approved: heads that nobody approved, where an approval is asked for', () => {
  const attempts = FINE.attempts?.map((one) => ({ ...one, approval: 'required' as const })) ?? [];
  expect(said({ attempts })).toHaveLength(2);
  const heads = ABOTH.members.map(({ repository, head }) => ({ repository, commit: head }));
  expect(said({ attempts, approvals: [{ at: 0, changeset: ONE, heads }] })).toEqual([]);
});

it('8 forward: a main that loses commits by our hand', () => {
  const back = main(4, 'a', 'x', 'b', 'lockstep');
  expect(said({ mains: [...(FINE.mains ?? []), back] })).toContainEqual(expect.stringMatching(/^8 forward/));
});

it('11 answered: a landing that begins after a pause was answered, as long as that holds', () => {
  const pause = { verb: 'pause' as const, by: 'pam', answered: { at: 0.5, text: 'done' } };
  expect(said({ commands: [pause] })).toEqual([expect.stringMatching(/^11 answered: .* after the pause by pam/)]);
  expect(said({ commands: [{ ...pause, until: 0.7 }] })).toEqual([]);
  expect(said({ commands: [{ ...pause, answered: { at: 5, text: 'done' } }] })).toEqual([]);
  expect(said({ commands: [{ ...pause, changesets: [TWO] }] })).toEqual([]);
});

it.each(['pause', 'skip'] as const)(
  '11 answered: a %s holds for what begins, not for what had begun and is finished',
  (verb) => {
    const command = { verb, by: 'sue', answered: { at: 0.5, text: 'done' } };
    const manifest = { pullRequest: 1, repository: 'acme/coordinator', branch: 'change', head: c('manifest') };
    const decision = (at: number, finishing: boolean) => ({
      at,
      vector: ABOTH,
      look: { since: at - 0.1, finishing, manifest },
    });
    const after = (...decided: Decision[]) =>
      said({ attempts: (FINE.attempts ?? []).map((one) => ({ ...one, decided })), commands: [command] }).filter((one) =>
        one.startsWith('11'),
      );
    expect(after(decision(0.3, false), decision(1, true))).toEqual([]);
    expect(after(decision(0.3, false), decision(1, false))).toHaveLength(1);
    expect(after(decision(0.7, false), decision(1, true))).toHaveLength(2);
    expect(after(decision(1, true))).toHaveLength(1);
  },
);

describe('the last look before a landing', () => {
  const manifest = { pullRequest: 1, repository: 'acme/coordinator', branch: 'change', head: c('manifest') };
  const look = { since: 0.5, finishing: false, manifest };
  const pushed = (at: number, repository: string, branch: string, to: string) => ({
    at,
    repository,
    branch,
    new: c(to),
    by: 'somebody' as const,
  });
  const BRANCHES = [
    pushed(0, 'acme/a', 'work', 'h'),
    pushed(0, 'acme/b', 'work', 'h'),
    pushed(0, 'acme/coordinator', 'change', 'manifest'),
  ];
  const seen = (change: Partial<Happened>, how: Partial<typeof look> = {}, vector = ABOTH) => {
    const [one] = FINE.attempts ?? [];
    const attempts = one ? [{ ...one, decided: [{ at: 1, vector, look: { ...look, ...how } }] }] : [];
    return said({ attempts, branches: BRANCHES, obstacles: [], ...change });
  };

  it('2 mains: was not on a main that had moved, nor under a rule', () => {
    expect(seen({})).toEqual([]);
    const mains = [main(0.2, 'a', 'b', 'h', 'somebody'), main(0.3, 'a', 'h', 'b', 'somebody')];
    expect(seen({ mains: [...BEGIN, ...mains, ...(FINE.mains ?? []).slice(2)] })).toEqual([]);
    expect(seen({ mains: [...BEGIN, ...mains.slice(0, 1), ...(FINE.mains ?? []).slice(2)] })).toContain(
      `2 mains: ${ONE} began to land although main of acme/a was no longer at ${c('b').slice(0, 7)}`,
    );
    const rule = { of: { repository: 'acme/b' }, from: 0.1 };
    expect(seen({ obstacles: [rule] })).toEqual([
      `2 mains: ${ONE} began to land although a rule on main of acme/b forbade it`,
    ]);
    expect(seen({ obstacles: [{ ...rule, until: 0.7 }] })).toEqual([]);
    expect(seen({ obstacles: [{ ...rule, from: 0.7 }] })).toEqual([]);
  });

  it('2 mains: with interference of all every other main counts as well', () => {
    const others = { ...ABOTH, others: [{ repository: 'acme/c', commit: c('b') }] };
    const mains = [...(FINE.mains ?? []), main(0.1, 'c', null, 'h', 'somebody')];
    const greens = [{ at: 0, changeset: ONE, vector: others }];
    expect(seen({ mains, greens }, {}, others)).toEqual([]);
    const [one] = FINE.attempts ?? [];
    const attempts = one ? [{ ...one, exclusive: true, decided: [{ at: 1, vector: others, look }] }] : [];
    expect(seen({ mains, greens, attempts })).toEqual([expect.stringMatching(/^2 mains: .* main of acme\/c/)]);
  });

  it('7 heads: was at the pinned heads, of a pull request that was open and as it was read', () => {
    const moved = [...BRANCHES, pushed(0.4, 'acme/a', 'work', 'y')];
    expect(seen({ branches: moved })).toEqual([
      `7 heads: ${ONE} began to land although work of acme/a had another head`,
    ]);
    expect(seen({ branches: moved }, { finishing: true })).toEqual([]);
    expect(seen({ branches: [...BRANCHES, pushed(0.6, 'acme/a', 'work', 'y')] })).toEqual([]);
    expect(seen({ obstacles: [{ of: { pullRequest: 1 }, from: 0.1 }] })).toEqual([
      `7 heads: ${ONE} began to land although #1 was not open`,
    ]);
    const over = { ...pushed(0.4, 'acme/coordinator', 'change', 'x') };
    expect(seen({ branches: [...BRANCHES, over] })).toEqual([
      `7 heads: ${ONE} began to land although somebody had pushed to #1`,
    ]);
    expect(seen({ branches: [...BRANCHES, { ...over, by: 'lockstep' }] })).toEqual([]);
  });
});

it('1 whole: what was said to have failed is not pushed afterwards, unless it is tried anew', () => {
  const failed = attempt(ONE, ABOTH, { kind: 'failed', reason: { kind: 'cutOff' } });
  const early = {
    ...failed,
    settled: { at: 1.5, outcome: { kind: 'failed', reason: { kind: 'cutOff' } }, looked: [] } as const,
  };
  expect(said({ attempts: [{ ...early, settled: { ...early.settled, looked: [] } }] })).toContainEqual(
    expect.stringMatching(/^1 whole: .* was said to be failed, and then its commit .* came onto main of acme\/a/),
  );
});

it('5 merged, superseded: only what was read is merged, and only people supersede a run', () => {
  const manifest = { pullRequest: 1, repository: 'acme/coordinator', branch: 'change', head: c('a') };
  const pushed = (at: number, to: string, by: 'somebody' | 'lockstep') => ({
    at,
    repository: 'acme/coordinator',
    branch: 'change',
    new: c(to),
    by,
  });
  const status = [pushed(0, 'a', 'somebody'), pushed(1, 'b', 'lockstep')];
  const push = [...status, pushed(2, 'c', 'somebody')];
  const merges = [{ at: 3, manifest }];
  expect(said({ merges, branches: status })).toEqual([]);
  expect(said({ merges, branches: push })).toEqual(['5 merged: #1 was merged with a push that nobody had read']);
  const stopped: Attempt = { ...attempt(TWO, ABOTH, { kind: 'stopped', why: 'superseded' }), decided: [], manifest };
  const attempts = [...(FINE.attempts ?? []), stopped];
  expect(said({ attempts, branches: push })).toEqual([]);
  expect(said({ attempts, branches: status })).toEqual([
    `5 superseded: ${TWO} was let go for a push, but nobody had pushed to #1`,
  ]);
});

it('11 heard: at rest every command is answered', () => {
  const pause = { verb: 'pause' as const, by: 'pam' };
  expect(said({ commands: [pause] })).toEqual([]);
  expect(said({ commands: [pause], stuck: [] })).toEqual(['11 heard: the pause by pam was never answered']);
});

it('5 status: is what was known when the manifest was merged; what an operator makes of it later stays out', () => {
  const failed: Outcome = { kind: 'failed', reason: { kind: 'refused', sentences: [] } };
  const settled = (at: number, outcome: Outcome) => ({
    ...attempt(ONE, ABOTH),
    attempt: `${ONE} ${at}`,
    decided: [],
    settled: { at, outcome, looked: [] },
  });
  const manifest = { pullRequest: 1, repository: 'acme/coordinator', branch: 'change', head: c('h') };
  const written = (status: 'failed' | 'success', mergedAt: number) =>
    said({
      attempts: [settled(5, failed), settled(9, landedOne)],
      checks: [],
      statuses: [{ changeset: ONE, status }],
      merges: [{ at: mergedAt, manifest }],
    }).filter((sentence) => sentence.startsWith('5 status'));
  expect(written('failed', 7)).toEqual([]);
  expect(written('success', 7)).toHaveLength(1);
  expect(written('success', 10)).toEqual([]);
  expect(written('failed', 10)).toHaveLength(1);
});

it('5, 6, 9, 10, 12: what is told, and what is left', () => {
  const told: Partial<Happened> = {
    statuses: [],
    checks: [{ pullRequest: 1, completed: false }],
    comments: [
      { pullRequest: 1, kind: 'sticky' },
      { pullRequest: 1, kind: 'sticky' },
    ],
    leftovers: ['a branch'],
    secrets: ['a log'],
    stuck: ['one waits for nothing'],
  };
  expect(said(told).map((sentence) => sentence.split(':')[0])).toEqual([
    '5 status',
    '5 status',
    '6 comments',
    '9 clean',
    '10 secret',
    '12 rest',
  ]);
  const fine = { statuses: [{ changeset: ONE, status: 'success' as const }], checks: [], comments: [] };
  expect(said({ ...fine, leftovers: [], secrets: [], stuck: [] })).toEqual([]);
});
