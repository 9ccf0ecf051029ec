/** Breadth first through all states of a setting: the first violation found is the one with the shortest story. */
import { judgeAll } from '../invariants/all.ts';
import type { Violation } from '../invariants/invariant.ts';
import { Unknown } from './activities.ts';
import { type Context, createContext, PROTOCOL, type Protocol } from './context.ts';
import { createGoings, type Goings } from './live.ts';
import type { Move } from './move.ts';
import { movesOf } from './moves.ts';
import { happenedIn, recordKey } from './record.ts';
import { stuckIn } from './rest.ts';
import { createRows, type Rows } from './rows.ts';
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
  const rows = createRows(context, start);
  const visited = createVisited(rows.write(start).length);
  visited.add(rows.write(start), 0);
  const judge = createJudge(context);
  const search: Search = { context, rows, visited, judge, goings: createGoings(), transitions: 0, depth: 0 };
  const begun = options.now();
  const figures = () => {
    const { transitions, depth } = search;
    return { states: visited.size(), transitions, depth, seconds: (options.now() - begun) / 1000 };
  };
  const end = await searchAll(search, options, () => options.progress?.(figures()));
  const size = { memory: visited.memory(), points: context.activities.count() };
  if ('complete' in end) return { ...figures(), ...size, complete: end.complete };
  return { ...figures(), ...size, complete: false, violation: { ...end, story: await storyTo(search, end.at) } };
}

interface Search {
  context: Context;
  rows: Rows;
  visited: Visited;
  goings: Goings;
  judge: Judge;
  transitions: number;
  depth: number;
}

/** A violation, with the number of the state that shows it. */
type Wrong = Violation & { at: number };

const REPORTED_EVERY = 100_000;

async function searchAll(
  search: Search,
  { limit = Number.POSITIVE_INFINITY }: Options,
  report: () => void,
): Promise<Wrong | { complete: boolean }> {
  const { visited, goings } = search;
  let endOfLevel = 1;
  for (let index = 0; index < visited.size(); index += 1) {
    if (index === endOfLevel) {
      search.depth += 1;
      endOfLevel = visited.size();
    }
    if (index % REPORTED_EVERY === 0 && index > 0) report();
    if (visited.size() > limit) return { complete: false };
    const wrong = await goOnFrom(search, index);
    if (wrong) return wrong;
  }
  const at = goings.restless(visited.size());
  return at === undefined ? { complete: true } : { invariant: '12 rest', sentence: ROUND_AND_ROUND, at };
}

const ROUND_AND_ROUND = 'from here on it goes round and round, and never comes to rest by itself';

/** Every move from one state: what is new is judged, and so is the state itself where nothing goes on by itself. */
async function goOnFrom(search: Search, index: number): Promise<Wrong | undefined> {
  const { context, rows, visited, goings, judge } = search;
  const state = rows.read(visited.row(index));
  const moves = await known(() => movesOf(context, state));
  search.transitions += moves.length;
  for (const move of moves) {
    const before = visited.size();
    const at = visited.add(rows.write(move.next), index);
    if (move.by === 'system') goings.add(index, at);
    const [violation] = at < before ? [] : judge(move.next);
    if (violation) return { ...violation, at };
  }
  if (moves.some((move) => move.by === 'system')) return undefined;
  goings.rests(index);
  const [violation] = judge(state, stuckIn(context, state));
  return violation && { ...violation, at: index };
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

type Judge = (state: State, stuck?: string[]) => Violation[];

function createJudge(context: Context): Judge {
  const fine = new Set<string>();
  return (state, stuck) => {
    const key = recordKey(state);
    if (stuck === undefined && fine.has(key)) return [];
    const { violations } = judgeAll(happenedIn(context, state, stuck));
    if (violations.length === 0) fine.add(key);
    return violations;
  };
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
