/** What the queue says and does to the word, where a little less or more would not be seen in a story. */
import { describe, expect, it } from '@jest/globals';
import { landingName } from '../../src/queue/fence.ts';
import { whyNotGranted } from '../../src/queue/give.ts';
import { concerns } from '../../src/queue/handedOn.ts';
import { type QueueMessage, reduceQueue } from '../../src/queue/reduce.ts';
import {
  EMPTY_QUEUE,
  type Entry,
  type Grant,
  rememberCommand,
  slotOrder,
  withdrawnFrom,
} from '../../src/queue/state.ts';
import {
  decided,
  ended,
  event,
  keep,
  land,
  NOW,
  pause,
  queueOf,
  release,
  resume,
  running,
  settled,
  skip,
  want,
  wantTurn,
} from '../support/queues.ts';

const refresh = (pullRequest: number) => ({ do: 'tellPipeline', pullRequest, message: { kind: 'refresh' } });
const handOn = (pullRequest: number, lastStatus: string): QueueMessage => ({
  kind: 'ended',
  pullRequest,
  again: false,
  handedOn: { lastStatus },
});
const id = (name: string) => `changeset/acme/coordinator/7/${name}`;

describe('people who pause and resume', () => {
  it('have every pipeline show it, as many as fifty at once, and only what was granted is taken back', () => {
    const queue = running(1, 2).hears(land('granted', 1, ['x']), land('asked', 1, ['x']), land('decided', 1, ['y']));
    queue.hears(decided('decided'), pause);
    expect(queue.done()).toEqual([
      { do: 'tellChangeset', changeset: 'granted', message: { kind: 'recall' } },
      refresh(1),
      refresh(2),
    ]);
    const many = running(...Array.from({ length: 60 }, (_, i) => i + 1)).hears(pause);
    expect(many.done()).toEqual(Array.from({ length: 50 }, (_, i) => refresh(i + 1)));
  });

  it('are told that it goes on, or that nothing was paused', () => {
    const queue = running(1).hears(pause, resume);
    expect(queue.state().commands.at(-1)).toEqual({ verb: 'resume', by: 'pam', at: NOW, answer: 'resumed' });
    expect(queue.done()).toEqual([refresh(1)]);
    queue.hears(resume);
    expect(queue.answers().at(-1)).toBe('refused: the queue is not paused');
    expect(queue.done()).toEqual([]);
  });
});

