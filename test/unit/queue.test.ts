/** The queue as a value: order, slot, fences, pause, and the answers that people get (PROTOCOL, The slot and the fences). */
import { describe, expect, it } from '@jest/globals';
import type { QueueMessage } from '../../src/queue/reduce.ts';
import { positions, slotOrder, withdrawnFrom } from '../../src/queue/state.ts';
import {
  decided,
  ended,
  event,
  keep,
  land,
  pause,
  queueOf,
  release,
  resume,
  running,
  seize,
  settled,
  skip,
  want,
  wantTurn,
} from '../support/queues.ts';

describe('a pull request', () => {
  it('gets a pipeline at its first event; later events tell that pipeline', () => {
    const queue = queueOf(event(7));
    expect(queue.done()).toEqual([{ do: 'startPipeline', pullRequest: 7 }]);
    queue.hears(event(7));
    expect(queue.done()).toEqual([{ do: 'tellPipeline', pullRequest: 7, message: { kind: 'changed' } }]);
  });

  it('F2, F3: is told once, however often a delivery comes', () => {
    const queue = queueOf(event(7, 'd1'), event(7, 'd1'));
    expect(queue.done()).toEqual([]);
    expect(queue.hears(event(7, 'd2')).done()).toHaveLength(1);
    queue.hears(...Array.from({ length: 1500 }, (_, i) => event(7, `later-${i}`)));
    expect(queue.state().deliveries).toHaveLength(1000);
  });

  it('is told also when the delivery names another one before it', () => {
    const queue = queueOf(event(7), event(8), event(7, 'd1'), event(8, 'd1'));
    expect(queue.done()).toEqual([{ do: 'tellPipeline', pullRequest: 8, message: { kind: 'changed' } }]);
    expect(queue.hears(event(7, 'd1')).done()).toEqual([]);
    expect(queue.hears(event(8, 'd1')).done()).toEqual([]);
  });

  it('comes again when its pipeline ended over a newer head', () => {
    const queue = running(7).hears(ended(7, true));
    expect(queue.done()).toEqual([{ do: 'startPipeline', pullRequest: 7 }]);
    expect(queue.state().slot).toBeUndefined();
    expect(queue.hears(ended(7)).state().entries).toEqual([]);
  });

  it('comes again when its pipeline had ended before it could hear of a change, known or not yet known', () => {
    const missed: QueueMessage = { kind: 'missed', pullRequest: 7 };
    expect(running(7).hears(missed, ended(7)).done()).toEqual([{ do: 'startPipeline', pullRequest: 7 }]);
    expect(running(7).hears(ended(7), missed).done()).toEqual([{ do: 'startPipeline', pullRequest: 7 }]);
  });

  it('hands on to its next pipeline what the last one that ended by itself handed on', () => {
    const queue = running(7, 8).hears({ kind: 'ended', pullRequest: 7, again: false, handedOn: { lastStatus: 'c1' } });
    expect(queue.hears(event(7)).done()).toEqual([
      { do: 'startPipeline', pullRequest: 7, handedOn: { lastStatus: 'c1' } },
    ]);
    expect(queue.hears(ended(7, true)).done()).toEqual([
      { do: 'startPipeline', pullRequest: 7, handedOn: { lastStatus: 'c1' } },
    ]);
    expect(queue.hears(ended(8, true)).done()).toEqual([{ do: 'startPipeline', pullRequest: 8 }]);
    queue.hears({
      kind: 'ended',
      pullRequest: 7,
      again: false,
      handedOn: { lastStatus: 'c2', withdrawn: { heads: ['c3'] } },
    });
    expect(queue.state().handedOn).toEqual([{ pullRequest: 7, lastStatus: 'c2', withdrawn: { heads: ['c3'] } }]);
    expect(withdrawnFrom(queue.state())).toEqual([{ pullRequest: 7, heads: ['c3'] }]);
    queue.hears({ kind: 'ended', pullRequest: 7, again: false, handedOn: {} });
    expect(queue.state().handedOn).toEqual([]);
  });

  it('whose running pipeline the queue does not know is taken over when it asks for the slot', () => {
    const queue = queueOf(want(7, 3));
    expect(queue.state()).toMatchObject({ slot: 7, entries: [{ pullRequest: 7, priority: 3 }] });
    expect(queue.done()).toContainEqual({ do: 'tellPipeline', pullRequest: 7, message: { kind: 'slot', fences: [] } });
  });

  it('whose pipeline was ended by hand gets another when one of its changesets asks to land', () => {
    const queue = running(8).hears(land('a', 7, ['x']));
    expect(queue.done()).toContainEqual({ do: 'startPipeline', pullRequest: 7 });
    expect(queue.hears(land('b', 7, ['y'])).done()).not.toContainEqual({ do: 'startPipeline', pullRequest: 7 });
  });
});

