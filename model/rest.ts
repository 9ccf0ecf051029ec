/** A state in which nothing goes on by itself: is there anybody whose fault that is not? */
import type { Context } from './context.ts';
import { landingOf } from './run.ts';
import type { State } from './world.ts';

/** A sentence for each that waits in vain. Listed waits are for people: an approval, an operator, a resume; and behind such. */
export function stuckIn(context: Context, state: State): string[] {
  const { queue, runs } = state;
  const waitsForPeople =
    queue.paused !== undefined || runs.some(({ doing }) => ['approval', 'operator'].includes(doing.is));
  const stuck = queue.commands
    .filter((command) => command.answer === undefined)
    .map((command) => `the ${command.verb} by ${command.by} has no answer`);
  if (waitsForPeople) return stuck;
  const waiting = runs.flatMap((run, c) =>
    run.doing.is === 'ended' || run.doing.is === 'notBegun'
      ? []
      : [`${context.ids[c]?.name} waits at '${landingOf(context, run).at}' for nothing`],
  );
  const open = state.pipelines.flatMap(({ stage, pullRequest }) =>
    stage === 'ended' ? [] : [`the pipeline of #${pullRequest} never ends`],
  );
  const kept = [
    ...queue.entries.map((entry) => `the queue still knows #${entry.pullRequest}`),
    ...queue.grants.map((grant) => `${grant.changeset} still holds a grant ('${grant.state}')`),
    ...(queue.slot === undefined ? [] : [`#${queue.slot} still holds the slot`]),
  ];
  return [...stuck, ...waiting, ...open, ...kept];
}
