/** One Lockstep with everything around it in memory: the real workflows and activities over ports that a seed drives. */

import { createActivities } from '../activities/index.ts';
import { parserInProcess } from '../activities/manifest/parser/inProcess.ts';
import type { Activities } from '../activities/types.ts';
import { changesetLabel, testedCommit, type Vector } from '../src/changeset.ts';
import { type ActivityCounts, createActivityCounts } from './activityCounts.ts';
import { createRepositories, type Repositories } from './git.ts';
import { COORDINATOR, createGitHub, type GitHub } from './github.ts';
import { createOutside, type Outside } from './outside.ts';
import { createRandom, type Random } from './random.ts';
import { createRecord, type Record as Recorded } from './record.ts';
import type { Pull, Scenario, Wanted } from './scenario.ts';
import type { Sandbox } from './temporal/sandbox.ts';
import { createServer, type Server } from './temporal/server.ts';
import { createWorkflows } from './workflows.ts';

const STARTS = Date.UTC(2026, 0, 2);
/** As it is unless people set it: longer than a landing waits before it says so and gives the slot back. */
const PUSH_LIFE_MS = 90_000;

export interface World {
  scenario: Scenario;
  random: Random;
  server: Server;
  outside: Outside;
  repositories: Repositories;
  github: GitHub;
  record: Recorded;
  activities: ActivityCounts;
  /** By those who help, for each pull request. */
  pushes: Map<number, number>;
}

export function createWorld(sandbox: Sandbox, scenario: Scenario): World {
  const random = createRandom(scenario.seed ^ 0x5eed);
  let order = 0;
  let clock = () => STARTS;
  const now = () => clock();
  const outside = createOutside({
    now,
    random,
    faults: scenario.faults,
    pushLifeMs: PUSH_LIFE_MS,
    kill: () => server.killWorkers(),
  });
  const repositories = createRepositories({
    now,
    order: () => ++order,
    remote: outside.remote,
    moved: (repository, ref) => {
      if (repository === COORDINATOR && ref !== 'refs/heads/main') follow(ref.slice('refs/heads/'.length));
    },
  });
  let follow: (branch: string) => void = () => undefined;
  fill(repositories, scenario);
  const github = createGitHub({
    repositories,
    members: scenario.members,
    remote: outside.remote,
    copies: () => (random.chance(scenario.webhooks.lost) ? 0 : random.chance(scenario.webhooks.twice) ? 2 : 1),
    lags: () => random.chance(20),
    openness: (pullRequest, isOpen) => record.obstacle({ pullRequest }, !isOpen),
  });
  follow = github.follow;
  const record = createRecord({ repositories, order: () => ++order, branchOf: github.branchOf });
  const live = () => ({ signal: outside.attempt().controller.signal });
  const control = createActivities({
    coordinator: COORDINATOR,
    git: repositories.git,
    parser: parserInProcess,
    forge: github.forge,
    notifier: { notify: () => outside.remote('notify', () => undefined) },
    workflows: createWorkflows(() => server, outside.remote),
    settings: {
      pushLifeMs: PUSH_LIFE_MS,
      publishEveryMs: 15_000,
      refreshEveryMs: 30_000,
      serverUrl: 'https://github.test',
    },
    ages: { keepLogsMs: 'forever', renewMirrorsMs: 'never' },
    logs: { prune: async () => 0 },
    now,
    wait: outside.wait,
    live,
    attempt: () => outside.attempt().task.attempt,
  });
  const activities: Activities = {
    ...control,
    runTests: async ({ id, vector, run }) => {
      const { task } = outside.attempt();
      await outside.wait(random.between(1, 60) * 1000, outside.attempt().controller.signal);
      return outside.remote(`tests of ${task.run.workflowId}`, () => {
        const log = { id: run, bytes: 1, truncated: false, tail: 'red' };
        if (isBroken(repositories, vector)) {
          return { kind: 'failed', failure: { kind: 'exit', code: 1, durationMs: 1, log } } as const;
        }
        record.green({ changeset: changesetLabel(id), vector });
        return { kind: 'passed', durationMs: 1, logId: run } as const;
      });
    },
    sweepWorkspaces: async () => ({ removed: 0 }),
  };
  const counts = createActivityCounts();
  const server: Server = createServer({
    sandbox,
    activities: activities as never,
    within: outside.within,
    startAt: STARTS,
    continueAsNewAfter: scenario.continueAsNewAfter,
    seen(what) {
      record.seen(what);
      counts.seen(what);
    },
  });
  clock = server.now;
  return { scenario, random, server, outside, repositories, github, record, activities: counts, pushes: new Map() };
}

function isBroken(repositories: Repositories, { members }: Vector): boolean {
  return members.some((member) => 'broken' in repositories.filesOf(testedCommit(member)));
}

function fill(repositories: Repositories, { members, interference, parallelism, pulls }: Scenario): void {
  const list = members.map((name) => `  - ${name}\n`).join('');
  const configuration = `repositories:\n${list}interference: ${interference}\nparallelism: ${parallelism}\n`;
  const begin = (repository: string, files: Record<string, string>) => {
    const commit = repositories.make({ files, parents: [], message: 'begin' });
    repositories.move({ repository, ref: 'refs/heads/main', new: commit, by: 'somebody' });
  };
  begin(COORDINATOR, { 'lockstep.yaml': configuration, 'scripts/run_integration_tests.sh': '#!/bin/sh\n' });
  for (const name of members) begin(name, { 'README.md': name, 'shared.txt': 'one' });
  for (const [i, pull] of pulls.entries()) {
    for (const changeset of pull.changesets)
      for (const on of changeset.on) pushBranch(repositories, { pull: i + 1, changeset, on });
  }
}

/** A new commit on a member's branch, made on `main`. */
export function pushBranch(
  repositories: Repositories,
  { pull, changeset, on, again = '' }: { pull: number; changeset: Wanted; on: string; again?: string },
): void {
  const branch = branchOf(pull, changeset.name);
  const parent = repositories.ref(on, branch) ?? repositories.ref(on, 'main') ?? '';
  const files = {
    ...repositories.filesOf(parent),
    [workOf(pull, changeset.name)]: `${branch}${again}`,
    ...(changeset.broken && { broken: 'yes' }),
    ...(changeset.shared && { 'shared.txt': branch }),
  };
  const commit = repositories.make({ files, parents: [parent], message: `work on ${branch}${again}` });
  repositories.move({ repository: on, ref: `refs/heads/${branch}`, new: commit, by: 'somebody' });
}

export function branchOf(pull: number, name: string): string {
  return `p${pull}-${name}`;
}

/** The file that shows a changeset's work in a tree. */
export function workOf(pull: number, name: string): string {
  return `work/${pull}/${name}.txt`;
}

export function manifestOf(number: number, { changesets }: Pull): string {
  const entries = changesets.map(({ name, on, approval, priority }) =>
    [
      `  - name: ${name}`,
      `    priority: ${priority}`,
      `    approval: ${approval}`,
      '    repositories:',
      ...on.flatMap((repository) => [`      - name: ${repository}`, `        branch: ${branchOf(number, name)}`]),
    ].join('\n'),
  );
  return `changesets:\n${entries.join('\n')}\n`;
}