describe('a command', () => {
  it('goes to the pipeline as it was said; of an unknown pull request to nobody', () => {
    const withdraw: QueueMessage = { kind: 'withdraw', pullRequest: 7, by: 'bob' };
    const told = (message: object) => [{ do: 'tellPipeline', pullRequest: 7, message }];
    expect(running(7).hears(withdraw).done()).toEqual(told({ kind: 'withdraw', by: 'bob' }));
    expect(running(7).hears(skip(7)).done()).toEqual(told({ kind: 'skip', by: 'sue', reason: 'old' }));
    expect(running(7).hears(skip(8)).done()).toEqual([]);
  });

  it('that could not be read is kept with its answer', () => {
    const refused = queueOf({ kind: 'refused', by: 'eve', answer: 'signal skip was not understood' });
    const answer = 'signal skip was not understood';
    expect(refused.state().commands).toEqual([{ verb: 'refused', by: 'eve', at: NOW, answer }]);
  });

  it('names every landing that it came too late for', () => {
    const queue = running(1).hears(land('a', 1, ['x']), land('b', 1, ['y']), decided('a'), decided('b'), pause);
    expect(queue.answers()).toEqual(['done; already landing: a, b']);
  });

  it('names what waits for its turn to be finished or undone as what waits for an operator', () => {
    const queue = running(1).hears(land('a', 1, ['x']), decided('a'), wantTurn('b', 1, ['x']), pause);
    expect(queue.answers()).toEqual([
      'done; already landing: a; waiting for an operator, who may finish or undo it meanwhile: b',
    ]);
  });

  it('is kept with the nineteen before it, and with all that wait for their answers, within reason', () => {
    const command = (i: number, answer?: string) => ({
      verb: 'pause' as const,
      by: `${i}`,
      at: NOW,
      ...(answer && { answer }),
    });
    const keep = (count: number, answer?: string) =>
      Array.from({ length: count }, (_, i) => command(i, answer)).reduce(rememberCommand, EMPTY_QUEUE).commands;
    expect(keep(20, 'done')).toHaveLength(20);
    expect(keep(21, 'done').map(({ by }) => by)).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1}`));
    expect(keep(205)).toHaveLength(200);
  });
});

describe('why a landing waits', () => {
  const state = running(1)
    .hears(land(id('first'), 1, ['acme/x', 'acme/y', 'acme/z']))
    .state();
  const grant = (pullRequest: number, repositories: string[], exclusive = false): Grant => ({
    changeset: id('second'),
    pullRequest,
    repositories,
    exclusive,
    state: 'asked',
  });

  it('names the landing in its way, with the repositories that both touch', () => {
    const why = (repositories: string[], exclusive = false) => whyNotGranted(state, grant(1, repositories, exclusive));
    expect(why(['acme/x', 'acme/other'])).toBe('until the landing of #7/first in acme/x is settled');
    expect(why(['acme/y', 'acme/x'])).toBe('until the landing of #7/first in acme/y, acme/x is settled');
    expect(why(['acme/w'], true)).toBe('until the landing of #7/first in acme/x, acme/y, acme/z is settled');
    expect(landingName('a')).toBe('a');
  });

  it('names who has the slot, or that its own pull request leaves', () => {
    const { slot: _, ...free } = state;
    expect(whyNotGranted(state, grant(2, ['acme/w']))).toBe('until pull request #1 has given the slot back');
    expect(whyNotGranted(state, grant(1, ['acme/w']))).toBe('for its pull request to leave the queue');
    expect(whyNotGranted(free, grant(2, ['acme/w']))).toBe('for its pull request to leave the queue');
  });

  it('is said to the one that asks, not to those that have waited before it', () => {
    const queue = running(1).hears(land('a', 1, ['x']), land('b', 1, ['x']), land('c', 1, ['x']));
    expect(queue.done().map((effect) => effect.do === 'tellChangeset' && effect.changeset)).toEqual(['c']);
  });

  it('is not said of what is granted at once', () => {
    const granted = { do: 'tellChangeset', changeset: 'a', message: { kind: 'granted' } };
    expect(
      running(1)
        .hears(land('a', 1, ['x']))
        .done(),
    ).toEqual([granted]);
  });
});

describe('what has begun', () => {
  it('is known by its own word, and asked for no other', () => {
    const queue = running(1).hears(keep('a', 1, ['x']));
    expect(queue.grant('a')).toBe('decided');
    expect(queue.done()).toEqual([]);
  });

  it('half way waits also for what may begin at any moment', () => {
    const queue = running(1, 2).hears(land('b', 2, ['x']), land('a', 1, ['x']), wantTurn('b', 2, ['x']));
    expect([queue.grant('a'), queue.grant('b')]).toEqual(['granted', 'resolving']);
    expect(queue.hears(settled('a')).grant('b')).toBe('decided');
  });
});

describe('the slot', () => {
  it('goes by turn, then by priority, then by arrival, however they stand', () => {
    const wants = (pullRequest: number, priority: number, again = false): Entry => ({
      pullRequest,
      sequence: pullRequest,
      priority,
      wants: again ? 'again' : 'first',
    });
    const all = [wants(4, 0, true), wants(3, 2), wants(1, 1), wants(2, 1), wants(5, 0), wants(6, 0)];
    for (const entries of permutations(all)) {
      const order = slotOrder({ ...EMPTY_QUEUE, entries });
      expect(order.map(({ pullRequest }) => pullRequest)).toEqual([4, 3, 1, 2, 5, 6]);
    }
  });

  it('comes first only to those that had it, also where a landing was asked for meanwhile', () => {
    const queue = running(1, 2, 3).hears(land('c', 3, ['x']), release(1));
    expect(queue.state().slot).toBe(2);
    expect(queue.state().entries.map(({ wants }) => wants)).toEqual([undefined, 'first', 'first']);
  });

  it('is not told to one that asks while another has it, nor taken by one that never had it', () => {
    const queue = running(1, 2).hears(want(2));
    expect(queue.done()).toEqual([]);
    const before = queue.state();
    expect(queue.hears(release(2)).state().slot).toBe(1);
    expect(queue.done()).toEqual([]);
    expect(queue.state().entries[1]).toEqual({ pullRequest: 2, sequence: 2, priority: 0 });
    expect(before.entries[1]).toMatchObject({ wants: 'first' });
  });

  it('is nobody’s after the end of its holder, and no fence is told to nobody', () => {
    const queue = running(1).hears(land('a', 1, ['x']), decided('a'), ended(1));
    expect(Object.keys(queue.state())).not.toContain('slot');
    expect(Object.keys(queueOf(event(1), ended(1)).state())).not.toContain('slot');
    expect(queue.hears(settled('a')).done()).toEqual([]);
  });
});

describe('among several pull requests', () => {
  it('only the one that was skipped lands no more', () => {
    const queue = running(1, 2).hears(skip(2), land('a', 1, ['x']));
    expect(queue.grant('a')).toBe('granted');
    queue.hears(skip(1), land('b', 1, ['y']));
    expect(queue.grant('b')).toBe('asked');
  });

  it('only the one that missed something comes again at its end', () => {
    const queue = running(1, 2).hears({ kind: 'missed', pullRequest: 1 }, ended(2));
    expect(queue.done()).toEqual([]);
    expect(queue.hears(event(2), want(2), ended(1)).done()).toContainEqual({ do: 'startPipeline', pullRequest: 1 });
  });

  it('only what was undecided of the changeset that is gone is dropped', () => {
    const queue = running(1).hears(land('a', 1, ['x']), land('b', 1, ['x']), land('c', 1, ['x']));
    queue.hears({ kind: 'gone', changeset: 'b' });
    expect(queue.state().grants.map(({ changeset }) => changeset)).toEqual(['a', 'c']);
  });

  it('what each handed on is kept, of a thousand', () => {
    const queue = queueOf(handOn(1, 'c1'), handOn(2, 'c2'), handOn(1, 'c3'));
    expect(queue.state().handedOn).toEqual([
      { pullRequest: 2, lastStatus: 'c2' },
      { pullRequest: 1, lastStatus: 'c3' },
    ]);
    expect(withdrawnFrom(queue.state())).toEqual([]);
    expect(withdrawnFrom({ ...EMPTY_QUEUE, handedOn: [{ pullRequest: 1, withdrawn: {} }] })).toEqual([]);
    queue.hears(...Array.from({ length: 1001 }, (_, i) => handOn(i + 10, 'c')));
    expect(queue.state().handedOn).toHaveLength(1000);
  });
});

it('an order holds for the heads that it names, or for whatever is there', () => {
  expect([
    concerns(undefined, 'h'),
    concerns({}, 'h'),
    concerns({ heads: ['h'] }, 'h'),
    concerns({ heads: [] }, 'h'),
  ]).toEqual([false, true, true, false]);
});

it('a queue begins with nothing', () => {
  expect(reduceQueue(EMPTY_QUEUE, resume, NOW).state).toMatchObject({
    entries: [],
    grants: [],
    deliveries: [],
    handedOn: [],
  });
});

function permutations<T>(all: T[]): T[][] {
  if (all.length <= 1) return [all];
  return all.flatMap((one, i) => permutations(all.toSpliced(i, 1)).map((others) => [one, ...others]));
}