describe('the slot', () => {
  it('goes to the highest priority, then to the first that came', () => {
    const queue = running(1).hears(event(2), event(3), event(4), want(4, 5), want(3), want(2));
    expect(slotOrder(queue.state()).map((entry) => entry.pullRequest)).toEqual([4, 2, 3]);
    expect([...positions(queue.state())]).toEqual([
      [4, 1],
      [2, 2],
      [3, 3],
    ]);
    queue.hears(ended(1));
    expect(queue.state().slot).toBe(4);
    expect(queue.done()).toContainEqual({ do: 'tellPipeline', pullRequest: 4, message: { kind: 'slot', fences: [] } });
  });

  it('goes first to one that gave it back and can go on', () => {
    const queue = running(1, 2).hears(release(1), event(3), want(3, 100), want(1));
    expect(queue.state().slot).toBe(2);
    expect(slotOrder(queue.state()).map((entry) => entry.pullRequest)).toEqual([1, 3]);
  });

  it('is told again to one that asks while it holds it: a re-read pipeline must not wait for ever', () => {
    expect(running(1).hears(want(1)).done()).toEqual([
      { do: 'tellPipeline', pullRequest: 1, message: { kind: 'slot', fences: [] } },
    ]);
  });

  it('is not taken from its holder by one that gives back what it never had', () => {
    expect(running(1, 2).hears(release(2)).state()).toMatchObject({ slot: 1 });
  });

  it('stays free while the queue is paused, and entries are still taken', () => {
    const queue = queueOf(pause, event(1), want(1));
    expect(queue.state()).toMatchObject({ entries: [{ pullRequest: 1 }] });
    expect(queue.state().slot).toBeUndefined();
    expect(queue.hears(resume).state().slot).toBe(1);
  });
});

