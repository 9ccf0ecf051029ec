/** The queue searched: whatever comes in whatever order, and however many wait. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { collide } from '../../src/queue/fence.ts';
import { type QueueMessage, reduceQueue } from '../../src/queue/reduce.ts';
import { EMPTY_QUEUE, type Grant, holdsFences, positions, type QueueState } from '../../src/queue/state.ts';
import {
  decided,
  ended,
  event,
  land,
  NOW,
  pause,
  queueOf,
  release,
  resume,
  seize,
  settled,
  skip,
  want,
  wantTurn,
} from '../support/queues.ts';

it('ten thousand waiting pull requests stay under 100 bytes each', () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => 90_000 + i);
  const entries = numbers.map((pullRequest, i) => ({
    pullRequest,
    sequence: 90_000 + i,
    priority: -1000,
    wants: 'again' as const,
    hadSlot: true as const,
  }));
  const state = reduceQueue({ ...EMPTY_QUEUE, entries }, event(1), NOW).state;
  expect(JSON.stringify(state).length / 10_000).toBeLessThan(100);
  expect(positions(state).size).toBe(9_999);
});

/** Those that came to this state. */
const newIn = (before: QueueState, after: QueueState, as: Grant['state']) =>
  after.grants.filter(
    (one) =>
      one.state === as && !before.grants.some((other) => other.changeset === one.changeset && other.state === as),
  );

describe('whatever comes in whatever order', () => {
  const pullRequests = fc.integer({ min: 1, max: 4 });
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const repositories = fc.uniqueArray(fc.constantFrom('api', 'docs', 'web'), { minLength: 1 });
  // A changeset belongs to one pull request.
  const home = (name: string) => (name.charCodeAt(0) % 4) + 1;
  const messages: fc.Arbitrary<QueueMessage> = fc.oneof(
    pullRequests.map((n) => event(n)),
    fc.tuple(pullRequests, fc.integer({ min: 0, max: 3 })).map(([n, priority]) => want(n, priority)),
    pullRequests.map(release),
    fc.tuple(pullRequests, repositories).map(
      ([pullRequest, on]): QueueMessage => ({
        kind: 'releaseSlot',
        pullRequest,
        fenced: [{ repositories: on, exclusive: false }],
      }),
    ),
    {
      weight: 3,
      arbitrary: fc
        .tuple(names, repositories, fc.boolean())
        .map(([name, on, all]) => land(name, home(name), on, all && name === 'e')),
    },
    { weight: 2, arbitrary: names.map(settled) },
    fc.tuple(names, repositories).map(([name, on]) => seize(name, home(name), on)),
    fc.tuple(names, repositories).map(([name, on]) => wantTurn(name, home(name), on)),
    fc.tuple(pullRequests, fc.boolean()).map(([n, again]) => ended(n, again)),
    fc.constantFrom(pause, resume),
    pullRequests.map(skip),
    pullRequests.map((pullRequest): QueueMessage => ({ kind: 'missed', pullRequest })),
    names.map((changeset): QueueMessage => ({ kind: 'gone', changeset })),
  );

  it('no two landings that collide hold fences, the slot is held by one that is known, and a pause holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: messages }, names.map(decided)), { maxLength: 60 }),
        (all) => {
          let state = EMPTY_QUEUE;
          for (const message of all) {
            // Only what was granted decides.
            const granted = (name: string) =>
              state.grants.some((one) => one.changeset === name && one.state === 'granted');
            if (message.kind === 'decided' && !granted(message.changeset)) continue;
            const before = state;
            const { state: after, effects } = reduceQueue(before, message, NOW);
            state = after;
            const moving = after.grants.filter((one) => one.state === 'granted' || one.state === 'decided');
            for (const [i, one] of moving.entries()) {
              for (const other of moving.slice(i + 1)) if (collide(one, other)) throw new Error('two that collide');
            }
            for (const one of newIn(before, after, 'granted')) {
              const others = after.grants.filter((other) => other !== one && holdsFences(other));
              if (others.some((other) => collide(one, other))) throw new Error('granted behind a fence');
            }
            const first = after.grants.find(holdsFences);
            if (moving.length === 0 && first?.state === 'resolving') throw new Error('the first waits for nobody');
            if (after.slot !== undefined && !after.entries.some((entry) => entry.pullRequest === after.slot)) {
              throw new Error('the slot is held by nobody');
            }
            if (newIn(before, after, 'granted').length > 0 && after.paused) throw new Error('granted while paused');
            const told = effects.filter((effect) => effect.do === 'tellChangeset' && effect.message.kind === 'granted');
            const given = ['granted', 'decided'] as const;
            const due = given.flatMap((as) => newIn(before, after, as)).length - (message.kind === 'decided' ? 1 : 0);
            if (told.length < due) throw new Error('granted, and not told');
            const numbers = after.entries.map((entry) => entry.pullRequest);
            if (new Set(numbers).size !== numbers.length) throw new Error('one pull request twice');
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('everyone who waits gets the slot, and everyone who asks lands, as those before them end', () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 40 }), (all) => {
        const queue = queueOf(...all, resume);
        // From now on each pipeline that has the slot lands what it asked for, then ends.
        for (let step = 0; step < 40; step++) {
          const { slot, grants, entries } = queue.state();
          const open = grants.find((grant) => grant.state !== 'asked');
          if (open) queue.hears(settled(open.changeset));
          else if (slot !== undefined)
            queue.hears(
              ...grants.filter((one) => one.pullRequest === slot).map((one) => settled(one.changeset)),
              ended(slot),
            );
          else if (entries.some((entry) => entry.wants !== undefined || entry.fenced !== undefined))
            throw new Error('somebody waits for a free slot');
        }
        expect(queue.state().entries.filter((entry) => entry.wants ?? entry.fenced)).toEqual([]);
        const entered = queue.state().entries.map((entry) => entry.pullRequest);
        expect(queue.state().grants.filter((grant) => entered.includes(grant.pullRequest))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('F4: webhooks in any order', () => {
  /** Each order of these, recursively. */
  const orders = <T>(all: T[]): T[][] =>
    all.length === 0 ? [[]] : all.flatMap((one, i) => orders(all.toSpliced(i, 1)).map((rest) => [one, ...rest]));

  it('six of two pull requests: one pipeline each, and each is told of all that came after its start', () => {
    const six = [event(7, 'a'), event(7, 'b'), event(7, 'c'), event(8, 'd'), event(8, 'e'), event(7, 'a')];
    const all = orders(six);
    expect(all).toHaveLength(720);
    for (const order of all) {
      const queue = queueOf();
      const done = order.flatMap((message) => queue.hears(message).done());
      const of = (pullRequest: number) =>
        done.filter((effect) => 'pullRequest' in effect && effect.pullRequest === pullRequest);
      expect(of(7).map((effect) => effect.do)).toEqual(['startPipeline', 'tellPipeline', 'tellPipeline']);
      expect(of(8).map((effect) => effect.do)).toEqual(['startPipeline', 'tellPipeline']);
    }
  });
});
