/** Everything that may happen next in a state of the world. */
import { type Offer, offerActivity } from './activityMoves.ts';
import type { Context } from './context.ts';
import { offerWorld } from './faults.ts';
import type { Move } from './move.ts';
import { offerAgain, offerCommands, offerPeople } from './people.ts';
import { runPipelines } from './pipelines.ts';
import type { Draft } from './run.ts';
import type { Budget, Fault } from './setting.ts';
import { offerSignals } from './signals.ts';
import { offerWake } from './wakes.ts';
import type { State } from './world.ts';

export function movesOf(context: Context, state: State): Move[] {
  const moves: Move[] = [];
  const offer: Offer = (by, say, make, costs = []) => {
    const budget = paid(state.budget, costs);
    if (budget === undefined) return;
    const draft: Draft = { ...state, budget };
    make(draft);
    runPipelines(context, draft, state);
    moves.push({ by, next: draft, say });
  };
  offerSignals(context, state, offer);
  for (const c of state.runs.keys()) {
    offerWake(context, state, c, offer);
    offerActivity(context, state, c, offer);
    offerPeople(context, state, c, offer);
  }
  offerWorld(context, state, offer);
  offerCommands(context, state, offer);
  offerAgain(context, state, offer);
  return moves;
}

function paid(budget: Budget, costs: Fault[]): Budget | undefined {
  if (costs.length === 0) return budget;
  const left = { ...budget };
  for (const fault of costs) left[fault] -= 1;
  return costs.some((fault) => left[fault] < 0) ? undefined : left;
}
