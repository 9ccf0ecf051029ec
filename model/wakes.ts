/** A changeset's main body goes on: what it waited for is recorded at its desk, or its tests have ended. */
import { pickApproval, stopAsking, waitNoMore } from '../src/attempt/take.ts';
import type { Offer } from './activityMoves.ts';
import type { Context } from './context.ts';
import { came, complete, type Draft, isStopped, prepareBegin, runOf, setRun, take } from './run.ts';
import type { State } from './world.ts';

export function offerWake(context: Context, state: State, c: number, offer: Offer): void {
  const run = runOf(state, c);
  const name = context.ids[c]?.name;
  const { granted, slot, approvals } = context.desks.at(run.desk);
  const stopped = isStopped(context, run, c);
  const stop = (draft: Draft) => complete(context, draft, c, came({ of: 'interrupted' }));
  switch (run.doing.is) {
    case 'test':
      offerTest(context, c, offer, stopped);
      return;
    case 'slot': {
      const go = (draft: Draft) => prepareBegin(context, draft, c);
      if (slot) offer('system', () => `${name} has the slot again`, go);
      else if (stopped) offer('system', () => `${name} stops waiting for the slot`, stop);
      return;
    }
    case 'grant': {
      const look = (draft: Draft) => lookAtGrant(context, draft, c);
      if (granted || stopped) offer('system', () => `${name} looks at what the queue said`, look);
      return;
    }
    case 'turn':
      if (granted)
        offer(
          'system',
          () => `${name} has its turn`,
          (draft) => goOnWithTurn(context, draft, c),
        );
      return;
    case 'approval': {
      const look = (draft: Draft) => lookAtApproval(context, draft, c);
      if (stopped) offer('system', () => `${name} stops waiting for an approval`, stop);
      else if (approvals.length > 0) offer('system', () => `${name} looks at the approval`, look);
      return;
    }
    case 'activity':
    case 'operator':
    case 'notBegun':
    case 'ended':
      return;
  }
}

function offerTest(context: Context, c: number, offer: Offer, interrupted: boolean): void {
  const name = context.ids[c]?.name;
  if (interrupted) {
    offer(
      'system',
      () => `the tests of ${name} are called off`,
      (draft) => complete(context, draft, c, came({ of: 'interrupted' })),
    );
    return;
  }
  offer(
    'system',
    () => `the tests of ${name} pass`,
    (draft) => complete(context, draft, c, came({ of: 'test', tested: { kind: 'passed' } })),
  );
  const log = { id: 'log', bytes: 1, truncated: false, tail: '' };
  const failure = { kind: 'exit', code: 1, durationMs: 1, log } as const;
  offer(
    'fault',
    () => `the tests of ${name} fail`,
    (draft) => complete(context, draft, c, came({ of: 'test', tested: { kind: 'failed', failure } })),
    ['red'],
  );
}

/** As the desk's `awaitGrant` ends. */
function lookAtGrant(context: Context, draft: Draft, c: number): void {
  take(context, draft, c, stopAsking);
  const { granted, orders } = context.desks.at(runOf(draft, c).desk);
  complete(context, draft, c, came({ of: granted && !orders.recall ? 'awaitGrant' : 'interrupted' }));
}

/** As the desk's `awaitTurn` ends. */
function goOnWithTurn(context: Context, draft: Draft, c: number): void {
  take(context, draft, c, waitNoMore);
  complete(context, draft, c, came({ of: 'awaitTurn' }));
}

function lookAtApproval(context: Context, draft: Draft, c: number): void {
  const { comment, desk, facts } = runOf(draft, c);
  const [answer] = context.desks.at(desk).approvals;
  const [saw, ...others] = comment.saw;
  if (answer === undefined || saw === undefined) return;
  take(context, draft, c, pickApproval);
  const before = context.facts.at(facts);
  const approvals = [...before.approvals, saw];
  setRun(draft, c, { facts: context.facts.id({ ...before, approvals }), comment: { ...comment, saw: others } });
  complete(context, draft, c, came({ of: 'awaitApproval', answer }));
}