describe('a landing', () => {
  it('is granted when its pipeline holds the slot and its repositories are free, and holds them until it is settled', () => {
    const queue = running(1, 2).hears(land('a', 1, ['api', 'web']));
    expect(queue.told('a')).toEqual([{ kind: 'granted' }]);
    queue.hears(decided('a'), release(1), land('b', 2, ['web']));
    expect(queue.told('b')).toEqual([{ kind: 'waits', why: 'until the landing of a in web is settled' }]);
    expect(queue.hears(settled('a')).told('b')).toEqual([{ kind: 'granted' }]);
  });

  it('is not kept waiting by one in other repositories, unless every pair interferes', () => {
    const apart = running(1, 2).hears(land('a', 1, ['api']), release(1), land('b', 2, ['web']));
    expect(apart.grant('b')).toBe('granted');
    const exclusive = running(1, 2).hears(land('a', 1, ['api'], true), release(1), land('b', 2, ['web']));
    expect(exclusive.grant('b')).toBe('asked');
  });

  it('waits, and is told why, for the slot and for a pause', () => {
    expect(
      running(1, 2)
        .hears(land('b', 2, ['web']))
        .told('b'),
    ).toEqual([{ kind: 'waits', why: 'until pull request #1 has given the slot back' }]);
    expect(
      running(1)
        .hears(pause, land('a', 1, ['api']))
        .told('a'),
    ).toEqual([{ kind: 'waits', why: 'because pam paused the queue: release day' }]);
  });

  it('that a fence kept waiting gets the slot back for its pipeline when the fence falls', () => {
    const queue = running(1, 2).hears(
      land('a', 1, ['api']),
      decided('a'),
      release(1),
      land('b', 2, ['api']),
      release(2),
    );
    expect(queue.state().slot).toBeUndefined();
    queue.hears(settled('a'));
    expect(queue.state().slot).toBe(2);
    expect(queue.told('b')).toEqual([{ kind: 'granted' }]);
  });

  it('that is half done takes its fences even so, and new ones wait for it', () => {
    const queue = running(1).hears(seize('a', 1, ['api']), land('b', 1, ['api']));
    expect([queue.grant('a'), queue.grant('b')]).toEqual(['halted', 'asked']);
  });

  it('of a changeset that was ended by hand keeps nobody waiting unless it had decided', () => {
    const gone: QueueMessage = { kind: 'gone', changeset: 'a' };
    expect(
      running(1)
        .hears(land('a', 1, ['api']), gone)
        .state().grants,
    ).toEqual([]);
    expect(
      running(1)
        .hears(land('a', 1, ['api']), decided('a'), gone)
        .grant('a'),
    ).toBe('decided');
    expect(
      running(1)
        .hears(seize('a', 1, ['api']), gone)
        .grant('a'),
    ).toBe('halted');
    expect(
      running(1)
        .hears(seize('b', 1, ['api']), seize('a', 1, ['api']), wantTurn('a', 1, ['api']), gone)
        .grant('a'),
    ).toBe('resolving');
  });

  it('outlives its pipeline: the next one of the pull request takes it on', () => {
    const queue = running(1, 2).hears(land('b', 2, ['api']), ended(2), ended(1), event(2), want(2));
    expect(queue.grant('b')).toBe('granted');
    const decidedOne = running(1).hears(land('a', 1, ['api']), decided('a'), ended(1));
    expect(decidedOne.grant('a')).toBe('decided');
  });
});

describe('a landing that is half done', () => {
  const behindA = [{ kind: 'waits', why: 'until the landing of a in api is settled' }];

  it('goes on at once where nobody else is, also while the queue is paused', () => {
    const queue = running(1).hears(pause, seize('a', 1, ['api']));
    expect(queue.done()).toEqual([]);
    expect(queue.hears(wantTurn('a', 1, ['api'])).told('a')).toEqual([{ kind: 'granted' }]);
    expect(queue.grant('a')).toBe('decided');
  });

  it.each([
    ['was granted', []],
    ['has decided', [decided('a')]],
  ])('moves nothing where another landing %s before, until that is settled', (_, more) => {
    const queue = running(1, 2).hears(land('a', 1, ['api']), ...more, seize('b', 2, ['api', 'web']));
    expect(queue.hears(wantTurn('b', 2, ['api', 'web'])).told('b')).toEqual(behindA);
    expect(queue.grant('b')).toBe('resolving');
    expect(queue.hears(settled('a')).told('b')).toEqual([{ kind: 'granted' }]);
    expect(queue.grant('b')).toBe('decided');
  });

  it('goes on beside one in other repositories', () => {
    const queue = running(1, 2).hears(land('a', 1, ['api']), decided('a'), seize('b', 2, ['web']));
    expect(queue.hears(wantTurn('b', 2, ['web'])).told('b')).toEqual([{ kind: 'granted' }]);
  });

  it('goes on before those that came after it, whoever is let go on first', () => {
    const queue = running(1).hears(seize('a', 1, ['api']), seize('b', 2, ['api']));
    expect(queue.hears(wantTurn('b', 2, ['api'])).told('b')).toEqual(behindA);
    expect(queue.hears(wantTurn('a', 1, ['api'])).told('a')).toEqual([{ kind: 'granted' }]);
    // It halts again: it has its place still.
    expect(queue.hears(seize('a', 1, ['api'])).told('b')).toEqual([]);
    expect(queue.hears(settled('a')).told('b')).toEqual([{ kind: 'granted' }]);
  });

  it('does not go on with what is not its own any more: each asks anew', () => {
    const queue = running(1).hears(
      seize('b', 2, ['web']),
      wantTurn('b', 2, ['web']),
      land('a', 1, ['api']),
      decided('a'),
    );
    queue.hears(seize('b', 2, ['api', 'web']));
    expect(queue.grant('b')).toBe('halted');
    expect(queue.hears(wantTurn('b', 2, ['api', 'web'])).told('b')).toEqual(behindA);
  });

  it('is on its way still for a queue that starts anew', () => {
    const queue = queueOf(seize('b', 2, ['api']), keep('a', 1, ['api']), wantTurn('b', 2, ['api']));
    expect([queue.grant('a'), queue.grant('b')]).toEqual(['decided', 'resolving']);
  });
});

