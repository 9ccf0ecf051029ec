/**
 * The real activities, run to the next question that they ask of the world. An activity is a function of its request and
 * of the answers that it had, so that a point in the middle of one is just that list; each point is run once and
 * remembered. Running is asynchronous, the exploration is not: an unknown point is thrown, learnt, and looked at again.
 */
import type { ControlDeps } from '../activities/deps.ts';
import { toFailure } from '../activities/failures.ts';
import { createActivities } from '../activities/index.ts';
import { ModelFault } from './modelFault.ts';
import type { Answer, Ask, Call } from './ports.ts';

export type Name = 'prepare' | 'stage' | 'recheck' | 'land' | 'survey' | 'revert' | 'cleanUp';

export interface Begin {
  name: Name;
  request: object;
  /** 2 stands for every further try: none tells them apart. */
  attempt: 1 | 2;
}

/** A point in an activity: what it asks now, or what it came to. */
export interface Point {
  id: number;
  begin: Begin;
  answered: readonly Said[];
  asks: readonly Asked[];
  end?: End;
}

export type End =
  | { kind: 'value'; value: unknown }
  /** Tried again by Temporal. */
  | { kind: 'retried'; why: string }
  /** Failed for good. */
  | { kind: 'broken'; why: string };

interface Asked {
  key: string;
  call: Call;
}

interface Said {
  key: string;
  answer: Answer;
}

/** Thrown for a point that was never run: `learn`, then look again. */
export class Unknown {
  readonly learn: () => Promise<void>;
  constructor(learn: () => Promise<void>) {
    this.learn = learn;
  }
}

export type Perform = (deps: ControlDeps, begin: Begin) => Promise<unknown>;

export const performReal: Perform = (deps, { name, request }) =>
  // Which activity takes which request is the workflow's business.
  (createActivities(deps) as unknown as Record<Name, (request: object) => Promise<unknown>>)[name](request);

/** Those whose code looks at how often it was tried; for the others the model knows but one attempt. */
const COUNTING: Name[] = ['land', 'revert'];

interface Running {
  perform: Perform;
  depsOf(ask: Ask, attempt: () => number): ControlDeps;
}

export function createActivityRunner(about: Running) {
  const points: Point[] = [];
  const byKey = new Map<string, number>();
  const steps = new Map<string, number>();
  const retries = new Map<Begin, Point>();

  /** The same answers in another order are the same point. */
  function pointOf(begin: Begin, answered: readonly Said[]): Point {
    const sorted = answered.toSorted((one, other) => (one.key < other.key ? -1 : 1));
    const key = JSON.stringify([begin, sorted]);
    const known = byKey.get(key);
    if (known !== undefined) return points[known] as Point;
    throw new Unknown(async () => {
      const made = await runTo(about, begin, sorted);
      byKey.set(key, points.length);
      points.push({ id: points.length, ...made });
    });
  }

  return {
    at: (id: number): Point => points[id] as Point,
    count: () => points.length,
    begin: (begin: Begin): Point => pointOf(begin, []),
    answer(point: Point, ask: Asked, answer: Answer): Point {
      const key = `${point.id} ${ask.key} ${JSON.stringify(answer)}`;
      const known = steps.get(key);
      if (known !== undefined) return points[known] as Point;
      const next = pointOf(point.begin, [...point.answered, { key: ask.key, answer }]);
      steps.set(key, next.id);
      return next;
    },
    /** The same activity, tried again from its beginning. */
    again({ begin }: Point): Point {
      const known = retries.get(begin);
      if (known !== undefined) return known;
      const point = pointOf({ ...begin, attempt: COUNTING.includes(begin.name) ? 2 : 1 }, []);
      retries.set(begin, point);
      return point;
    },
  };
}

export type ActivityRunner = ReturnType<typeof createActivityRunner>;

/** Runs an activity with the answers that it had, to what it asks next. */
async function runTo(about: Running, begin: Begin, answered: readonly Said[]): Promise<Omit<Point, 'id'>> {
  const answers = new Map(answered.map(({ key, answer }) => [key, answer]));
  const asks: Asked[] = [];
  const times = new Map<string, number>();
  const ask: Ask = (call) => {
    const text = JSON.stringify(call);
    const time = (times.get(text) ?? 0) + 1;
    times.set(text, time);
    const key = `${text}#${time}`;
    const answer = answers.get(key);
    if (answer !== undefined) return Promise.resolve(answer);
    asks.push({ key, call });
    return new Promise(() => undefined);
  };
  const attempt = () => {
    if (!COUNTING.includes(begin.name)) throw new ModelFault(`the model knows but one attempt of ${begin.name}`);
    return begin.attempt;
  };
  let end: End | undefined;
  let fault: ModelFault | undefined;
  about.perform(about.depsOf(ask, attempt), begin).then(
    (value) => {
      end = { kind: 'value', value };
    },
    (error: unknown) => {
      if (error instanceof ModelFault) fault = error;
      end = endOf(error);
    },
  );
  for (let turn = 0; turn < 50 && end === undefined && asks.length === 0; turn += 1) await nextTurn();
  await nextTurn();
  if (fault !== undefined) throw fault;
  if (end === undefined && asks.length === 0) throw new Error(`${begin.name} neither asks anything nor ends`);
  return { begin, answered, asks, ...(end !== undefined && { end }) };
}

function endOf(error: unknown): End {
  const failure = toFailure(error);
  const why = failure.message;
  return 'nonRetryable' in failure && failure.nonRetryable === true
    ? { kind: 'broken', why }
    : { kind: 'retried', why };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
