/** A pipeline as a value: when it asks for the slot, what it begins, and what it tells its changesets. */
import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/changeset.ts';
import {
  fenced,
  isLeftUnseen,
  isOver,
  knownStatuses,
  newPipeline,
  type PipelineState,
  skippedUnbegun,
  startable,
  statusNow,
} from '../../src/pipeline/state.ts';
import {
  begin,
  handOn,
  isWantedAgain,
  keepSlot,
  type PipelineEffect,
  type ProgressMessage,
  stop,
  type Taken,
  takeLeft,
  takeLook,
  takeLostLook,
  takeOrder,
  takeOutcome,
  takePlan,
  takeProgress,
  takeStage,
  takeStatusCommit,
  takeWithdrawn,
  takeWritten,
  wantSlot,
} from '../../src/pipeline/take.ts';
import { planChangesets } from '../../src/plan/plan.ts';
import { isLookedAtAgain, viewOf } from '../../src/report/picture.ts';
import { planOf } from '../support/fakeActivities.ts';

const AT = '2026-01-02T03:04:05.000Z';
const LANDED: Outcome = { kind: 'landed', members: [] };

const changeset = (name: string, ...on: string[]) => ({
  name,
  priority: 0,
  approval: 'none' as const,
  members: on.map((repository) => ({ repository, branch: name })),
  line: 1,
});

/** A pipeline that went through these, with the effects of the last. */
function pipelineOf(...steps: ((now: PipelineState) => Taken)[]) {
  let state = newPipeline({ coordinator: 'acme/coordinator', pullRequest: 7 });
  let effects: PipelineEffect[] = [];
  const pipeline = {
    state: () => state,
    told: (name: string) =>
      effects.flatMap((one) => (one.do === 'tellChangeset' && one.name === name ? [one.message] : [])),
    toQueue: () => effects.flatMap((one) => (one.do === 'tellQueue' ? [one.message] : [])),
    does(...more: ((now: PipelineState) => Taken)[]) {
      for (const step of more) ({ state, effects } = step(state));
      return pipeline;
    },
  };
  return pipeline.does(...steps);
}

const plan = planOf(planChangesets([changeset('a', 'acme/api'), changeset('b', 'acme/web')], 'repositories'));
const reads =
  (of = plan) =>
  (now: PipelineState) =>
    takePlan(now, of);
const fence = (...repositories: string[]) => ({ changeset: 'changeset/other', repositories, exclusive: false });
const gets =
  (...fences: ReturnType<typeof fence>[]) =>
  (now: PipelineState) =>
    takeOrder(now, { kind: 'slot', fences });
const begins = (now: PipelineState) => begin(now, startable(now));
const ends =
  (name: string, outcome: Outcome = LANDED) =>
  (now: PipelineState) =>
    takeOutcome(now, { name, outcome, at: AT });
const names = (all: { name: string }[]) => all.map(({ name }) => name);

describe('the slot', () => {
  it('is needed to begin anything, and is kept while something is at work', () => {
    const pipeline = pipelineOf(reads(), wantSlot);
    expect(pipeline.toQueue()).toEqual([{ kind: 'wantSlot', pullRequest: 7, priority: 0 }]);
    expect(startable(pipeline.state())).toEqual([]);
    expect(names(startable(pipeline.does(gets()).state()))).toEqual(['a', 'b']);
    expect(pipeline.does(begins, keepSlot).toQueue()).toEqual([]);
    expect(pipeline.does(ends('a'), ends('b'), keepSlot).toQueue()).toEqual([{ kind: 'releaseSlot', pullRequest: 7 }]);
  });

  it('is given back while all that is left waits for people, and asked for again when it can go on', () => {
    const pipeline = pipelineOf(reads(), gets(), begins, ends('a'));
    pipeline.does((now) => takeProgress(now, { name: 'b', phase: { at: 'approval' } }), keepSlot);
    expect(pipeline.toQueue()).toEqual([{ kind: 'releaseSlot', pullRequest: 7 }]);
    expect(pipeline.does(keepSlot).toQueue()).toEqual([]);
    pipeline.does((now) => takeProgress(now, { name: 'b', phase: { at: 'preparing' }, wantsSlot: true }), keepSlot);
    expect(pipeline.toQueue()).toMatchObject([{ kind: 'wantSlot' }]);
    expect(pipeline.does(gets()).told('b')).toEqual([{ kind: 'go' }]);
  });
});