describe('a pipeline behind a fence', () => {
  const behind = (pullRequest: number, ...repositories: string[]): QueueMessage => ({
    kind: 'releaseSlot',
    pullRequest,
    fenced: [{ repositories, exclusive: false }],
  });
  const fences = [{ changeset: 'a', repositories: ['api'], exclusive: false }];

  it('is told the fences of others with the slot, not its own', () => {
    const queue = running(1).hears(land('a', 1, ['api']), decided('a'), event(2), want(2), release(1));
    expect(queue.done()).toContainEqual({ do: 'tellPipeline', pullRequest: 2, message: { kind: 'slot', fences } });
    queue.hears(want(1), release(2));
    expect(queue.done()).toContainEqual({ do: 'tellPipeline', pullRequest: 1, message: { kind: 'slot', fences: [] } });
  });

  it('that gave the slot back for it gets it again when the fence has fallen, and not before', () => {
    const queue = running(1).hears(land('a', 1, ['api']), decided('a'), event(2), want(2), release(1));
    expect(queue.hears(behind(2, 'api')).state().slot).toBeUndefined();
    expect(queue.hears(event(3)).state().slot).toBeUndefined();
    expect(queue.hears(settled('a')).state().slot).toBe(2);
    expect(queue.done()).toEqual([{ do: 'tellPipeline', pullRequest: 2, message: { kind: 'slot', fences: [] } }]);
    expect(queue.hears(release(2)).state().slot).toBeUndefined();
  });

  it('that holds the slot hears of each change', () => {
    const queue = running(1).hears(land('a', 1, ['api']), decided('a'), event(2), want(2), release(1));
    expect(queue.hears(settled('a')).done()).toEqual([
      { do: 'tellPipeline', pullRequest: 2, message: { kind: 'fences', fences: [] } },
    ]);
    expect(queue.hears(seize('a', 1, ['api'])).done()).toEqual([
      { do: 'tellPipeline', pullRequest: 2, message: { kind: 'fences', fences } },
    ]);
  });
});

