/**
 * One test run on one host: a fresh workspace with every repository, the coordinator's own script, a sandbox around it.
 * When the host is lost the unit starts again in a new workspace with the same candidates.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shortName, type Tip, testedCommit, type Vector } from '../../src/changeset.ts';
import type { Tested } from '../../src/landing/steps.ts';
import { grantLimits, type Limits } from '../../src/limits.ts';
import type { Live, TestRequest, TestResult } from '../../src/ports.ts';
import { beyondBounds } from '../../src/report/limits.ts';
import { plain } from '../../src/report/text.ts';
import type { TestDeps } from '../deps.ts';
import { permanent } from '../failures.ts';
import { GitError } from '../git/errors.ts';
import { encodedBytes, tailEncoded } from '../logs/tail.ts';
import type { TestsRequest, TestsRun } from '../types.ts';
import { inWorkspace } from './workspaces.ts';

type Missing = Extract<Tested, { kind: 'missing' }>;

/**
 * How long the tries of one run may take together, in ms: as long as one may. What starts over and over comes to an end
 * by it; the time without a worker is not counted.
 */
export const ALL_TRIES_MS = 25 * 3600 * 1000;
/** The longest pause between two tries. */
export const PAUSE_MS = 10_000;

export async function runTests(deps: TestDeps, request: TestsRequest): Promise<TestsRun | Missing> {
  endTries(deps);
  const limits = limitsOf(deps, request);
  const live = deps.live();
  // Each try has a folder of its own: one before it may still be dying.
  const folder = join(deps.workspaces, `${request.run}.${deps.attempt()}`);
  return inWorkspace(folder, async ({ workspace, scripts }) => {
    const missing = await fill(deps, { vector: request.vector, workspace, scripts }, live).catch(missingCommit);
    if (missing) return missing;
    const environment = environmentOf(request, workspace);
    const { run, timeoutMs } = request;
    const asked: TestRequest = { run, workspace, scripts, environment, timeoutMs, limits, network: LOOPBACK };
    const result = await deps.runner.run(asked, live);
    tryAgainWhenKilled(deps, result);
    return toRun(result);
  });
}

function endTries(deps: TestDeps): void {
  const tries = deps.attempt() - 1;
  if (deps.ranMs() + tries * PAUSE_MS < ALL_TRIES_MS) return;
  const hours = ALL_TRIES_MS / 3600 / 1000;
  throw permanent(
    `the tests were begun ${tries} times in ${hours} h and never came to an end: the test worker's log says why`,
  );
}

const LOOPBACK = { kind: 'loopback' } as const;

function limitsOf({ bounds }: TestDeps, { limits, timeoutMs }: TestsRequest): Limits {
  const granted = grantLimits({ ...limits, timeMs: timeoutMs }, bounds);
  if ('beyond' in granted) throw permanent(beyondBounds(granted.beyond));
  return granted.limits;
}

/** From this try on a script that is killed is red: it may be killing itself. */
const RED_WHEN_KILLED = 3;

/**
 * Who sent a script SIGKILL cannot be seen. It met no limit of its own, so it is probably the machine, or a person on it, and
 * says nothing about what is tested.
 */
function tryAgainWhenKilled(deps: TestDeps, { end }: TestResult): void {
  if (end.kind !== 'signal' || end.signal !== 'SIGKILL' || deps.attempt() >= RED_WHEN_KILLED) return;
  throw new Error('the test script was killed (SIGKILL) without having met a limit of its own: it is run again');
}

/** This host holds no token: what its mirrors have lost only a control worker can bring back. */
function missingCommit(error: unknown): Missing {
  if (error instanceof GitError && error.reason === 'missingCommit') return { kind: 'missing', what: error.message };
  throw error;
}

async function fill(
  deps: TestDeps,
  to: { vector: Vector; workspace: string; scripts: string },
  live: Live,
): Promise<undefined> {
  const { vector, workspace, scripts } = to;
  const members = vector.members.map(
    (member): Tip => ({ repository: member.repository, commit: testedCommit(member) }),
  );
  await deps.git.exportTree(
    { repository: deps.coordinator, commit: vector.coordinator, directory: scripts, subtree: 'scripts' },
    live,
  );
  for (const { repository, commit } of [...members, ...vector.others]) {
    const directory = join(workspace, shortName(repository));
    await mkdir(directory, { recursive: true });
    // Says it when the commit is missing, which an export does not tell from a broken one.
    await deps.git.treeOf(repository, commit);
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
  const { tail, failingCommand, ...rest } = log;
  const command = failingCommand === undefined ? {} : { failingCommand: plain(failingCommand) };
  const withTail = (text: string): TestsRun => ({
    kind: 'failed',
    failure: { ...end, durationMs, log: { ...rest, ...command, tail: text } },
  });
  return withTail(tailEncoded(tail, RUN_BYTES - encodedBytes(withTail(''))));
}

/** What travels through history, as JSON; the whole log is in the log store. */
const RUN_BYTES = 8 * 1024;
