/** Measures in the commits that Lockstep makes, and in how it knows them again. */
import { faultRun, type Mutant, model, simulator, test } from '../mutant.ts';

export const COMMITS: Mutant[] = [
  {
    measure: 'stands weakened to contains',
    edits: [
      {
        file: 'src/landing/standing.ts',
        from: "if (!facts.contained) return 'absent';",
        to: "return facts.contained ? 'stands' : 'absent';",
      },
    ],
    hunters: [model("one changeset, a person's revert, a foreign push"), simulator()],
  },
  {
    measure: 'stands: a revert that no message tells',
    edits: [
      {
        file: 'src/landing/standing.ts',
        from: "if (!facts.bringsNothing && facts.takenOut) return 'reverted';",
        to: '',
      },
    ],
    hunters: [model("one changeset, a person's revert, a foreign push"), simulator()],
  },
  {
    measure: 'stands: what was taken out before its lines changed again',
    edits: [{ file: 'activities/landing/standing.ts', from: 'above.slice(0, CONFLICTS)', to: 'above.slice(0, 1)' }],
    hunters: [model("one changeset, a person's revert, a foreign push")],
  },
  {
    measure: 'reapplying a reverted branch',
    edits: [
      {
        file: 'src/landing/candidate.ts',
        from: "if (concerning.length > 0) return { kind: 'merge', reapply: concerning.map((revert) => revert.revert) };",
        to: '',
      },
      // Without it a branch that does not stand is refused: the second lock.
      {
        file: 'src/landing/candidate.ts',
        from: 'if (facts.takenOutOf !== undefined) {',
        to: 'if (facts.takenOutOf === undefined && false) {',
      },
    ],
    hunters: [model("one changeset, a person's revert, a foreign push"), simulator()],
  },
  {
    measure: 'duplicate detection: a candidate of this changeset, of any attempt',
    edits: [
      {
        file: 'activities/landing/halfLanding.ts',
        from: 'if (all.every((one) => standingIn(one) === undefined)) return undefined;',
        to: 'if (all) return undefined;',
      },
    ],
    hunters: [
      test(
        'test/contract/landing.test.ts',
        'a half landing is said to be one',
        'without it the rest is landed without asking anybody, which leaves nothing half: only that nobody was asked',
      ),
    ],
  },
  {
    measure: 'duplicate detection: a candidate that stands already is not pushed again',
    edits: [
      {
        file: 'src/landing/push.ts',
        from: "if (facts.standing === 'stands') return { do: 'conclude', pushed: { kind: 'landed' } };",
        to: '',
      },
    ],
    hunters: [model('one changeset, a repository that goes away, a crash'), simulator()],
  },
  {
    measure: 'duplicate detection: comments by their marker',
    edits: [
      {
        file: 'activities/github/fake.ts',
        from: 'one.body.startsWith(comment.marker);',
        to: 'one.body === comment.body;',
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'duplicate detection: comments by their marker, on GitHub itself',
    edits: [
      {
        file: 'activities/github/comments.ts',
        from: "own.filter((one) => (one.body ?? '').startsWith(comment.marker))",
        to: 'own.filter(() => false)',
      },
    ],
    hunters: [faultRun('K+ comment')],
  },
  {
    measure: 'deterministic dates',
    edits: [
      {
        file: 'simulator/git.ts',
        from: 'date: find(repository, dateOf).date',
        to: 'date: about.now()',
      },
    ],
    hunters: [simulator(1)],
  },
  {
    measure: 'deterministic dates, in git itself',
    edits: [
      {
        file: 'activities/git/trees.ts',
        from: 'return writeCommit(local, { ...request, date: `@${date}` });',
        to: 'return writeCommit(local, { ...request, date: `@${Math.floor(Date.now() / 1000) + (date ? 0 : 1)} +0000` });',
      },
    ],
    hunters: [faultRun('two workers and two servers')],
  },
  {
    measure: 'trailers: the changeset of a candidate',
    edits: [
      {
        file: 'src/landing/trailers.ts',
        from: `    \`Lockstep-Changeset: \${changesetLabel(changeset)}\`,
    ...pins`,
        to: '    ...pins',
      },
    ],
    hunters: [simulator(234)],
  },
  {
    measure: 'trailers: the vector of a candidate',
    edits: [
      {
        file: 'src/landing/trailers.ts',
        from: '    ...pins.map((pin) => `Lockstep-Vector: ${pin.repository} ${pin.head} ${pin.base} ${pin.branch}`),\n',
        to: '',
      },
    ],
    hunters: [model('one changeset, a rule, a crash, an older main, a new attempt'), simulator()],
  },
  {
    measure: 'trailers: what a revert took out',
    edits: [
      {
        file: 'src/landing/trailers.ts',
        from: '    `Lockstep-Reverts: ${candidate}`,\n',
        to: '',
      },
    ],
    hunters: [model('one changeset, a foreign push, a crash'), simulator()],
  },
  {
    measure: 'trailers: what was brought back',
    edits: [
      {
        file: 'src/landing/trailers.ts',
        from: '    ...reapplies.map((commit) => `Lockstep-Reapplies: ${commit}`),\n',
        to: '',
      },
    ],
    hunters: [
      test(
        'test/unit/landingLooks.test.ts',
        'are read back as they were written',
        'only a third attempt, after a second that was taken back too, asks what brought it back: no budget goes so far',
      ),
    ],
  },
  {
    measure: 'own-commit recognition: by being made again',
    edits: [
      {
        file: 'activities/manifest/ownCommits.ts',
        from: 'return again === commit ?',
        to: 'return again ?',
      },
    ],
    hunters: [simulator(61)],
  },
  {
    measure: 'own-commit recognition: only of statuses that are known to be true',
    edits: [
      {
        file: 'activities/manifest/ownCommits.ts',
        from: 'return own.every(isKnown) ? own : undefined;',
        to: 'return own;',
      },
    ],
    hunters: [
      test(
        'test/contract/statuses.test.ts',
        'during a run is a push like any other, and is no foundation',
        'whoever writes the bot’s very words into the manifest breaks invariant 5 all by himself',
      ),
    ],
  },
  {
    measure: 'adopting own status commits',
    edits: [
      {
        file: 'activities/manifest/ownCommits.ts',
        from: 'return own.every(isKnown) ? own : undefined;',
        to: 'return own.length > 0 ? undefined : own;',
      },
    ],
    hunters: [simulator(1)],
  },
  {
    measure: 'the parent of the status commit: never a push that was not read',
    edits: [
      {
        file: 'activities/manifest/status.ts',
        from: 'const onPersons = found === undefined;',
        to: 'const onPersons = false;',
      },
    ],
    hunters: [simulator(55)],
  },
  {
    measure: 'the expected head of the manifest’s merge',
    edits: [
      {
        file: 'activities/manifest/status.ts',
        from: '    head: tip,\n    title',
        to: '    head: before.head,\n    title',
      },
    ],
    hunters: [
      simulator(),
      test(
        'test/contract/statuses.test.ts',
        'is not merged: only the head that this run knows is',
        'a push has to come between two requests of one activity: seeds come there rarely',
      ),
    ],
  },
];