describe('a pause', () => {
  it('with nothing granted is answered at once, and no landing is granted until it is over', () => {
    const queue = running(1).hears(pause);
    expect(queue.answers()).toEqual(['done']);
    queue.hears(land('a', 1, ['api']));
    expect(queue.grant('a')).toBe('asked');
    expect(queue.hears(resume).told('a')).toEqual([{ kind: 'granted' }]);
  });

  it('takes undecided grants back, and is answered when each has come back or has decided, naming those', () => {
    const queue = running(1).hears(land('a', 1, ['api']), land('b', 1, ['web']), pause);
    expect(queue.told('a')).toEqual([{ kind: 'recall' }]);
    expect(queue.answers()).toEqual([undefined]);
    queue.hears(decided('b'));
    expect(queue.answers()).toEqual([undefined]);
    // Even one that was settled meanwhile is named: it began after the pause came.
    queue.hears(settled('b'), land('a', 1, ['api']));
    expect(queue.answers()).toEqual(['done; already landing: b']);
    expect(queue.grant('a')).toBe('asked');
  });

  it('is ended by no comment that was written before it, and whoever wrote that is told so', () => {
    const written = (message: QueueMessage, seconds: string) =>
      ({ ...message, writtenAt: `2026-05-04T10:00:${seconds}Z` }) as QueueMessage;
    const queue = running(1).hears(written(pause, '07'), written(resume, '06'));
    expect(queue.state().paused).toBeDefined();
    expect(queue.answers().at(-1)).toBe(
      'refused: pam paused the queue after it was written (release day): resume once more if that is to end',
    );
    // The same comment may have both.
    expect(queue.hears(written(resume, '07')).state().paused).toBeUndefined();
  });

  it('from a shell has no time that could be compared: the next resume ends it, whatever the queue’s clock shows', () => {
    const written = (writtenAt: string) => ({ ...resume, writtenAt }) as QueueMessage;
    expect(running(1).hears(pause, written('2000-01-01T00:00:00Z')).state().paused).toBeUndefined();
  });

  it('names half landings apart, which an operator may bring to their end while it lasts', () => {
    const queue = running(1, 2).hears(land('on', 1, ['docs']), decided('on'), seize('o/12/fin', 2, ['api']));
    expect(queue.hears(pause).answers()).toEqual([
      'done; already landing: on; waiting for an operator, who may finish or undo it meanwhile: #12/fin',
    ]);
    const halting = running(1).hears(
      land('a', 1, ['api']),
      land('b', 1, ['web']),
      pause,
      decided('a'),
      seize('a', 1, ['api']),
    );
    expect(halting.hears(settled('b')).answers()).toEqual([
      'done; waiting for an operator, who may finish or undo it meanwhile: a',
    ]);
  });

  it('of a queue that starts anew takes back what was granted by the one before', () => {
    const hold = { ...land('a', 1, ['api']), kind: 'hold' } as QueueMessage;
    const queue = running(1).hears(hold, pause);
    expect(queue.told('a')).toEqual([{ kind: 'recall' }]);
    expect(queue.answers()).toEqual([undefined]);
    expect(queue.hears(land('a', 1, ['api'])).answers()).toEqual(['done']);
  });

  it('presumes a landing of what does not answer, and believes its own word when it comes', () => {
    const presume = { ...land('a', 1, ['api']), kind: 'presume' } as QueueMessage;
    const queue = queueOf(event(1), event(2), presume);
    expect(queue.told('a')).toEqual([{ kind: 'tell' }]);
    queue.hears(pause, resume, want(2), land('b', 2, ['api']));
    expect([queue.grant('a'), queue.grant('b')]).toEqual(['decided', 'asked']);
    expect(queue.answers()).toContain('done; already landing: a');
    expect(queue.hears(land('a', 1, ['api'])).grant('b')).toBe('granted');
    expect(queue.grant('a')).toBe('asked');
  });

  it('that is no more cannot be ended', () => {
    expect(queueOf(resume).answers()).toEqual(['refused: the queue is not paused']);
  });
});