describe('a fence of another pull request', () => {
  it('keeps only what it touches from being begun, and the slot goes back with what waits for it', () => {
    const pipeline = pipelineOf(reads(), gets(fence('acme/api')));
    expect(names(startable(pipeline.state()))).toEqual(['b']);
    expect(names(fenced(pipeline.state()))).toEqual(['a']);
    pipeline.does(begins, keepSlot);
    expect(pipeline.toQueue()).toEqual([]);
    pipeline.does(ends('b'), keepSlot);
    const waits = [{ repositories: ['acme/api'], exclusive: false }];
    expect(pipeline.toQueue()).toEqual([{ kind: 'releaseSlot', pullRequest: 7, fenced: waits }]);
    // The queue knows what it waits for: it asks no more until the slot comes.
    expect(pipeline.does(keepSlot).toQueue()).toEqual([]);
    expect(names(startable(pipeline.does(gets()).state()))).toEqual(['a']);
  });

  it('that falls while the slot is held lets its changesets begin', () => {
    const pipeline = pipelineOf(reads(), gets(fence('acme/api', 'acme/web')));
    expect(startable(pipeline.state())).toEqual([]);
    pipeline.does((now) => takeOrder(now, { kind: 'fences', fences: [fence('acme/web')] }));
    expect(names(startable(pipeline.state()))).toEqual(['a']);
  });

  it('with interference: all, or one that is exclusive, keeps everything waiting', () => {
    const all = planOf(planChangesets([changeset('a', 'acme/api')], 'all'), { interference: 'all' });
    expect(startable(pipelineOf(reads(all), gets(fence('acme/docs'))).state())).toEqual([]);
    const exclusive = { ...fence('acme/docs'), exclusive: true };
    expect(startable(pipelineOf(reads(), gets(exclusive)).state())).toEqual([]);
  });

  it('is no reason to forget a changeset that came free since the slot was given back', () => {
    const all = [changeset('a', 'acme/api'), changeset('b', 'acme/web'), changeset('c', 'acme/web', 'acme/docs')];
    const stack = planOf(planChangesets(all, 'repositories'));
    const pipeline = pipelineOf(reads(stack), gets(fence('acme/api'), fence('acme/docs')), begins);
    pipeline.does((now) => takeProgress(now, { name: 'b', phase: { at: 'approval' } }), keepSlot);
    expect(pipeline.toQueue()).toMatchObject([{ kind: 'releaseSlot', fenced: [{ repositories: ['acme/api'] }] }]);
    // The queue was not told that this one waits for a fence: only it knows whether that stands by now.
    pipeline.does(ends('b', { kind: 'skipped', by: 'ann', reason: 'no' }), keepSlot);
    expect(pipeline.toQueue()).toMatchObject([{ kind: 'wantSlot' }]);
  });
});

