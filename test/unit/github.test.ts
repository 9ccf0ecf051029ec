/** The local GitHub's pure parts: rulesets as decisions, and git's framing of a push. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Outstanding } from '../../server/local/github/outstanding.ts';
import { parsePush, parseReport, writeRefusal } from '../../server/local/github/pkt-line.ts';
import {
  bindingRules,
  bypassOf,
  covers,
  violationsOfMerge,
  violationsOfPush,
} from '../../server/local/github/rules.ts';
import type { BypassActor, Repository, Rule, Ruleset } from '../../server/local/github/types.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const NOTHING = { passedChecks: new Set<string>(), failedChecks: new Set<string>() };

function ruleset(rules: Rule[], bypassActors: BypassActor[] = [], include = ['~DEFAULT_BRANCH']): Ruleset {
  return { id: 1, name: 'r', rules, bypassActors, include, exclude: [], createdAt: '', updatedAt: '' };
}

const APP: BypassActor = { actor_type: 'Integration', actor_id: 7, bypass_mode: 'always' };
const WRITERS: BypassActor = { actor_type: 'RepositoryRole', actor_id: 4, bypass_mode: 'pull_request' };

describe('rulesets', () => {
  test('cover refs by name, by pattern and by role of the branch', () => {
    const on = (pattern: string, ref: string) => covers(ruleset([], [], [pattern]), ref, 'main');
    expect(on('~DEFAULT_BRANCH', 'refs/heads/main')).toBe(true);
    expect(on('~DEFAULT_BRANCH', 'refs/heads/main2')).toBe(false);
    expect(on('~ALL', 'refs/heads/x/y')).toBe(true);
    expect(on('~ALL', 'refs/tags/v1')).toBe(false);
    expect(on('refs/heads/release/*', 'refs/heads/release/1')).toBe(true);
    expect(on('refs/heads/release/*', 'refs/heads/release/1/2')).toBe(false);
    // As on GitHub (`File::FNM_PATHNAME`): only `**/` goes across slashes.
    expect(on('refs/heads/release/**', 'refs/heads/release/1/2')).toBe(false);
    expect(on('refs/heads/release/**/*', 'refs/heads/release/1')).toBe(true);
    expect(on('refs/heads/release/**/*', 'refs/heads/release/1/2/3')).toBe(true);
    expect(on('refs/heads/release/**/*', 'refs/heads/released')).toBe(false);
    expect(on('refs/heads/a.b', 'refs/heads/axb')).toBe(false);
  });

  test('are stepped over by those whom they name, on the occasion that they name', () => {
    const rules = ruleset([{ type: 'update' }], [APP, WRITERS]);
    const on = { ref: 'refs/heads/main', defaultBranch: 'main' };
    const app = { kind: 'app', appId: 7 } as const;
    const writer = { kind: 'person', role: 'write' } as const;
    expect(bypassOf(rules, app)).toBe('always');
    expect(bypassOf(rules, { kind: 'app', appId: 8 })).toBe('never');
    expect(bypassOf(rules, writer)).toBe('pull_requests_only');
    expect(bypassOf(rules, { kind: 'person', role: 'none' })).toBe('never');
    expect(bindingRules([rules], on, { subject: app, occasion: 'push' })).toEqual([]);
    expect(bindingRules([rules], on, { subject: writer, occasion: 'push' })).toHaveLength(1);
    expect(bindingRules([rules], on, { subject: writer, occasion: 'pull_request' })).toEqual([]);
  });

  test('name every violation of a push', () => {
    const of = (rule: Rule, old: string | null, next: string | null) =>
      violationsOfPush([rule], { ref: 'refs/heads/main', old, new: next }, NOTHING).length;
    expect([of({ type: 'creation' }, null, A), of({ type: 'creation' }, A, B)]).toEqual([1, 0]);
    expect([of({ type: 'update' }, A, B), of({ type: 'update' }, null, A), of({ type: 'update' }, A, null)]).toEqual([
      1, 0, 0,
    ]);
    expect([of({ type: 'deletion' }, A, null), of({ type: 'deletion' }, A, B)]).toEqual([1, 0]);
    const review: Rule = { type: 'pull_request', parameters: { required_approving_review_count: 1 } };
    expect([of(review, A, B), of({ type: 'required_signatures' }, A, B)]).toEqual([1, 1]);
    expect(violationsOfMerge([review], 'merge', NOTHING)).toHaveLength(1);
    expect(violationsOfMerge([{ type: 'required_linear_history' }], 'squash', NOTHING)).toEqual([]);
  });
});

describe("git's framing", () => {
  const pkt = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
  const request = `${pkt(`${A} ${B} refs/heads/main\0 report-status side-band-64k\n`)}${pkt(`${A} ${'0'.repeat(40)} refs/heads/x\n`)}0000PACK`;

  test('of a push is read however it arrives', () => {
    const whole = Buffer.from(request);
    const expected = {
      changes: [
        { ref: 'refs/heads/main', old: A, new: B },
        { ref: 'refs/heads/x', old: A, new: null },
      ],
      capabilities: ['report-status', 'side-band-64k'],
    };
    const complete = request.indexOf('0000PACK') + 4;
    for (let length = 0; length <= whole.length; length += 1) {
      expect(parsePush(whole.subarray(0, length))).toEqual(length < complete ? null : expected);
    }
  });

  test('of a refusal is read back as it was written', () => {
    const ref = fc.stringMatching(/^refs\/heads\/[a-z]{1,20}$/);
    const report = fc.record({
      messages: fc.string({ maxLength: 200_000 }),
      ok: fc.constant<string[]>([]),
      refused: fc.array(fc.record({ ref, reason: fc.stringMatching(/^[a-z][a-z ]{0,40}[a-z]$/) }), { minLength: 1 }),
    });
    fc.assert(
      fc.property(report, (written) => {
        expect(parseReport(writeRefusal(written, ['side-band-64k']), ['side-band-64k'])).toEqual(written);
      }),
      { numRuns: 50 },
    );
  });

  test('that is not a push is refused', () => {
    expect(() => parsePush(Buffer.from('GARBAGE'))).toThrow(/pkt-line length/);
  });
});

test('a move waits to be recorded until the one before it is', async () => {
  const outstanding = new Outstanding();
  const repository = { id: 1 } as Repository;
  const first = { ref: 'refs/heads/main', old: null, new: A };
  const second = { ref: 'refs/heads/main', old: A, new: B };
  const back = { ref: 'refs/heads/main', old: B, new: A };
  const over = outstanding.begin(repository, [first]);
  outstanding.begin(repository, [second]);
  outstanding.begin(repository, [back]);
  const order: string[] = [];
  const waiting = outstanding.predecessorOf(repository, second).then(() => order.push('second'));
  await new Promise((resolve) => setImmediate(resolve));
  order.push('first');
  over();
  await waiting;
  expect(order).toEqual(['first', 'second']);
});
