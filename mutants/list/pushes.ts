/** Measures around a push, and around what is concluded from it. */
import { faultRun, type Mutant, model, simulator, test } from '../mutant.ts';

const ENDED_BY_HAND =
  'only a run that is ended by hand in the middle of a push leaves one to be waited for here: the explorer ends none, seeds come there rarely';

/** A candidate that does not have what it lands on as its parent: a push of it by the right lease takes that out. */
const CANDIDATES_OF_AN_OLDER_MAIN = [
  {
    file: 'activities/landing/build.ts',
    from: 'const parents = [base, head];',
    to: 'const parents = [common, head];',
  },
  {
    file: 'activities/landing/build.ts',
    from: 'if (!(await git.isAncestor(repository, base, candidate))) {',
    to: 'if (false) {',
  },
];

export const PUSHES: Mutant[] = [
  {
    measure: 'the lease of a push',
    edits: [
      {
        file: 'model/context.ts',
        from: 'leases: true',
        to: 'leases: false',
      },
      {
        file: 'simulator/git.ts',
        from: "if (now !== expected) return { kind: 'stale' };",
        to: '',
      },
    ],
    hunters: [model('one changeset, a foreign push, a crash'), simulator()],
  },
  {
    measure: 'the lease of a push, in git itself',
    edits: [
      {
        file: 'activities/git/push.ts',
        from: "`--force-with-lease=${ref}:${expected ?? ''}`",
        to: "'--force'",
      },
    ],
    hunters: [faultRun('a reset of B, unread')],
  },
  {
    measure: 'the ancestor check',
    behind: CANDIDATES_OF_AN_OLDER_MAIN,
    edits: [
      {
        file: 'model/ports.ts',
        from: ' || !objects.isAncestor(lease, commit)',
        to: '',
      },
    ],
    hunters: [model('one changeset, a rule, a crash, an older main, a new attempt')],
  },
  {
    measure: 'the ancestor check, in git itself',
    behind: [
      ...CANDIDATES_OF_AN_OLDER_MAIN,
      {
        file: 'server/local/github/rulesets.ts',
        from: "rules: [{ type: 'non_fast_forward' }, { type: 'deletion' }]",
        to: "rules: [{ type: 'deletion' }]",
      },
    ],
    edits: [
      {
        file: 'activities/git/push.ts',
        from: 'if (!(await isAncestor(local, expected, commit))) {',
        to: 'if (false) {',
      },
    ],
    hunters: [faultRun('two workers and two servers')],
  },
  {
    measure: 'the expected old commit: what was tested, not what is there',
    edits: [
      {
        file: 'src/landing/push.ts',
        from: 'if (facts.tip !== facts.base)',
        to: 'if (false)',
      },
      {
        file: 'activities/landing/land.ts',
        from: 'commit: member.candidate, expected: member.base }',
        to: 'commit: member.candidate, expected: tip ?? member.base }',
      },
    ],
    hunters: [model('one changeset, a foreign push, a crash'), simulator()],
  },
  {
    measure: 'the read-back after an error',
    edits: [
      {
        file: 'activities/landing/land.ts',
        from: "if (answer.kind === 'unanswered') throw waitsForGitHub(answer.message);\n        answered = true;",
        to: "if (answer.kind === 'unanswered') return { kind: 'rejected', found: answer.message };\n        answered = true;",
      },
    ],
    hunters: [model('one changeset, two crashes'), simulator()],
  },
  {
    measure: 'one push at a time',
    edits: [
      {
        file: 'activities/landing/land.ts',
        from: '  const member = memberOf(landing);\n  const lost =',
        to: `  await Promise.all(
    toLand(landing.vector).map(({ repository, candidate, base }) =>
      deps.git.push({ repository, ref: 'refs/heads/main', commit: candidate, expected: base }, deps.live()),
    ),
  );
  const member = memberOf(landing);
  const lost =`,
      },
    ],
    hunters: [model('one changeset, a foreign push, a crash'), simulator()],
  },
  {
    measure: 'the wait before anything but landed is concluded',
    edits: [
      {
        file: 'src/landing/push.ts',
        from: "if (facts.outstanding) return { do: 'waitOutLife' };",
        to: '',
      },
    ],
    hunters: [model('three repositories, a crash, a rule'), simulator()],
  },
  {
    measure: 'the wait before anything but landed is concluded: its length',
    edits: [
      {
        file: 'activities/landing/land.ts',
        from: 'await deps.wait(deps.settings.pushLifeMs, live.signal);\n        outstanding',
        to: 'outstanding',
      },
    ],
    hunters: [model('three repositories, a crash, a rule'), simulator()],
  },
  {
    measure: 'the wait before a revert that is tried again',
    edits: [
      {
        file: 'activities/landing/land.ts',
        from: 'if (deps.attempt() > 1) await deps.wait(deps.settings.pushLifeMs, live.signal);',
        to: '',
      },
    ],
    hunters: [model('one changeset, a rule, a crash, an older main, a new attempt'), simulator()],
  },
  {
    measure: 'the wait before an operator’s look concludes',
    edits: [
      {
        file: 'activities/landing/standing.ts',
        from: 'if (settle) await deps.wait(deps.settings.pushLifeMs, deps.live().signal);',
        to: '',
      },
    ],
    hunters: [
      test(
        'test/contract/landing.test.ts',
        'a look that concludes waits out the life of a push that nobody heard the end of',
        ENDED_BY_HAND,
      ),
    ],
  },
  {
    measure: 'the wait before a stray is looked for',
    edits: [
      {
        file: 'activities/landing/lookAgain.ts',
        from: 'await deps.wait(deps.settings.pushLifeMs, deps.live().signal);',
        to: '',
      },
    ],
    hunters: [
      test(
        'test/contract/strays.test.ts',
        'waits until no push of the run before can arrive, and finds nothing where nothing stands',
        ENDED_BY_HAND,
      ),
    ],
  },
  {
    measure: 'the compensation’s lease',
    edits: [
      {
        file: 'activities/landing/land.ts',
        from: 'const answer = await git.push({ repository, ref: known(mainRef), commit, expected: tip }, live);',
        to: `const now = await git.readRefs(repository, [], live);
  const answer = await git.push({ repository, ref: known(mainRef), commit, expected: now.main }, live);`,
      },
      {
        file: 'model/ports.ts',
        from: '!objects.isAncestor(lease, commit)',
        to: 'false',
      },
      {
        file: 'simulator/git.ts',
        from: '!isAncestor(expected, commit)',
        to: 'false',
      },
    ],
    hunters: [model("one changeset, a person's revert, a foreign push"), simulator()],
  },
  {
    measure: 'the final verification',
    edits: [
      {
        file: 'src/landing/afterDecision.ts',
        from: 'if (allStand(findings)) return settle(state, { landed: vector });\n    return askOperator(',
        to: 'if (expect) return settle(state, { landed: vector });\n    return askOperator(',
      },
    ],
    hunters: [model('one changeset, a foreign push, a crash'), simulator()],
  },
  {
    measure: 'the final verification of what was taken back',
    edits: [
      {
        file: 'src/landing/afterDecision.ts',
        from: 'if (noneStands(findings)) return settle(state, { ...expect',
        to: 'if (expect) return settle(state, { ...expect',
      },
    ],
    hunters: [model("one changeset, a person's revert, a foreign push"), simulator()],
  },
  {
    measure: 'every member is read before the first revert',
    edits: [
      {
        file: 'src/landing/afterDecision.ts',
        from: "const toRevert = findings.filter((finding) => finding.standing === 'stands')",
        to: "const toRevert = findings.filter((finding) => finding.standing === 'stands').slice(0, 1)",
      },
    ],
    hunters: [
      test(
        'test/unit/landingHalfway.test.ts',
        'is reverted wherever it stands, also where nobody knew that it had landed',
        'what it leaves is seen by the final verification, which asks an operator: that is no end, and breaks no invariant',
      ),
    ],
  },
  {
    measure: 'what stands is read before an operator is asked',
    edits: [
      {
        file: 'src/landing/halfLanding.ts',
        from: "at: 'halting', vector: whole(vector), reason",
        to: "at: 'operator', vector: whole(vector), findings: [], reason",
      },
    ],
    hunters: [
      test(
        'test/unit/landingExactly.test.ts',
        'who halts reads what stands everywhere, which waits for no push and concludes nothing',
        'no invariant is about what people are shown before they decide',
      ),
    ],
  },
];
