/** What is remembered of a changeset's way for the invariants. */
import type { LandingState } from '../src/landing/state.ts';
import type { StepResult } from '../src/landing/steps.ts';
import type { Context } from './context.ts';
import type { Answered, Facts, Run, State } from './world.ts';

export interface Turn {
  c: number;
  run: Run;
  from: LandingState;
  to: LandingState;
  result: StepResult;
}

export function remember(context: Context, state: Pick<State, 'queue'>, turn: Turn): Facts {
  const { run, from, to, result } = turn;
  const facts = context.facts.at(run.facts);
  if (result.of === 'test' && result.tested.kind === 'passed' && from.at === 'testing') {
    const vector = context.vectors.id(from.vector);
    return facts.greens.includes(vector) ? facts : { ...facts, greens: [...facts.greens, vector] };
  }
  if (to.at === 'landing' && from.at === 'rechecking') {
    const begun = { vector: context.vectors.id(to.vector), answered: answeredFor(context, state, turn.c) };
    // A finish was decided long ago: no command is about it any more.
    const decided = { ...begun, answered: from.finishing ? [] : begun.answered };
    return { ...facts, decided: [...facts.decided, decided] };
  }
  if (to.at === 'cleaning' && from.at !== 'cleaning') {
    const findings = result.of === 'survey' || result.of === 'verify' ? result.findings : [];
    const looked = findings.flatMap(({ repository, tip }) => (tip === undefined ? [] : [{ repository, tip }]));
    return { ...facts, settled: { outcome: context.outcomes.id(to.outcome), looked } };
  }
  return facts;
}

/** Commands that concern it and have their visible answer by now. */
function answeredFor(context: Context, { queue }: Pick<State, 'queue'>, c: number): Answered[] {
  const pullRequest = context.ids[c]?.pullRequest;
  const answered = queue.commands
    .filter((command) => command.answer?.startsWith('done') === true)
    .filter((command) => (command.verb === 'pause' ? queue.paused !== undefined : command.pullRequest === pullRequest))
    .map((command) => command.verb);
  return [...new Set(answered)].filter((verb) => verb === 'pause' || verb === 'skip' || verb === 'withdraw');
}
