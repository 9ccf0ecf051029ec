/** What an attempt makes of commands, orders and its own moves: what is taken, what is refused, who is told. */
import { describe, expect, it } from '@jest/globals';
import { type Attempt, holding, isInterrupted, phaseNow } from '../../src/attempt/state.ts';
import { statusOfAttempt } from '../../src/attempt/status.ts';
import * as attempts from '../../src/attempt/take.ts';
import type { LandingState } from '../../src/landing/state.ts';
import { headsOf } from '../../src/landing/state.ts';
import { commandsIn } from '../../src/report/links.ts';
import { commit, findings, TWO, vectorOf } from '../support/landings.ts';

const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };
const WORKFLOW = 'changeset/acme/coordinator/12/checkout';
const REACH = { changeset: WORKFLOW, pullRequest: 12, repositories: ['acme/api', 'acme/web'], exclusive: false };
const heads = headsOf(TWO);

/** An attempt that went through these states; what its last move told. */
function attemptAt(...states: LandingState[]) {
  let taken = attempts.begin({ id, interference: 'repositories' });
  const story = {
    state: () => taken.state,
    /** What was told last, in short: `queue decided`, `pipeline testing`. */
    told: () =>
      taken.effects.map((effect) => {
        if (effect.do === 'show') return 'show';
        if (effect.do === 'reply') return `reply ${effect.reply.refused ?? 'done'}`;
        return effect.do === 'tellQueue' ? `queue ${effect.message.kind}` : `pipeline ${effect.message.phase.at}`;
      }),
    effects: () => taken.effects,
    hears(by: (state: Attempt) => attempts.Taken) {
      taken = by(taken.state);
      return story;
    },
    moves: (to: LandingState) => story.hears((state) => attempts.takeMove(state, to)),
  };
  for (const to of states) story.moves(to);
  return story;
}

/** … to the last of which the queue has said yes. */
const granted = (...states: LandingState[]) =>
  attemptAt(...states).hears((state) => attempts.takeGrant(state, { kind: 'granted' }));

const carried = { round: 1, moves: 0 };
const pinning: LandingState = { ...carried, at: 'pinning' };
const testing: LandingState = { ...carried, at: 'testing', vector: TWO };
const approving: LandingState = { ...carried, at: 'approving', vector: TWO };
const granting: LandingState = { ...carried, at: 'granting', vector: TWO };
const rechecking: LandingState = { ...carried, at: 'rechecking', vector: TWO };
const landing: LandingState = { ...carried, at: 'landing', vector: TWO, landed: [] };
const operator: LandingState = { ...carried, at: 'operator', vector: TWO, reason: 'why', findings: [] };
const checking: LandingState = { ...operator, at: 'checking', by: 'olga' };
const resolving: LandingState = { ...carried, at: 'resolving', vector: TWO, findings: [], action: 'undo', by: 'olga' };
const surveying: LandingState = { ...carried, at: 'surveying', vector: TWO, reason: 'why' };
const cleaning: LandingState = { ...carried, at: 'cleaning', outcome: { kind: 'skipped', by: 'sue', reason: 'no' } };

describe('a skip', () => {
  const skip = { by: 'sue', reason: 'not today' };
  const skipped = (...states: LandingState[]) => attemptAt(...states).hears((state) => attempts.takeSkip(state, skip));

  it('is taken in silence until the landing begins, and the first one counts', () => {
    const story = skipped(testing);
    expect(story.told()).toEqual([]);
    story.hears((state) => attempts.takeSkip(state, { by: 'tom', reason: 'me too' }));
    expect(story.state().orders.skip).toEqual(skip);
    expect(isInterrupted(story.state())).toBe(true);
  });

  it.each([
    [landing, 'the landing has begun and goes to its end'],
    [cleaning, 'the changeset has ended'],
  ])('is refused later, and recorded all the same', (at, why) => {
    const story = skipped(at);
    expect(story.state().refused).toEqual([`skip of checkout by sue refused: it came too late, ${why}`]);
    expect(story.effects()).toMatchObject([{ do: 'tellPipeline', message: { refused: expect.stringContaining(why) } }]);
    expect(story.state().orders.skip).toEqual(skip);
    expect(isInterrupted(story.state())).toBe(false);
  });
});

