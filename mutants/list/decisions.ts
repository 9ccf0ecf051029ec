/** Measures from the last look to the decision, and in the queue that grants it. */
import { type Mutant, model, simulator, test } from '../mutant.ts';

export const DECISIONS: Mutant[] = [
  {
    measure: 'the decision’s place: in the activation of the last look at the orders',
    edits: [
      {
        file: 'workflows/changeset.ts',
        from: 'const result = await perform(input, desk, step)',
        to: 'const orders = desk.orders();\n      const result = await perform(input, desk, step)',
      },
      {
        file: 'workflows/changeset.ts',
        from: '{ result, orders: desk.orders() }',
        to: '{ result, orders }',
      },
    ],
    hunters: [
      simulator(),
      test(
        'test/simulator/decision.test.ts',
        'a skip that comes together with that answer is before the decision',
        'the moment is one workflow task: seeds come there rarely',
      ),
    ],
  },
  {
    measure: 'the recheck of heads',
    edits: [
      {
        file: 'src/landing/recheck.ts',
        from: 'if (found?.head !== undefined && found.head !== member.head) {',
        to: 'if (false) {',
      },
      {
        file: 'src/landing/recheck.ts',
        from: 'branchMoved(member, member.head, found.head)',
        to: "branchMoved(member, member.head, found?.head ?? '')",
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'the recheck of mains',
    edits: [
      {
        file: 'src/landing/recheck.ts',
        from: 'if (found !== undefined && found.main !== member.base) {',
        to: 'if (found !== undefined && false) {',
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'the recheck of the other mains, with interference of all',
    edits: [
      {
        file: 'src/landing/recheck.ts',
        from: "if (facts.interference === 'all') {",
        to: 'if (false) {',
      },
    ],
    hunters: [model('interference of all, an approval, a crash'), simulator()],
  },
  {
    measure: 'the recheck of the pull request',
    edits: [
      {
        file: 'src/landing/recheck.ts',
        from: "if (facts.manifest !== 'asPinned')",
        to: "if (facts.manifest !== 'asPinned' && false)",
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'the preflight of rules',
    edits: [
      {
        file: 'activities/landing/preflight.ts',
        from: '...members.map((member) => rulesOf(deps, member)),',
        to: '',
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'the grant before the recheck',
    edits: [
      {
        file: 'src/landing/beforeDecision.ts',
        from: "at: state.finishing ? 'rechecking' : 'granting'",
        to: "at: 'rechecking'",
      },
      {
        file: 'src/landing/beforeDecision.ts',
        from: "return { ...carriedOf(state), at: 'landing', vector: state.vector, landed: [] };",
        to: "if (!state.finishing) return { ...carriedOf(state), at: 'granting', vector: state.vector };\n      return { ...carriedOf(state), at: 'landing', vector: state.vector, landed: [] };",
      },
      {
        file: 'src/landing/advance.ts',
        from: "? { ...carriedOf(state), at: 'rechecking', vector: state.vector }",
        to: "? { ...carriedOf(state), at: 'landing', vector: state.vector, landed: [] }",
      },
      {
        file: 'src/attempt/take.ts',
        from: "if (to.at === 'landing' && from.at === 'rechecking')",
        to: "if (to.at === 'landing' && (from.at === 'rechecking' || from.at === 'granting'))",
      },
      // What the invariants are told of a decision.
      {
        file: 'model/facts.ts',
        from: "if (to.at === 'landing' && from.at === 'rechecking') {",
        to: "if (to.at === 'landing' && (from.at === 'rechecking' || from.at === 'granting')) {",
      },
    ],
    hunters: [model('interference of all, an approval, a crash'), simulator()],
  },
  {
    measure: 'approval bound to the commits: a head that moved voids it',
    edits: [
      {
        file: 'src/landing/beforeDecision.ts',
        from: 'return approval && sameHeads(approval.heads, headsOf(vector)) ? { ...rest, approval } : rest;',
        to: 'return approval && vector ? { ...rest, approval } : rest;',
      },
    ],
    hunters: [model('one changeset, an approval, a moved head'), simulator()],
  },
  {
    measure: 'approval bound to the commits: to those that the comment showed',
    edits: [
      {
        file: 'src/landing/approval.ts',
        from: 'if (shown === undefined || !sameHeads(shown, heads)) return false;',
        to: '',
      },
    ],
    hunters: [model('one changeset, an approval, a moved head'), simulator()],
  },
  {
    measure: 'approval bound to the commits: to those that it names',
    edits: [
      {
        file: 'src/landing/approval.ts',
        from: 'if (strange !== undefined) {',
        to: 'if (strange !== undefined && commits.length === 0) {',
      },
      {
        file: 'src/landing/approval.ts',
        from: 'const all = heads.every((tip) => commits.includes(tip.commit));',
        to: 'const all = commits.length > 0;',
      },
    ],
    hunters: [model('one changeset, an approval, a moved head'), simulator()],
  },
  {
    measure: 'the fence',
    edits: [
      {
        file: 'src/queue/give.ts',
        from: 'mayBegin(current, grant.pullRequest) && !fencedBy(current, grant)',
        to: 'mayBegin(current, grant.pullRequest)',
      },
    ],
    hunters: [model('interference of all, an approval, a crash'), simulator()],
  },
  {
    measure: 'a half landing moves nothing while another landing is on its way there, or was there before it',
    edits: [
      {
        file: 'src/queue/give.ts',
        from: "grant.state === 'resolving' && !fencedBy(current, grant)",
        to: "grant.state === 'resolving'",
      },
    ],
    hunters: [
      test(
        'test/unit/queue.test.ts',
        'moves nothing where another landing',
        'leases keep what lands whole all the same: the other landing is taken back, which no invariant forbids',
      ),
    ],
  },
  {
    measure: 'a half landing waits for its turn before it looks and moves',
    edits: [
      {
        file: 'workflows/changesetDesk.ts',
        from: 'await condition(() => state.granted);\n      take(attempts.waitNoMore(state));',
        to: 'take(attempts.waitNoMore(state));',
      },
    ],
    hunters: [
      test(
        'test/workflow/strays.test.ts',
        'waits for the landing that is on its way there',
        'leases keep what lands whole all the same: the other landing is taken back, which no invariant forbids',
      ),
    ],
  },
  {
    measure: 'what is on every main already is read again behind the fences',
    edits: [
      {
        file: 'src/landing/beforeDecision.ts',
        from: ": { ...carriedOf(state), at: 'granting', vector: prepared.vector };",
        to: ": afterNothing(changeset, { ...carriedOf(state), at: 'rechecking', vector: prepared.vector }, prepared);",
      },
    ],
    hunters: [
      test(
        'test/unit/landing.test.ts',
        'has landed once that is so with its fences held',
        'only changesets that name the same branches come there, and only while one of them is half way: no world of ours has such',
      ),
    ],
  },
  {
    measure: 'the pause check',
    edits: [
      {
        file: 'src/queue/give.ts',
        from: 'return state.paused === undefined && state.slot',
        to: 'return state.slot',
      },
    ],
    hunters: [model('two pipelines, a command'), simulator()],
  },
  {
    measure: 'nothing of what was skipped or withdrawn is granted',
    edits: [
      {
        file: 'src/queue/give.ts',
        from: '&& state.slot === pullRequest && !leaves',
        to: '&& state.slot === pullRequest',
      },
    ],
    hunters: [model('two pipelines, a command'), simulator()],
  },
  {
    measure: 'an answer to a pause only when the granted have decided',
    edits: [
      {
        file: 'src/queue/answer.ts',
        from: "if (inState('granted').length > 0) return known;",
        to: '',
      },
    ],
    hunters: [model('two pipelines, a command'), simulator()],
  },
  {
    measure: 'the fence stays from the grant until the landing is settled',
    edits: [
      {
        file: 'src/attempt/take.ts',
        from: "message: { kind: 'decided', changeset } }];",
        to: "message: { kind: 'releaseGrant', changeset } }];",
      },
    ],
    hunters: [model('interference of all, a crash'), simulator()],
  },
  {
    measure: 'duplicate detection: webhooks by their delivery',
    edits: [
      {
        file: 'src/queue/state.ts',
        from: 'if (state.deliveries.includes(one)) return undefined;',
        to: '',
      },
    ],
    hunters: [
      test(
        'test/unit/queue.test.ts',
        'is told once, however often a delivery comes',
        'a webhook is a hint: one that comes twice costs a look and changes nothing, so that no invariant is about it',
      ),
    ],
  },
];
