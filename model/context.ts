/** What a search works with besides its states: the code under judgement, the objects, and the tables of values. */
import type { Attempt } from '../src/attempt/state.ts';
import { takeApprove } from '../src/attempt/take.ts';
import type { ChangesetId, Outcome, Tip, Vector } from '../src/changeset.ts';
import { changesetLabel, changesetWorkflowId } from '../src/changeset.ts';
import { advance } from '../src/landing/advance.ts';
import type { LandingState } from '../src/landing/state.ts';
import { nextStep } from '../src/landing/steps.ts';
import type { PipelineState } from '../src/pipeline/state.ts';
import { type Plan, planChangesets } from '../src/plan/plan.ts';
import { reduceQueue } from '../src/queue/reduce.ts';
import type { QueueState } from '../src/queue/state.ts';
import { createActivityRunner, type Perform, type Point, performReal } from './activities.ts';
import { createObjects } from './objects.ts';
import { AUTHOR, COORDINATOR, createDeps } from './ports.ts';
import { full, type Setting } from './setting.ts';
import { createTable } from './tables.ts';
import type { Desk, Facts, Moved, Pipeline, Repository, Run, Underway, Wire } from './world.ts';

/** The code that is judged. Tests weaken one of these at a time, to see that it is noticed. */
export interface Protocol {
  advance: typeof advance;
  nextStep: typeof nextStep;
  reduceQueue: typeof reduceQueue;
  takeApprove: typeof takeApprove;
  perform: Perform;
  /** Whether GitHub looks at a push's lease, and whether waiting out the life of a push does wait it out. */
  github: { leases: boolean; pushesDie: boolean };
}

export const PROTOCOL: Protocol = {
  advance,
  nextStep,
  reduceQueue,
  takeApprove,
  perform: performReal,
  github: { leases: true, pushesDie: true },
};

export type Context = ReturnType<typeof createContext>;

export function createContext(setting: Setting, protocol: Protocol = PROTOCOL) {
  const objects = createObjects();
  const coordinator = objects.add({ parents: [], tree: {}, message: 'The coordinator\n' });
  const configuration = ['repositories:', ...setting.repositories.map((name) => `  - ${full(name)}`), ''].join('\n');
  const ids = setting.changesets.map(
    ({ name, pullRequest }): ChangesetId => ({ coordinator: COORDINATOR, pullRequest, name }),
  );
  const pullRequests = [...new Set(setting.changesets.map((one) => one.pullRequest))];
  return {
    setting,
    protocol,
    objects,
    ids,
    labels: ids.map(changesetLabel),
    workflowIds: ids.map(changesetWorkflowId),
    pullRequests,
    /** Numbers of the changesets of each. */
    members: new Map(
      pullRequests.map((one) => [one, ids.flatMap(({ pullRequest }, c) => (pullRequest === one ? [c] : []))]),
    ),
    manifestHead: coordinator,
    plans: new Map(pullRequests.map((pullRequest) => [pullRequest, planOf(setting, pullRequest)])),
    activities: createActivityRunner({
      perform: protocol.perform,
      depsOf: (ask, attempt) => createDeps(objects, { ask, attempt, coordinator, configuration }),
    }),
    landings: createTable<LandingState>(),
    vectors: createTable<Vector>(),
    outcomes: createTable<Outcome>(),
    heads: createTable<Tip[]>(),
    logs: createTable<readonly Moved[]>(),
    desks: createTable<Desk>(),
    facts: createTable<Facts>(),
    pipelines: createTable<PipelineState>(),
    parts: {
      repositories: createTable<Repository>(),
      pushes: createTable<readonly Underway[]>(),
      runs: createTable<Run>(),
      wires: createTable<Wire>(),
      pipelines: createTable<Pipeline>(),
      queue: createTable<QueueState>(),
      budget: createTable<Setting['budget']>(),
      order: createTable<readonly string[]>(),
    },
    /** Of decisions that were made before: by what they were made from. */
    memory: {
      advance: new Map<string, number>(),
      reduce: new Map<string, ReturnType<typeof reduceQueue>>(),
      pipelines: new Map<number, PipelineState>(),
      attempts: new Map<string, Attempt>(),
      begun: new Map<string, Point>(),
    },
  };
}

function planOf({ changesets, interference }: Setting, pullRequest: number): Plan {
  const own = changesets.filter((one) => one.pullRequest === pullRequest);
  const planned = planChangesets(
    own.map(({ name, members, approval }) => ({
      name,
      approval,
      priority: 0,
      line: 1,
      members: members.map((member) => ({ repository: full(member), branch: name })),
    })),
    interference,
  );
  const times = { timeoutMs: 1, approvalTimeoutMs: 1, publishEveryMs: 1, refreshEveryMs: 1 };
  const entries = { changesets: planned, final: [], dropped: [], parallelism: PARALLELISM, interference };
  return { head: '', author: AUTHOR, manifest: 'changesets/model.yaml', ...entries, ...times };
}

const PARALLELISM = 4;