describe('a command that somebody waits for', () => {
  const replyTo = { workflowId: 'comment/acme/coordinator/5', line: 2 };

  it.each([
    [approving, []],
    [testing, ['reply approval by ann refused: no approval is being waited for now']],
  ])('is answered at once', (at, expected) => {
    const story = attemptAt(at).hears((state) => attempts.takeOrder(state, { kind: 'shown', heads }));
    story.hears((state) => attempts.replied(attempts.takeApprove(state, { by: 'ann', commits: [] }), replyTo));
    const replies = story.told().filter((one) => one.startsWith('reply'));
    expect(replies).toEqual(expected.length > 0 ? expected : ['reply done']);
    expect(story.effects().at(-1)).toMatchObject({ workflowId: replyTo.workflowId, reply: { line: 2 } });
  });

  it('that was written before these heads were shown is refused, though they are written again later', () => {
    const at = (second: number) => `2026-11-23T10:00:0${second}Z`;
    const story = attemptAt(approving).hears((state) => attempts.takeOrder(state, { kind: 'shown', heads, at: at(3) }));
    story.hears((state) => attempts.takeOrder(state, { kind: 'shown', heads, at: at(7) }));
    const by = (writtenAt: string) => (state: Attempt) =>
      attempts.takeApprove(state, { by: 'ann', commits: [], writtenAt });
    expect(story.hears(by(at(2))).state().approvals).toEqual([]);
    expect(story.hears(by(at(5))).state().approvals).toHaveLength(1);
  });
});

describe('an approval', () => {
  const approve = { by: 'ann', commits: [] };

  it.each([
    [testing, 'approval by ann refused: no approval is being waited for now'],
    [landing, 'approval by ann refused: it came too late, the landing has begun and goes to its end'],
  ])('is refused while none is waited for', (at, why) => {
    const story = attemptAt(at).hears((state) => attempts.takeApprove(state, approve));
    expect(story.state().refused).toEqual([why]);
    expect(story.state().approvals).toEqual([]);
  });

  it('counts once the comment shows these heads, and is refused before', () => {
    const story = attemptAt(approving).hears(attempts.awaitApproval);
    story.hears((state) => attempts.takeApprove(state, approve));
    expect(story.state().refused).toEqual([expect.stringContaining('was not written yet')]);
    story.hears((state) => attempts.takeOrder(state, { kind: 'shown', heads }));
    // The word that it is written makes nothing of what came before it, whoever looks when.
    expect(attempts.pickApproval(story.state()).approval).toBeUndefined();
    expect(statusOfAttempt(story.state())).toMatchObject({ approvalAsked: true });
    story.hears((state) => attempts.takeApprove(state, approve));
    const picked = attempts.pickApproval(story.state());
    expect(picked).toMatchObject({ approval: { by: 'ann', heads }, effects: [] });
    expect(attempts.pickApproval(picked.state).approval).toBeUndefined();
  });

  it('that came before it is asked for again is void, and the slot may be gone', () => {
    const story = attemptAt(approving).hears((state) => attempts.takeOrder(state, { kind: 'shown', heads }));
    story.hears((state) => attempts.takeApprove(state, approve));
    expect(story.state().approvals).toHaveLength(1);
    story.hears(attempts.awaitApproval);
    expect(story.state()).toMatchObject({ approvals: [], slot: false });
  });

  it('needs a new comment when the heads are others', () => {
    const story = attemptAt(approving).hears((state) => attempts.takeOrder(state, { kind: 'shown', heads }));
    story.moves({ ...testing, vector: vectorOf({ api: 'h1 b9', web: 'h1 b1' }) });
    expect(story.state().shown).toEqual(heads);
    story.moves({ ...testing, vector: vectorOf({ api: 'h2 b1', web: 'h1 b1' }) });
    expect(story.state().shown).toBeUndefined();
  });
});