describe('orders', () => {
  const skips = (now: PipelineState) => takeOrder(now, { kind: 'skip', by: 'bob', reason: 'no' });

  it('reach what runs; what was not begun is skipped without beginning', () => {
    const one = planOf(plan.changesets, { parallelism: 1 });
    const pipeline = pipelineOf(reads(one), gets(), begins, skips);
    expect(pipeline.told('a')).toEqual([{ kind: 'skip', by: 'bob', reason: 'no' }]);
    expect(pipeline.told('b')).toEqual([]);
    expect(startable(pipeline.state())).toEqual([]);
    expect(skippedUnbegun(pipeline.state())).toEqual([
      { name: 'b', outcome: { kind: 'skipped', by: 'bob', reason: 'no' } },
    ]);
  });

  it('that found nobody, while a changeset was being started, answer its first word', () => {
    const pipeline = pipelineOf(reads(), gets(), begins, skips, (now) => stop(now, 'draft'));
    const says = (now: PipelineState) => takeProgress(now, { name: 'a', phase: { at: 'preparing' } });
    expect(pipeline.does(says).told('a')).toEqual([
      { kind: 'skip', by: 'bob', reason: 'no' },
      { kind: 'stop', why: 'closed' },
    ]);
    expect(pipeline.does(says).told('a')).toEqual([]);
  });

  it('are said again to the run after one that was ended by hand, once, however often that refuses them', () => {
    const pipeline = pipelineOf(reads(), gets(), begins, skips);
    const says = (more: Partial<ProgressMessage>) => (now: PipelineState) =>
      takeProgress(now, { name: 'a', phase: { at: 'looking' }, ...more });
    pipeline.does(says({}));
    expect(pipeline.does(says({ begins: true })).told('a')).toEqual([{ kind: 'skip', by: 'bob', reason: 'no' }]);
    expect(pipeline.does(says({ refused: 'too late' })).told('a')).toEqual([]);
  });

  it('reach a changeset that an earlier pipeline began, from its first word on, and it is not begun again', () => {
    const told: ProgressMessage = { name: 'a', phase: { at: 'staging' }, heads: [] };
    const orders = [
      pipelineOf(reads(), gets(), (now) => takeProgress(now, told)),
      pipelineOf((now) => takeProgress(now, told), reads(), gets()),
    ];
    for (const pipeline of orders) {
      expect(names(startable(pipeline.state()))).toEqual(['b']);
      pipeline.does(skips);
      expect(pipeline.told('a')).toHaveLength(1);
      expect(skippedUnbegun(pipeline.state()).map(({ name }) => name)).toEqual(['b']);
      expect(isOver(stop(pipeline.state(), 'superseded').state)).toBe(false);
    }
  });

  it('stop a pipeline when what was begun has ended; the first reason counts', () => {
    const one = planOf(plan.changesets, { parallelism: 1 });
    const pipeline = pipelineOf(reads(one), gets(), begins, (now) => stop(now, 'superseded'));
    expect(isOver(pipeline.state())).toBe(false);
    pipeline.does((now) => stop(now, 'closed'), ends('a', { kind: 'stopped', why: 'superseded' }));
    expect(pipeline.state()).toMatchObject({ stopping: 'superseded' });
    expect(isOver(pipeline.state())).toBe(true);
  });
});

const open = { state: 'open', moved: 'no', head: plan.head } as const;
const nothingNew = { tip: plan.head, ended: [] };

describe('a look at the pull request', () => {
  const persons = { ...open, moved: 'person', head: 'pushed' } as const;
  const runs = (...more: ((now: PipelineState) => Taken)[]) => pipelineOf(reads(), gets(), begins, ...more);

  it('that finds a push lets the run go, unless this run wrote something since it asked: then it looks again', () => {
    expect(runs((now) => takeLook(now, nothingNew, persons)).state()).toMatchObject({ stopping: 'superseded' });
    for (const since of [ends('a'), (now: PipelineState) => takeStatusCommit(now, 'c1')]) {
      const late = runs(since, (now) => takeLook(now, nothingNew, persons)).state();
      expect(late).toMatchObject({ changed: true });
      expect(late.stopping).toBeUndefined();
    }
  });

  it('F22: that finds status commits of the bot makes them the tip, unless a newer one was written', () => {
    const own = { ...open, moved: 'own', head: 'c1' } as const;
    expect(runs((now) => takeLook(now, nothingNew, own)).state().picture.tip).toBe('c1');
    const newer = runs(
      (now) => takeStatusCommit(now, 'c2'),
      (now) => takeLook(now, nothingNew, own),
    );
    expect(newer.state().picture.tip).toBe('c2');
  });

  it('that finds it open again, while it stops as closed, has it run again afterwards', () => {
    const closed = runs((now) => takeLook(now, nothingNew, { ...open, state: 'closed' }));
    expect(isWantedAgain(closed.state())).toBe(false);
    closed.does((now) => takeLook(now, nothingNew, open));
    expect(closed.state().stopping).toBe('closed');
    expect(isWantedAgain(closed.state())).toBe(true);
    closed.does((now) => takeLook(now, nothingNew, { ...open, state: 'draft' }));
    expect(isWantedAgain(closed.state())).toBe(false);
    const withdrawn = runs(
      (now) => stop(now, 'withdrawn'),
      (now) => takeLook(now, nothingNew, open),
    );
    expect(isWantedAgain(withdrawn.state())).toBe(false);
  });
});

