/** The activities of both task queues, made from ports: `activities/types.ts` says what each is for. */

import { type Commit, changesetWorkflowId, type Outcome } from '../src/changeset.ts';
import { answerComment } from './commands/answer.ts';
import { hearComment } from './commands/hear.ts';
import type { ControlDeps, TestDeps } from './deps.ts';
import { cleanUp, land, revert, stage } from './landing/land.ts';
import { lookAgain } from './landing/lookAgain.ts';
import { prepare } from './landing/prepare.ts';
import { recheck } from './landing/recheck.ts';
import { survey } from './landing/standing.ts';
import { readPlanPart } from './manifest/planPart.ts';
import { readPlan } from './manifest/readPlan.ts';
import { mergeManifest, readPullRequestNow, writeStatus } from './manifest/status.ts';
import { prune } from './prune.ts';
import { reconcile, sweep } from './reconcile.ts';
import { commentFailure, commentOperator, foldEarlier, notify, publish, tellMembers } from './report/publish.ts';
import { findStrays } from './strays.ts';
import { runTests } from './tests/runTests.ts';
import { sweepWorkspaces } from './tests/workspaces.ts';
import type { Activities, ClosedPipeline, LostRun } from './types.ts';

type Tests = Pick<Activities, 'runTests' | 'sweepWorkspaces'>;

/** How often an activity that waits for a workflow's end looks, in ms. */
const LOOK_EVERY_MS = 2000;

export function createActivities(deps: ControlDeps): Omit<Activities, keyof Tests> {
  const settled = new Set<Commit>();
  return {
    awaitPipelines: ({ pullRequests }) => awaitPipelines(deps, pullRequests),
    awaitChangeset: ({ id }) => awaitChangeset(deps, changesetWorkflowId(id)),
    findRunning: () => deps.workflows.running(),
    readPlan: (request) => readPlan(deps, request),
    readPlanPart: (request) => readPlanPart(deps, request),
    readPullRequest: (request) => readPullRequestNow(deps, request),
    publish: (view) => publish(deps, view),
    writeStatus: (request) => writeStatus(deps, request),
    mergeManifest: (request) => mergeManifest(deps, request),
    look: (request) => lookAgain(deps, request),
    prepare: (request) => prepare(deps, request),
    stage: (request) => stage(deps, request),
    recheck: (request) => recheck(deps, request),
    land: (request) => land(deps, request),
    survey: (request) => survey(deps, request),
    revert: (request) => revert(deps, request),
    cleanUp: (request) => cleanUp(deps, request),
    tellMembers: (request) => tellMembers(deps, request),
    foldEarlier: (request) => foldEarlier(deps, request),
    commentFailure: (request) => commentFailure(deps, request),
    commentOperator: (request) => commentOperator(deps, request),
    notify: (request) => notify(deps, request),
    hearComment: (request) => hearComment(deps, request),
    answerComment: (request) => answerComment(deps, request),
    reconcile: () => reconcile(deps),
    findStrays: () => findStrays(deps, settled),
    sweep: () => sweep(deps),
    prune: () => prune(deps),
  };
}

export function createTestActivities(deps: TestDeps): Tests {
  return {
    runTests: (request) => runTests(deps, request),
    sweepWorkspaces: async () => ({ removed: await sweepWorkspaces(deps.workspaces, deps.now()) }),
  };
}

async function awaitPipelines(deps: ControlDeps, pullRequests: number[]): Promise<ClosedPipeline[]> {
  const { signal } = deps.live();
  for (;;) {
    const closed = await deps.workflows.closedPipelines(pullRequests);
    if (closed.length > 0) return closed;
    await deps.wait(LOOK_EVERY_MS, signal);
  }
}

async function awaitChangeset(deps: ControlDeps, workflowId: string): Promise<Outcome | LostRun> {
  const { signal } = deps.live();
  for (;;) {
    const end = await deps.workflows.changesetEnd(workflowId);
    if (end?.kind === 'completed') return end.outcome;
    if (end?.kind === 'lost') return end;
    await deps.wait(LOOK_EVERY_MS, signal);
  }
}