describe('a skip or a withdrawal', () => {
  it('is answered no sooner than its landings have decided or come back, and names only its own', () => {
    const queue = running(1).hears(land('x', 1, ['docs']), decided('x'), release(1), event(2), want(2));
    queue.hears(land('a', 2, ['api']), skip(2));
    expect(queue.done()).toContainEqual({
      do: 'tellPipeline',
      pullRequest: 2,
      message: { kind: 'skip', by: 'sue', reason: 'old' },
    });
    expect(queue.answers()).toEqual([undefined]);
    expect(queue.hears(settled('a')).answers()).toEqual(['done']);
  });

  it.each(['skip', 'withdraw'] as const)('(%s) once answered lets none of its landings begin', (kind) => {
    const queue = running(1).hears({ kind, pullRequest: 1, by: 'sue', reason: 'old' });
    expect(queue.answers()).toEqual(['done']);
    queue.hears(land('a', 1, ['api']));
    expect(queue.grant('a')).toBe('asked');
    expect(queue.told('a')).toEqual([{ kind: 'waits', why: 'for its pull request to leave the queue' }]);
  });

  it('that a pipeline could not hear any more goes to the next of the pull request, whenever that comes', () => {
    const order = { kind: 'skip', by: 'sue', reason: 'old' } as const;
    const unheard: QueueMessage = { kind: 'unheard', pullRequest: 1, order };
    const again = running(1).hears(ended(1, true), unheard);
    expect(again.done()).toEqual([{ do: 'tellPipeline', pullRequest: 1, message: order }]);
    expect(again.hears(want(1), land('a', 1, ['api'])).grant('a')).toBe('asked');
    const later = running(1).hears(ended(1), unheard, event(1));
    const handedOn = { skip: { by: 'sue', reason: 'old' } };
    expect(later.done()).toEqual([{ do: 'startPipeline', pullRequest: 1, handedOn }]);
    const withdraw: QueueMessage = { kind: 'unheard', pullRequest: 1, order: { kind: 'withdraw', by: 'sue' } };
    expect(running(1).hears(ended(1), withdraw, event(1)).done()).toMatchObject([{ handedOn: { withdrawn: {} } }]);
  });

  it('of what is not in the queue is refused', () => {
    expect(queueOf(skip(9)).answers()).toEqual(['refused: pull request #9 is not in the queue']);
    expect(queueOf({ kind: 'withdraw', pullRequest: 9, by: 'sue' }).answers()).toHaveLength(1);
  });

  it('leaves no mark on the next pipeline of the pull request', () => {
    const queue = running(1).hears(skip(1), ended(1, true), want(1), land('a', 1, ['api']));
    expect(queue.grant('a')).toBe('granted');
  });
});

it('a command that waits for its answer is not forgotten for the noise after it', () => {
  const queue = running(1).hears(land('a', 1, ['api']), pause);
  queue.hears(...Array.from({ length: 100 }, () => skip(9)), decided('a'));
  expect(queue.state().commands.find((command) => command.verb === 'pause')?.answer).toBe('done; already landing: a');
  expect(queue.state().commands.length).toBeLessThanOrEqual(20);
});

describe('a command that somebody waits for', () => {
  const replyTo = { workflowId: 'comment/acme/coordinator/5', line: 1 };
  const replies = (queue: ReturnType<typeof queueOf>) =>
    queue.done().flatMap((effect) => (effect.do === 'reply' ? [effect.reply] : []));

  it('is answered once, when it is certain', () => {
    const queue = running(7).hears(land('a', 7, ['acme/api']), {
      kind: 'pause',
      by: 'bob',
      reason: 'release',
      replyTo,
    });
    expect(replies(queue)).toEqual([]);
    queue.hears(decided('a'));
    expect(replies(queue)).toEqual([{ line: 1, remark: 'already landing: a' }]);
    queue.hears(settled('a'));
    expect(replies(queue)).toEqual([]);
    expect(replies(queue.hears({ kind: 'resume', by: 'bob', replyTo }))).toEqual([{ line: 1 }]);
  });

  it('is told why it is refused', () => {
    const queue = queueOf({ kind: 'resume', by: 'bob', replyTo });
    expect(replies(queue)).toEqual([{ line: 1, refused: 'the queue is not paused' }]);
    expect(replies(queue.hears({ kind: 'withdraw', by: 'bob', pullRequest: 9, replyTo }))).toEqual([
      { line: 1, refused: 'pull request #9 is not in the queue' },
    ]);
  });
});