describe('what is handed on', () => {
  const skips = (now: PipelineState) => takeOrder(now, { kind: 'skip', by: 'bob', reason: 'no' });
  const withdraws = (now: PipelineState) => takeOrder(now, { kind: 'withdraw', by: 'bob' });
  const head = plan.head;

  it('of a skip that could not be carried out to its end holds for the same head only', () => {
    const state = pipelineOf(reads(), gets(), begins, (now) => stop(now, 'draft'), skips).state();
    expect(handOn(state)).toEqual({ skip: { by: 'bob', reason: 'no', heads: [head] } });
    const next = newPipeline({ coordinator: 'acme/coordinator', pullRequest: 7 }, handOn(state));
    expect(takePlan(next, plan).state.skip).toEqual({ by: 'bob', reason: 'no' });
    expect(takePlan(next, { ...plan, head: 'another' }).state.skip).toBeUndefined();
    const merged = takeStage(state, { at: 'merged' }).state;
    expect(handOn(merged)).toEqual({});
  });

  it('of a withdrawal is also a push that came before it and that only a look found', () => {
    const looked = (seen: string) => (now: PipelineState) => takeLook(now, nothingNew, { ...open, head: seen });
    const before = pipelineOf(reads(), looked('early'), withdraws, looked('pushed'), looked('later'));
    expect(before.state().changed).toBe(true);
    expect(handOn(before.state())).toEqual({ withdrawn: { heads: ['pushed', head] } });
  });

  it('of a withdrawal while the last words are written is the head that one more look finds', () => {
    const pushed = pipelineOf(reads(), (now) =>
      takeLook(now, nothingNew, { ...open, moved: 'person', head: 'pushed' }),
    );
    expect(isLeftUnseen(pushed.state())).toBe(false);
    pushed.does(withdraws);
    expect(isLeftUnseen(pushed.state())).toBe(true);
    pushed.does((now) => takeLeft(now, 'pushed'));
    expect(isLeftUnseen(pushed.state())).toBe(false);
    expect(handOn(pushed.state())).toEqual({ withdrawn: { heads: ['pushed', head] } });
    expect(isLeftUnseen(takeStage(pipelineOf(reads(), skips).state(), { at: 'merged' }).state)).toBe(false);
  });

  it('of a withdrawal is the head; of a pipeline that read nothing, what it was given', () => {
    expect(handOn(pipelineOf(reads(), withdraws).state())).toEqual({
      withdrawn: { heads: [head] },
    });
    const given = { lastStatus: 'c1', withdrawn: { heads: ['h1'] } };
    expect(handOn(newPipeline({ coordinator: 'acme/coordinator', pullRequest: 7 }, given))).toEqual(given);
    expect(handOn(pipelineOf((now) => takeWithdrawn(now, 'h2')).state())).toEqual({ withdrawn: { heads: ['h2'] } });
    expect(handOn(pipelineOf(withdraws).state())).toEqual({ withdrawn: {} });
    const late = pipelineOf(reads(), (now) => stop(now, 'superseded'), withdraws);
    expect(handOn(late.state())).toEqual({ withdrawn: { heads: [head] } });
    expect(handOn(pipelineOf(skips).state())).toEqual({ skip: { by: 'bob', reason: 'no' } });
  });
});