describe('a resolve', () => {
  const resolve = (by: string) => ({ action: 'undo', by }) as const;

  it('is refused while no operator is waited for', () => {
    const story = attemptAt(landing).hears((state) => attempts.takeResolve(state, resolve('olga')));
    expect(story.state().refused).toEqual(['resolve by olga refused: checkout waits for no operator']);
  });

  it('counts when it is the first; the others are told so', () => {
    const story = attemptAt(operator);
    for (const by of ['olga', 'bob', 'ann']) story.hears((state) => attempts.takeResolve(state, resolve(by)));
    const picked = attempts.pickResolve(story.state());
    expect(picked.resolve).toEqual(resolve('olga'));
    expect(picked.state.resolves).toEqual([]);
    expect(picked.state.refused).toEqual(['bob', 'ann'].map((by) => `resolve by ${by} refused: olga was first`));
    expect(picked.effects).toEqual([]);
  });

  it('that answers an earlier call is refused; one that names none answers the open one', () => {
    const checking: LandingState = { ...carried, at: 'checking', vector: TWO, by: 'olga', reason: 'why', findings: [] };
    const story = attemptAt(landing, operator, checking, operator);
    const answers = (call?: number) => ({ ...resolve('bob'), ...(call !== undefined && { call }) });
    story.hears((state) => attempts.takeResolve(state, answers(1)));
    expect(story.state()).toMatchObject({ calls: 2, resolves: [] });
    expect(story.state().refused).toEqual([
      'resolve by bob refused: it answers an earlier call for an operator; the newest comment says what stands now',
    ]);
    for (const call of [2, undefined]) {
      story.hears((state) => attempts.takeResolve({ ...state, resolves: [] }, answers(call)));
      expect(story.state().resolves).toEqual([answers(call)]);
    }
  });
});

it('only the last ten refusals are kept', () => {
  const story = attemptAt();
  for (let i = 1; i <= 12; i++) story.hears((state) => attempts.refuse(state, `refusal ${i}`));
  expect(story.state().refused).toEqual(Array.from({ length: 10 }, (_, i) => `refusal ${i + 3}`));
});

describe('a landing asks the queue', () => {
  const asking = () => attemptAt(rechecking, granting).hears((state) => attempts.askGrant(state, TWO));

  it('for its repositories, and forgets what was granted or recalled before', () => {
    const before = attemptAt(rechecking);
    before.hears((state) => attempts.takeGrant(state, { kind: 'granted' }));
    before.hears((state) => attempts.takeGrant(state, { kind: 'recall' }));
    expect(before.state()).toMatchObject({ granted: true, orders: { recall: true } });
    before.moves(granting).hears((state) => attempts.askGrant(state, TWO));
    expect(before.effects()).toEqual([{ do: 'tellQueue', message: { kind: 'wantGrant', ...REACH } }]);
    expect(before.state()).toMatchObject({ granted: false, orders: {} });
    expect(before.state().orders).not.toHaveProperty('recall');
  });

  it('and takes a recall that comes before the grant for one of the grant before', () => {
    const story = asking().hears((state) => attempts.takeGrant(state, { kind: 'recall' }));
    expect(story.state().orders).toEqual({});
    story.hears((state) => attempts.takeGrant(state, { kind: 'granted' }));
    story.hears((state) => attempts.takeGrant(state, { kind: 'recall' }));
    expect(story.state()).toMatchObject({ granted: true, orders: { recall: true } });
  });

  it('and tells why it waits, once for each reason', () => {
    const waits = (why: string) => (state: Attempt) => attempts.takeGrant(state, { kind: 'waits', why });
    const story = asking().hears(waits('until #13 has landed'));
    expect(statusOfAttempt(story.state()).sentence).toBe('Tests are green; waits until #13 has landed.');
    expect(story.told()).toEqual(['pipeline granting']);
    expect(story.hears(waits('until #13 has landed')).told()).toEqual([]);
    expect(story.hears(attempts.stopAsking).state()).toMatchObject({ waits: {} });
  });

  it('and has the slot once it is granted, unless that was taken back at once', () => {
    const without = () => attemptAt(approving).hears(attempts.awaitApproval).moves(granting);
    const granted = without().hears((state) => attempts.takeGrant(state, { kind: 'granted' }));
    const recalled = (state: Attempt) => attempts.takeGrant(state, { kind: 'recall' });
    expect(granted.hears(attempts.stopAsking).state().slot).toBe(true);
    const back = without().hears((state) => attempts.takeGrant(state, { kind: 'granted' }));
    expect(back.hears(recalled).hears(attempts.stopAsking).state().slot).toBe(false);
  });
});

