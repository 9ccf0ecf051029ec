/** Vectors, findings and results in few words, for stories about the landing protocol. */
import type { TestFailure, Vector } from '../../src/changeset.ts';
import { advance } from '../../src/landing/advance.ts';
import { type Finding, INITIAL, type LandingState, type Standing } from '../../src/landing/state.ts';
import { nextStep, type Orders, type Prepared, type Step, type StepResult } from '../../src/landing/steps.ts';

/** A commit's id made from a word. */
export function commit(word: string): string {
  return [...word, ...'0'.repeat(40)]
    .map((char) => (/[0-9a-f]/.test(char) ? char : (char.charCodeAt(0) % 16).toString(16)))
    .slice(0, 40)
    .join('');
}

/** `api: 'h1 b1'` is head h1 on base b1; a third word names the candidate, `merged` says that it is on main already. */
export function vectorOf(members: Record<string, string>, others: Record<string, string> = {}): Vector {
  return {
    members: Object.entries(members).map(([name, words]) => {
      const [head = '', base = '', third] = words.split(' ');
      const alreadyMerged = third === 'merged' || third === 'landed';
      return {
        repository: `acme/${name}`,
        branch: `feature/${name}`,
        head: commit(`${name}${head}`),
        base: commit(`${name}${base}`),
        candidate: third === 'merged' ? commit(`${name}${base}`) : commit(`${name}${head}c${third ? 'x' : base}`),
        alreadyMerged,
        ...(third === 'landed' && { landedBefore: true as const }),
      };
    }),
    others: Object.entries(others).map(([name, tip]) => ({ repository: `acme/${name}`, commit: commit(name + tip) })),
    coordinator: commit('coordinator'),
  };
}

export const TWO = vectorOf({ api: 'h1 b1', web: 'h1 b1' });
export const THREE = vectorOf({ api: 'h1 b1', docs: 'h1 b1', web: 'h1 b1' });

export function findings(vector: Vector, standings: Record<string, Standing>): Finding[] {
  return vector.members
    .filter((member) => !member.alreadyMerged)
    .map(({ repository, candidate }) => ({
      repository,
      candidate,
      tip: commit('tip'),
      standing: standings[repository.slice('acme/'.length)] ?? 'absent',
    }));
}

const log = { id: 'log-1', bytes: 1, truncated: false, tail: 'no' };
export const RED: TestFailure = { kind: 'exit', code: 1, durationMs: 5, log };

/** What each step can come back with, by a short name. */
export const came = {
  prepared: (prepared: Prepared): StepResult => ({ of: 'prepare', prepared }),
  ready: (vector: Vector): StepResult => ({ of: 'prepare', prepared: { kind: 'ready', vector } }),
  clear: { of: 'look', looked: { kind: 'clear' } } as StepResult,
  stands: (vector: Vector, standings: Record<string, Standing>): StepResult => ({
    of: 'look',
    looked: { kind: 'stands', vector, findings: findings(vector, standings) },
  }),
  green: { of: 'test', tested: { kind: 'passed' } } as StepResult,
  red: { of: 'test', tested: { kind: 'failed', failure: RED } } as StepResult,
  approved: (vector: Vector, by = 'ann'): StepResult => ({
    of: 'awaitApproval',
    answer: { by, heads: vector.members.map(({ repository, head }) => ({ repository, commit: head })) },
  }),
  nobodyApproved: { of: 'awaitApproval', answer: 'timedOut' } as StepResult,
  staged: { of: 'stage', staged: { kind: 'staged' } } as StepResult,
  missing: (what: string): StepResult => ({ of: 'test', tested: { kind: 'missing', what } }),
  stageLost: (what: string): StepResult => ({ of: 'stage', staged: { kind: 'lost', what } }),
  lost: (name: string, what: string): StepResult => ({
    of: 'push',
    repository: `acme/${name}`,
    pushed: { kind: 'lost', what },
  }),
  stageRefused: (...sentences: string[]): StepResult => ({ of: 'stage', staged: { kind: 'refused', sentences } }),
  granted: { of: 'awaitGrant' } as StepResult,
  clean: { of: 'recheck', recheck: { kind: 'clean' } } as StepResult,
  moved: (what: string, own = false): StepResult => ({ of: 'recheck', recheck: { kind: 'moved', what, own } }),
  stopped: (why: 'superseded' | 'closed'): StepResult => ({ of: 'recheck', recheck: { kind: 'stopped', why } }),
  landed: (name: string): StepResult => ({ of: 'push', repository: `acme/${name}`, pushed: { kind: 'landed' } }),
  rejected: (name: string): StepResult => ({
    of: 'push',
    repository: `acme/${name}`,
    pushed: { kind: 'rejected', found: commit('somebody') },
  }),
  refused: (name: string, message: string): StepResult => ({
    of: 'push',
    repository: `acme/${name}`,
    pushed: { kind: 'refused', message },
  }),
  unreadable: (name: string): StepResult => ({
    of: 'push',
    repository: `acme/${name}`,
    pushed: { kind: 'unreadable', message: 'not found' },
  }),
  survey: (vector: Vector, standings: Record<string, Standing>): StepResult => ({
    of: 'survey',
    findings: findings(vector, standings),
  }),
  verify: (vector: Vector, standings: Record<string, Standing>): StepResult => ({
    of: 'verify',
    findings: findings(vector, standings),
  }),
  reverted: (name: string): StepResult => ({
    of: 'revert',
    repository: `acme/${name}`,
    reverted: { kind: 'reverted', commit: commit(`undo${name}`) },
  }),
  notStanding: (name: string): StepResult => ({
    of: 'revert',
    repository: `acme/${name}`,
    reverted: { kind: 'notStanding' },
  }),
  impossible: (name: string, message: string): StepResult => ({
    of: 'revert',
    repository: `acme/${name}`,
    reverted: { kind: 'impossible', message },
  }),
  resolve: (action: 'finish' | 'undo' | 'check'): StepResult => ({
    of: 'awaitOperator',
    resolve: { action, by: 'olga' },
  }),
  turn: { of: 'awaitTurn' } as StepResult,
  cleaned: { of: 'cleanUp' } as StepResult,
  broken: (why: string): StepResult => ({ of: 'broken', why }),
  interrupted: { of: 'interrupted' } as StepResult,
};

/** A changeset's run told result by result: `run.hears(…)` gives the state, `run.step()` what it wants next. */
export function storyOf(options: { approval?: 'none' | 'required'; from?: LandingState } = {}) {
  const { approval = 'none', from = INITIAL } = options;
  let state: LandingState = from;
  const story = {
    state: () => state,
    step: (): Step | undefined => nextStep(state),
    hears(...results: StepResult[]): LandingState {
      for (const result of results) state = advance({ approval }, state, { result, orders: {} });
      return state;
    },
    /** It halted: what stands of that very vector is read. */
    looks(standings: Record<string, Standing> = {}): LandingState {
      if (state.at !== 'halting') throw new Error(`expected a landing that halted, found it at ${state.at}`);
      return story.hears(came.survey(state.vector, standings));
    },
    hearsWith(orders: Orders, result: StepResult): LandingState {
      state = advance({ approval }, state, { result, orders });
      return state;
    },
  };
  return story;
}

/** Everything up to the decision: the next step is the first push. */
export function decided(vector: Vector, options: Parameters<typeof storyOf>[0] = {}) {
  const story = storyOf(options);
  story.hears(came.ready(vector), came.green, came.staged, came.granted, came.clean);
  return story;
}

export function outcomeOf(state: LandingState) {
  return state.at === 'cleaning' || state.at === 'ended' ? state.outcome : undefined;
}
