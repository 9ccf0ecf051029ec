/** Breadth first through all states of a setting: the first violation found is the one with the shortest story. */
import { judgeAll } from '../invariants/all.ts';
import type { Violation } from '../invariants/invariant.ts';
import { Unknown } from './activities.ts';
import { type Context, createContext, PROTOCOL, type Protocol } from './context.ts';
import { createGoings } from './live.ts';
import type { Move } from './move.ts';
import { movesOf } from './moves.ts';
import { happenedIn, recordKey } from './record.ts';
import { stuckIn } from './rest.ts';
import type { Setting } from './setting.ts';
import { startOf } from './start.ts';
import { createVisited, type Visited } from './visited.ts';
import type { State } from './world.ts';

export interface Explored {
  states: number;
  transitions: number;
  depth: number;
  seconds: number;
  /** Bytes of the visited states. */
  memory: number;
  /** Points in activities that were run. */
  points: number;
  /** All states were seen; false after a violation, or at the limit. */
  complete: boolean;
  violation?: Violation & { story: string[] };
}

export interface Options {
  protocol?: Protocol;
  /** More states than this are not looked at. */
  limit?: number;
  /** Milliseconds, for the figures. */
  now: () => number;
  progress?: (so: { states: number; transitions: number; depth: number; seconds: number }) => void;
}

export async function explore(setting: Setting, options: Options): Promise<Explored> {
  const context = createContext(setting, options.protocol ?? PROTOCOL);
  const start = await known(() => startOf(context));
  const search = {
    context,
    start,
    rows: codecOf(context, start),
    visited: createVisited(rowOf(context, start).length),
  };
  const judge = createJudge(context);
  const goings = createGoings();
  const begun = options.now();
  const seconds = () => (options.now() - begun) / 1000;
  const { visited, rows } = search;
  visited.add(rows.write(start), 0);
  let transitions = 0;
  let depth = 0;
  let endOfLevel = 1;
  const figures = () => ({ states: visited.size(), transitions, depth, seconds: seconds() });
  const result = (more: Partial<Explored>): Explored => ({
    ...figures(),
    memory: visited.memory(),
    points: context.activities.count(),
    complete: false,
    ...more,
  });
  for (let index = 0; index < visited.size(); index += 1) {
    if (index === endOfLevel) {
      depth += 1;
      endOfLevel = visited.size();
    }
    if (index % 100_000 === 0 && index > 0) options.progress?.(figures());
    if (visited.size() > (options.limit ?? Number.POSITIVE_INFINITY)) return result({});
    const state = rows.read(visited.row(index));
    const moves = await known(() => movesOf(context, state));
    transitions += moves.length;
    for (const move of moves) {
      const known = visited.size();
      const at = visited.add(rows.write(move.next), index);
      if (move.by === 'system') goings.add(index, at);
      if (at < known) continue;
      const [violation] = judge(move.next);
      if (violation) return result({ violation: { ...violation, story: await storyTo(search, visited.size() - 1) } });
    }
    if (moves.every((move) => move.by !== 'system')) {
      goings.rests(index);
      const [violation] = judge(state, stuckIn(context, state));
      if (violation) return result({ violation: { ...violation, story: await storyTo(search, index) } });
    }
  }
  const restless = goings.restless(visited.size());
  if (restless === undefined) return result({ complete: true });
  const sentence = 'from here on it goes round and round, and never comes to rest by itself';
  return result({ violation: { invariant: '12 rest', sentence, story: await storyTo(search, restless) } });
}

/** What is not known yet about the activities is learnt, then the same is tried again. */
async function known<T>(attempt: () => T): Promise<T> {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      await error.learn();
    }
  }
}

function createJudge(context: Context) {
  const fine = new Set<string>();
  return (state: State, stuck?: string[]): Violation[] => {
    const key = recordKey(state);
    if (stuck === undefined && fine.has(key)) return [];
    const { violations } = judgeAll(happenedIn(context, state, stuck));
    if (violations.length === 0) fine.add(key);
    return violations;
  };
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

/** States as rows of numbers, and back. */
function codecOf(context: Context, start: State) {
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

interface Search {
  context: Context;
  start: State;
  rows: ReturnType<typeof codecOf>;
  visited: Visited;
}

/** The way to a state, a sentence a move: each move is found again among those of the state before. */
async function storyTo({ context, rows, visited }: Search, index: number): Promise<string[]> {
  const way: number[] = [];
  for (let at = index; at !== 0; at = visited.parent(at)) way.unshift(at);
  const story: string[] = [];
  let before = 0;
  for (const at of way) {
    const state = rows.read(visited.row(before));
    const moves = await known(() => movesOf(context, state));
    const wanted = visited.row(at).join();
    const move = moves.find((one: Move) => rows.write(one.next).join() === wanted);
    story.push(move?.say() ?? 'something happens that has no name');
    before = at;
  }
  return story;
}