describe('a halted landing that an operator lets go on', () => {
  const why = 'until the landing of #13/tax in acme/api is settled';

  it('tells what it waits for, and nothing when it waits for nothing', () => {
    const story = granted(landing).moves(operator).moves(resolving);
    expect(story.told()).toEqual(['queue wantTurn']);
    expect(story.state().granted).toBe(false);
    story.hears((state) => attempts.takeGrant(state, { kind: 'waits', why }));
    expect(story.told()).toEqual(['pipeline resolving']);
    expect(statusOfAttempt(story.state()).sentence).toBe(`olga chose to undo it; it waits ${why}.`);
    expect(story.hears(attempts.waitNoMore).state().waits).toEqual({});
  });

  it('is not let go on by what was granted before', () => {
    expect(granted(landing).moves(operator).state().granted).toBe(false);
    expect(granted(landing, operator).moves(resolving).state().granted).toBe(false);
  });
});

describe('the queue is told', () => {
  it.each([
    ['the decision', [rechecking], landing, ['decided']],
    ['that a grant comes back when something moved', [rechecking], pinning, ['releaseGrant']],
    ['that a grant comes back when a skip was faster', [granting], cleaning, ['releaseGrant']],
    ['nothing when a pause took the grant back: it is asked for again', [rechecking], granting, []],
    ['that a landing is settled', [landing], cleaning, ['releaseGrant']],
    ['to fence a half landing that was found', [pinning], operator, ['seize']],
    ['that a landing halts, and moves nothing any more', [landing], operator, ['seize']],
    ['nothing of a look at what people repaired', [operator, checking], operator, []],
    ['that an operator chose what moves refs', [operator], resolving, ['wantTurn']],
    ['nothing when it goes on in its turn', [operator, resolving], surveying, []],
  ] as const)('%s', (_, before, to, kinds) => {
    const story = attemptAt(...before).moves(to);
    const told = story.effects().flatMap((effect) => (effect.do === 'tellQueue' ? [effect.message] : []));
    expect(told.map(({ kind }) => kind)).toEqual(kinds);
    for (const message of told) expect(message).toMatchObject({ changeset: WORKFLOW });
  });

  it('by a new queue’s question, what it asks for or holds', () => {
    const holds = (...states: LandingState[]) => holding(granted(...states).state());
    expect(holds(testing)).toBeUndefined();
    expect(holding(attemptAt(granting).state())).toEqual({ ...REACH, holds: 'asked' });
    expect(holds(granting)).toEqual({ ...REACH, holds: 'granted' });
    expect(holds(granting, rechecking)).toEqual({ ...REACH, holds: 'granted' });
    expect(holds(granting, rechecking, landing)).toEqual({ ...REACH, holds: 'decided' });
    expect(holding(granted(landing).moves(operator).state())).toEqual({ ...REACH, holds: 'halted' });
    expect(holding(granted(landing).moves(operator).moves(resolving).state())).toEqual({
      ...REACH,
      holds: 'resolving',
    });
    expect(holds(operator, resolving)).toEqual({ ...REACH, holds: 'decided' });
    const finishing = { by: 'olga', halted: TWO, findings: [] };
    expect(holds({ ...pinning, finishing })).toEqual({ ...REACH, holds: 'decided' });
    expect(holds(cleaning)).toBeUndefined();
  });

  it.each([
    ['what it asks for', attemptAt(granting), { kind: 'wantGrant', ...REACH }],
    ['what it was granted', granted(granting).moves(rechecking), { kind: 'hold', ...REACH }],
    ['what it decided', granted(granting).moves(landing), { kind: 'keep', ...REACH }],
    ['what was halted', granted(landing).moves(operator), { kind: 'seize', ...REACH }],
    ['what is to go on', granted(landing).moves(resolving), { kind: 'wantTurn', ...REACH }],
    ['that it holds nothing', attemptAt(testing), { kind: 'releaseGrant', changeset: WORKFLOW }],
  ] as const)('when it asks for word of it: %s', (_, story, message) => {
    const told = attempts.takeGrant(story.state(), { kind: 'tell' });
    expect(told.effects).toEqual([{ do: 'tellQueue', message }]);
  });

  it('of the fences of a stray before it looks', () => {
    const stray = { members: [{ repository: 'acme/api', branch: 'b' }] };
    const { effects, state } = attempts.begin({ id, interference: 'all', stray });
    const reach = { ...REACH, repositories: ['acme/api'], exclusive: true };
    expect(effects[0]).toEqual({ do: 'tellQueue', message: { kind: 'seize', ...reach } });
    expect(holding(state)).toEqual({ ...reach, holds: 'halted' });
    expect(statusOfAttempt(state)).toMatchObject({
      phase: { at: 'looking' },
      sentence: 'It had ended before; looks at what of it stands on main of its repositories.',
    });
    expect(attempts.takeMove(state, operator).effects[0]).toMatchObject({ message: { kind: 'seize' } });
  });
});

