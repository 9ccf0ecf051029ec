/** What people are told that a landing is doing, state by state. */
import { describe, expect, it } from '@jest/globals';
import { beginning, type LandingState } from '../../src/landing/state.ts';
import { planChangesets } from '../../src/plan/plan.ts';
import { needsSlot } from '../../src/plan/progress.ts';
import { notification } from '../../src/report/comments.ts';
import { phaseOfState, phaseSentence } from '../../src/report/phases.ts';
import { stickyComment } from '../../src/report/sticky.ts';
import { came, findings, storyOf, THREE, vectorOf } from '../support/landings.ts';
import { about, id, one, view } from '../support/views.ts';

const said = (state: LandingState) => phaseSentence(phaseOfState(state, {}));

describe('a step that waits for GitHub', () => {
  const carried = { round: 1, moves: 0 };
  const reason = 'acme/web refused the landing: a rule';
  const since = '2026-11-23T10:41:00Z';
  const waits: [LandingState, string][] = [
    [
      beginning({ members: [] }),
      'It had ended before; looks at what of it stands on main of its repositories; waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'landing', vector: THREE, landed: ['acme/api'] },
      '1 of 3 landed, waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'verifying', vector: THREE, expect: { all: 'stand' } },
      '3 of 3 landed, waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'surveying', vector: THREE, reason },
      'Takes back what had landed; waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'compensating', vector: THREE, reason, toRevert: ['acme/api'], reverted: [] },
      'Takes back what had landed; waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'verifying', vector: THREE, expect: { all: 'gone', reason, reverted: [] } },
      'Takes back what had landed; waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'halting', vector: THREE, reason },
      'Halted: acme/web refused the landing: a rule. Reads what stands where; waiting for GitHub since 10:41 UTC.',
    ],
    [
      { ...carried, at: 'checking', vector: THREE, by: 'olga', reason, findings: [] },
      'Halted: acme/web refused the landing: a rule. Reads what stands where; waiting for GitHub since 10:41 UTC.',
    ],
  ];
  it.each(waits.map(([state, sentence]) => [state.at, state, sentence] as const))(
    'at %s says so, shows it in its row, and needs no slot',
    (_, state, sentence) => {
      const phase = phaseOfState(state, { since });
      expect(phaseSentence(phase)).toBe(sentence);
      expect(stickyComment(view({ at: 'running' }, [one('checkout', phase)]), about)).toContain(`| ${sentence} |`);
      const plan = planChangesets([{ name: 'checkout', priority: 0, approval: 'none', members: [], line: 2 }], 'all');
      expect(needsSlot(plan, { checkout: phase })).toBe(false);
      expect(phaseSentence(phaseOfState(state, {}))).not.toContain('waiting for GitHub');
    },
  );

  it('is told to the team, with what there is to do', () => {
    const sentence = '1 of 3 landed, waiting for GitHub since 10:41 UTC.';
    const text = notification(
      id,
      { kind: 'waiting', sentence },
      { url: 'https://github.com/acme/coordinator/pull/12' },
    );
    expect(text).toBe(
      ':hourglass: *checkout* (<https://github.com/acme/coordinator/pull/12|acme/coordinator#12>) waits\n' +
        '1 of 3 landed, waiting for GitHub since 10:41 UTC. It goes on by itself once GitHub answers; until then nothing ' +
        'else lands in its repositories. If GitHub is well (https://www.githubstatus.com), look at the worker’s log.',
    );
  });
});

describe('a half landing that is being finished', () => {
  const stood = findings(THREE, { api: 'stands', docs: 'stands' });
  const operator: LandingState = {
    ...{ at: 'operator', round: 1, moves: 0 },
    ...{ vector: THREE, reason: 'it halted', findings: stood },
  };
  const third = vectorOf({ api: 'h1 b1 landed', docs: 'h1 b1 landed', web: 'h1 b9' });

  it('is said to be, with what stands of it, at every step', () => {
    const story = storyOf({ from: operator });
    const heard = [
      came.resolve('finish'),
      came.turn,
      came.ready(third),
      came.green,
      came.staged,
      came.clean,
      came.landed('web'),
    ];
    expect(heard.map((result) => said(story.hears(result)))).toEqual([
      'olga chose to finish it; it asks the queue to go on.',
      'Finishes a half landing: 2 of 3 stand; reads the branches and builds the merge commits that would land.',
      'Finishes a half landing: 2 of 3 stand; runs the integration tests with all of its branches together.',
      'Finishes a half landing: 2 of 3 stand; prepares the landing, and looks once more whether anything moved.',
      'Finishes a half landing: 2 of 3 stand; prepares the landing, and looks once more whether anything moved.',
      'Landing: 2 of 3 landed.',
      'Landing: 3 of 3 landed.',
    ]);
  });

  it('says at each step that asks GitHub since when that does not answer', () => {
    const story = storyOf({ from: operator });
    const [, preparing, testing, staging] = [came.resolve('finish'), came.turn, came.ready(third), came.green].map(
      (result) => phaseSentence(phaseOfState(story.hears(result), { since: '2026-11-23T10:41:00Z' })),
    );
    expect(preparing).toMatch(/^Finishes a half landing: 2 of 3 stand; .*; waiting for GitHub since 10:41 UTC\.$/);
    expect(testing).not.toContain('GitHub');
    expect(staging).toMatch(/^Finishes a half landing: 2 of 3 stand; .*; waiting for GitHub since 10:41 UTC\.$/);
  });

  it('counts what stands already while it waits for GitHub, but not what people merged', () => {
    const story = storyOf({ from: operator });
    const merged = vectorOf({ api: 'h1 b1 landed', docs: 'h1 b1 merged', web: 'h1 b9' });
    story.hears(came.resolve('finish'), came.turn, came.ready(merged), came.green, came.staged, came.clean);
    const phase = phaseOfState(story.state(), { since: '2026-11-23T10:41:00Z' });
    expect(phase).toMatchObject({ landed: ['acme/api'], of: 2 });
    expect(phaseSentence(phase)).toBe('1 of 2 landed, waiting for GitHub since 10:41 UTC.');
  });

  it('is not counted where nothing could be read', () => {
    const story = storyOf({ from: { ...operator, findings: [] } });
    expect(said(story.hears(came.resolve('finish'), came.turn))).toBe(
      'Finishes a half landing: reads the branches and builds the merge commits that would land.',
    );
  });

  it('is shown in its row, and nobody is offered to skip it', () => {
    const finishes = storyOf({ from: operator });
    finishes.hears(came.resolve('finish'), came.turn, came.ready(third));
    const begun = storyOf();
    begun.hears(came.ready(THREE));
    const shown = ({ state }: ReturnType<typeof storyOf>) =>
      stickyComment(view({ at: 'running' }, [one('checkout', phaseOfState(state(), {}))]), about);
    expect(shown(finishes)).toContain('### ⏳ Finishing 1 half landing · 0 of 1 done');
    expect(shown(finishes)).toContain('| 🔄 finishing | `checkout` |');
    expect(shown(finishes)).toContain('Finishes a half landing: 2 of 3 stand; runs the integration tests');
    const skip = '--name skip --input \'{"by":"<your name>"';
    expect(shown(finishes)).not.toContain(skip);
    expect(shown(begun)).toContain(skip);
  });
});