describe('a changeset that had ended and is looked at again', () => {
  const looks = (now: PipelineState) => takeProgress(now, { name: 'a', phase: { at: 'looking' }, begins: true });
  const red: Outcome = { kind: 'failed', reason: { kind: 'refused', sentences: ['no'] } };
  const running = (now: PipelineState) => takeStage(now, { at: 'running' });
  const ended = () => pipelineOf(reads(), gets(), begins, ends('a', red), ends('b'), running);

  it('keeps the pipeline until it has ended again, and both its statuses are known', () => {
    expect(isOver(ended().state())).toBe(true);
    const looked = ended().does(looks);
    expect(isOver(looked.state())).toBe(false);
    expect(isLookedAtAgain(looked.state().picture, 'a')).toBe(true);
    expect(statusNow(looked.state(), 'a')).toBe('failed');
    looked.does(ends('a'));
    expect(isOver(looked.state())).toBe(true);
    expect(knownStatuses(looked.state()).filter(({ name }) => name === 'a')).toEqual([
      { name: 'a', status: 'failed' },
      { name: 'a', status: 'success' },
    ]);
  });

  it('is what it was when that run was ended by hand', () => {
    const lost = ended().does(looks, (now) => takeLostLook(now, 'a'));
    expect(isOver(lost.state())).toBe(true);
    expect(statusNow(lost.state(), 'a')).toBe('failed');
  });

  it('is what it was once nobody follows it any more: the pull request is being merged', () => {
    const merging = ended().does((now) => takeStage(now, { at: 'merging' }), looks);
    expect(isOver(merging.state())).toBe(true);
    expect(viewOf(merging.state().picture).changesets[0]?.phase).toEqual({ at: 'ended', outcome: red });
  });

  it('that was final before this pipeline read it is shown while it is looked at, and is final again after', () => {
    const final = [{ name: 'a', line: 1, status: 'failed' as const }];
    const pipeline = pipelineOf(reads(planOf([], { final })), running, looks);
    const shown = () => viewOf(pipeline.state().picture).changesets[0];
    expect([shown()?.phase.at, shown()?.status, isOver(pipeline.state())]).toEqual(['looking', undefined, false]);
    pipeline.does((now) => takeLostLook(now, 'a'));
    expect([shown()?.status, isOver(pipeline.state())]).toEqual(['failed', true]);
  });
});

describe('an approval', () => {
  const asks = (now: PipelineState) =>
    takeProgress(now, { name: 'a', phase: { at: 'approval' }, heads: [{ repository: 'acme/api', commit: 'h1' }] });
  const written = (now: PipelineState) => takeWritten(now, viewOf(now.picture));

  it('is told once that the comment with its heads was written, and anew in another round', () => {
    const pipeline = pipelineOf(reads(), gets(), begins, asks, written);
    const shown = [{ kind: 'shown', heads: [{ repository: 'acme/api', commit: 'h1' }] }];
    expect(pipeline.told('a')).toEqual(shown);
    expect(pipeline.does(written).told('a')).toEqual([]);
    pipeline.does((now) => takeProgress(now, { name: 'a', phase: { at: 'testing' } }), asks, written);
    expect(pipeline.told('a')).toEqual(shown);
  });
});

describe('statuses', () => {
  it('are those from before and those that this run came to, and the last commit is kept for the next', () => {
    const final = [{ name: 'z', line: 9, status: 'failed' as const }];
    const pipeline = pipelineOf(reads({ ...plan, final }), gets(), begins, ends('a'));
    expect(knownStatuses(pipeline.state())).toEqual([
      { name: 'z', status: 'failed' },
      { name: 'a', status: 'success' },
    ]);
    pipeline.does((now) => takeStatusCommit(now, 'c1'));
    expect(pipeline.state()).toMatchObject({ handedOn: { lastStatus: 'c1' }, picture: { tip: 'c1' } });
  });
});