describe('who has nothing but the status of what needs an operator', () => {
  const [api, web] = TWO.members;
  const shown = (landing: LandingState) => statusOfAttempt(attemptAt(landing).state()).operator;

  it('reads there what stands where, and what can be sent', () => {
    const [stands, unread] = findings(TWO, { api: 'stands', web: 'unreadable' });
    const { tip: _, ...unreadable } = unread ?? {};
    const landing = { ...operator, findings: [stands, unreadable] } as LandingState;
    const command = `temporal workflow signal --workflow-id ${WORKFLOW} --name resolve --input`;
    expect(shown(landing)).toEqual({
      where: [
        {
          ...{ repository: 'acme/api', candidate: api?.candidate, base: api?.base },
          ...{ main: commit('tip'), standing: 'stands' },
        },
        { repository: 'acme/web', candidate: web?.candidate, base: web?.base, standing: 'unreadable' },
      ],
      what: expect.stringContaining('TEMPORAL_ADDRESS'),
      commands: ['finish', 'undo', 'check'].map(
        (action) => `${command} '{"action":"${action}","by":"<your name>","call":1}'`,
      ),
    });
  });

  it('reads commands that name a namespace which `temporal` does not take by itself', () => {
    const commands = (namespace: string) =>
      statusOfAttempt(attemptAt(operator).state(), commandsIn(namespace)).operator?.commands.join();
    expect(commands('lockstep')).toContain('temporal workflow signal --namespace lockstep --workflow-id');
    expect(commands('default')).not.toContain('--namespace');
  });

  it('reads of each repository that it was not read, where that broke', () => {
    const member = { repository: 'acme/web', candidate: web?.candidate, base: web?.base };
    expect(shown(operator)?.where[1]).toEqual({ ...member, standing: 'not read' });
  });

  it('reads nothing of it before', () => {
    expect(shown({ ...carried, at: 'halting', vector: TWO, reason: 'why' })).toBeUndefined();
  });
});

