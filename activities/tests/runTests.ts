/**
 * One test run on one host: a fresh workspace with every repository, the coordinator's own script, a sandbox around it.
 * When the host is lost the unit starts again in a new workspace with the same candidates.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shortName, type TestFailure, type Tip, type Vector } from '../../src/changeset.ts';
import type { Live, TestResult } from '../../src/ports.ts';
import type { TestDeps } from '../deps.ts';
import type { TestsRequest, TestsRun } from '../types.ts';

export async function runTests(deps: TestDeps, request: TestsRequest): Promise<TestsRun> {
  const live = deps.live();
  // Each try has a folder of its own: one before it may still be dying.
  const folder = join(deps.workspaces, `${request.run}.${deps.attempt()}`);
  const workspace = join(folder, 'workspace');
  const scripts = join(folder, 'scripts');
  try {
    await rm(folder, { recursive: true, force: true });
    await fill(deps, { vector: request.vector, workspace, scripts }, live);
    const result = await deps.runner.run(
      {
        run: request.run,
        workspace,
        scripts,
        environment: environmentOf(request, workspace),
        timeoutMs: request.timeoutMs,
      },
      live,
    );
    return toRun(result);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(
  deps: TestDeps,
  to: { vector: Vector; workspace: string; scripts: string },
  live: Live,
): Promise<void> {
  const { vector, workspace, scripts } = to;
  const members = vector.members.map(({ repository, candidate }): Tip => ({ repository, commit: candidate }));
  await mkdir(scripts, { recursive: true });
  await deps.git.exportTree(
    { repository: deps.coordinator, commit: vector.coordinator, directory: scripts, subtree: 'scripts' },
    live,
  );
  for (const { repository, commit } of [...members, ...vector.others]) {
    const directory = join(workspace, shortName(repository));
    await mkdir(directory, { recursive: true });
    await deps.git.exportTree({ repository, commit, directory }, live);
  }
}

function environmentOf(request: TestsRequest, workspace: string): Record<string, string> {
  return {
    LOCKSTEP_CHANGESET: request.id.name,
    LOCKSTEP_REPOSITORIES: request.vector.members.map((member) => shortName(member.repository)).join(' '),
    LOCKSTEP_WORKSPACE: workspace,
    CI: 'true',
  };
}

function toRun(result: TestResult): TestsRun {
  const { end, durationMs, log } = result;
  if (end.kind === 'exit' && end.code === 0) return { kind: 'passed', durationMs, logId: log.id };
  const failure: TestFailure = { ...end, durationMs, log: { ...log, tail: log.tail.slice(-TAIL_CHARACTERS) } };
  return { kind: 'failed', failure };
}

/** What travels through history; the whole log is in the log store. */
const TAIL_CHARACTERS = 6000;
