/** States as rows of numbers, one for each part of the world, and back. */
import type { Context } from './context.ts';
import type { State } from './world.ts';

export interface Rows {
  write(state: State): number[];
  read(row: number[]): State;
}

const PARTS = ['repositories', 'runs', 'wires', 'pipelines'] as const;

function rowOf({ parts }: Context, state: State): number[] {
  const row: number[] = [];
  for (const repository of state.repositories) row.push(parts.repositories.id(repository));
  for (const run of state.runs) row.push(parts.runs.id(run));
  for (const wire of state.wires) row.push(parts.wires.id(wire));
  for (const pipeline of state.pipelines) row.push(parts.pipelines.id(pipeline));
  row.push(parts.pushes.id(state.pushes), parts.queue.id(state.queue));
  row.push(parts.budget.id(state.budget), parts.order.id(state.order));
  return row;
}

/** `start`: any state, for how many of each part there are. */
export function createRows(context: Context, start: State): Rows {
  const { parts } = context;
  const counts = PARTS.map((part) => start[part].length);
  return {
    write: (state: State) => rowOf(context, state),
    read(row: number[]): State {
      let from = 0;
      const take = (count = 0) => {
        from += count;
        return row.slice(from - count, from);
      };
      return {
        repositories: take(counts[0]).map(parts.repositories.at),
        runs: take(counts[1]).map(parts.runs.at),
        wires: take(counts[2]).map(parts.wires.at),
        pipelines: take(counts[3]).map(parts.pipelines.at),
        pushes: parts.pushes.at(row[from] ?? 0),
        queue: parts.queue.at(row[from + 1] ?? 0),
        budget: parts.budget.at(row[from + 2] ?? 0),
        order: parts.order.at(row[from + 3] ?? 0),
      };
    },
  };
}