describe('the pipeline is told', () => {
  it('of every new phase, but not twice of the same', () => {
    expect(attemptAt().told()).toEqual(['pipeline preparing']);
    expect(attempts.begin({ id, interference: 'all' }).effects).toMatchObject([{ message: { begins: true } }]);
    expect(attemptAt(approving).told()).toEqual(['pipeline approval']);
    expect(attemptAt(landing, { ...landing, landed: ['acme/api'] }).told()).toEqual(['show']);
  });

  it('nothing of its end, which comes as its result, but how red tests ended', () => {
    const ended: LandingState = { ...carried, at: 'ended', outcome: { kind: 'stopped', why: 'closed' } };
    expect(attemptAt(cleaning, ended).told()).toEqual(['show']);
    const red = attemptAt(testing).hears((state) => attempts.startTests(state, '2026-01-02T03:04:05Z'));
    red.hears((state) => attempts.takeTests(state, { passed: false, durationMs: 5, logId: 'log' }));
    expect(red.moves(cleaning).moves(ended).effects()).toMatchObject([
      { message: { tests: { ended: { passed: false } } } },
    ]);
  });

  it('when tests begin, with their time, and with the next phase how they ended', () => {
    const story = attemptAt(testing);
    expect(story.told()).toEqual([]);
    story.hears((state) => attempts.startTests(state, '2026-01-02T03:04:05Z'));
    expect(story.effects()).toMatchObject([{ message: { tests: { startedAt: '2026-01-02T03:04:05Z' }, heads } }]);
    story.hears((state) => attempts.takeTests(state, { passed: true, durationMs: 5, logId: 'log' }));
    expect(story.told()).toEqual([]);
    story.moves({ ...carried, at: 'staging', vector: TWO });
    expect(story.effects()).toMatchObject([{ message: { tests: { ended: { passed: true, logId: 'log' } } } }]);
  });

  it('that a landing waits for GitHub, and when the next repository has landed after all', () => {
    const since = '2026-01-02T03:04:05Z';
    const story = attemptAt(landing).hears((state) => attempts.waitForGitHub(state, since));
    expect(story.effects()).toMatchObject([{ message: { phase: { at: 'landing', since } } }]);
    expect(story.state().slot).toBe(false);
    story.hears(attempts.waitNoMore).moves({ ...landing, landed: ['acme/api'] });
    expect(story.told()).toEqual(['pipeline landing']);
  });

  it('that a compensation waits for GitHub, and when it does no more', () => {
    const compensating: LandingState = {
      ...{ ...carried, at: 'compensating', vector: TWO, reason: 'why' },
      ...{ toRevert: ['acme/api'], reverted: [] },
    };
    const since = '2026-01-02T03:04:05Z';
    const story = attemptAt(compensating).hears((state) => attempts.waitForGitHub(state, since));
    expect(story.effects()).toMatchObject([{ message: { phase: { at: 'rollingBack', since } } }]);
    const gone: LandingState = {
      ...carried,
      at: 'verifying',
      vector: TWO,
      expect: { all: 'gone', reason: 'why', reverted: [] },
    };
    story.hears(attempts.waitNoMore).moves(gone);
    expect(story.effects()).toMatchObject([{ message: { phase: { at: 'rollingBack' } } }]);
    expect(phaseNow(story.state())).toEqual({ at: 'rollingBack' });
  });

  it('that it wants the slot again, where it may be gone', () => {
    expect(attemptAt(pinning).hears(attempts.wantSlot).told()).toEqual([]);
    const without = attemptAt(landing).hears((state) => attempts.waitForGitHub(state, commit('now')));
    expect(without.moves(pinning).hears(attempts.wantSlot).effects()).toMatchObject([{ message: { wantsSlot: true } }]);
    without.hears((state) => attempts.takeOrder(state, { kind: 'go' }));
    expect(without.state().slot).toBe(true);
  });
});

it('an order to stop counts once, until the landing begins', () => {
  const story = attemptAt(testing).hears((state) => attempts.takeOrder(state, { kind: 'stop', why: 'superseded' }));
  story.hears((state) => attempts.takeOrder(state, { kind: 'stop', why: 'closed' }));
  expect(story.state().orders.stop).toBe('superseded');
  expect(isInterrupted(story.state())).toBe(true);
  expect(isInterrupted(story.moves(landing).state())).toBe(false);
});
