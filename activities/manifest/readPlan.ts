/** Reads a manifest pull request at its pinned head: a plan, or every reason why there is none. */
import { type Changeset, type Commit, STAGING_PREFIX } from '../../src/changeset.ts';
import type { Problem } from '../../src/manifest/problem.ts';
import type { Configuration } from '../../src/manifest/readConfiguration.ts';
import type { StatusOf } from '../../src/manifest/reviewStatusChanges.ts';
import { type Plan, planChangesets } from '../../src/plan/plan.ts';
import type { PullRequest } from '../../src/ports.ts';
import { concerns } from '../../src/queue/handedOn.ts';
import { INVALID_MARKER, validAgainComment } from '../../src/report/comments.ts';
import type { ControlDeps } from '../deps.ts';
import { publishInvalid } from '../report/publish.ts';
import type { PlanRead, PlanRequest } from '../types.ts';
import { tryConfigurationAt } from './configuration.ts';
import { partOf, withStatuses } from './planPart.ts';
import { reviewStatuses } from './reviewStatuses.ts';
import { orUnreadable } from './unreadable.ts';

const MANIFEST = /^changesets\/[^\n]+\.ya?ml$/;

/** The pull request with everything pinned that its reading depends on. */
interface Pinned {
  pullRequest: PullRequest;
  head: Commit;
  main: Commit;
  mergeBase: Commit;
  defaultBranch: string;
}

export async function readPlan(deps: ControlDeps, request: PlanRequest): Promise<PlanRead> {
  const pullRequest = await deps.forge.readPullRequest(request.pullRequest);
  if (pullRequest === undefined || pullRequest.state === 'closed') return { kind: 'ignored', why: 'closed' };
  const pinned = await pin(deps, pullRequest);
  if (pinned === undefined) return { kind: 'ignored', why: 'closed' };
  const { head } = pinned;
  if (concerns(request.handedOn?.withdrawn, head)) return { kind: 'ignored', why: 'withdrawn', head };
  const touched = await manifestTouched(deps, pinned);
  if (touched.kind === 'ordinary') return { kind: 'ignored', why: 'ordinary' };
  if (pullRequest.draft) return { kind: 'ignored', why: 'draft' };
  const read =
    touched.kind === 'refused'
      ? { problems: touched.problems }
      : await readAt(deps, pinned, { path: touched.manifest, ...request.handedOn });
  if ('plan' in read) {
    await deps.forge.amendComment(pullRequest.number, { marker: INVALID_MARKER, body: validAgainComment() });
    const { changesets, rest } = partOf(read.plan.changesets, 0);
    const plan = { ...read.plan, changesets };
    return { kind: 'ready', plan, ...(rest > 0 && { rest: { count: rest, main: pinned.main } }) };
  }
  await publishInvalid(deps, { pullRequest: pullRequest.number, head: pinned.head, problems: read.problems });
  return { kind: 'invalid' };
}

/** The head as git has it, for REST can lag behind; a fork's head is known from REST only. */
async function pin(deps: ControlDeps, pullRequest: PullRequest): Promise<Pinned | undefined> {
  const { git, coordinator } = deps;
  const live = deps.live();
  const ref = `refs/heads/${pullRequest.headBranch}`;
  const refs = await git.readRefs(coordinator, [ref], live);
  const head = isFork(deps, pullRequest) ? pullRequest.head : refs.refs[ref];
  if (head === undefined) return undefined;
  if (isFork(deps, pullRequest))
    return { pullRequest, head, main: refs.main, mergeBase: head, defaultBranch: refs.defaultBranch };
  await git.fetch(coordinator, [head, refs.main], live);
  const mergeBase = (await git.mergeBase(coordinator, refs.main, head)) ?? refs.main;
  return { pullRequest, head, main: refs.main, mergeBase, defaultBranch: refs.defaultBranch };
}

function isFork(deps: ControlDeps, pullRequest: PullRequest): boolean {
  return pullRequest.headRepository !== deps.coordinator;
}

type Touched = { kind: 'ordinary' } | { kind: 'manifest'; manifest: string } | { kind: 'refused'; problems: Problem[] };

/** CONTRACT: a manifest pull request adds or changes exactly one manifest and nothing else; all others are ordinary. */
async function manifestTouched(deps: ControlDeps, pinned: Pinned): Promise<Touched> {
  const { pullRequest, head, mergeBase, defaultBranch } = pinned;
  const { git, coordinator } = deps;
  const files = isFork(deps, pullRequest)
    ? (await deps.forge.changedFiles(pullRequest.number)).map((file) => file.path)
    : await git.changedPaths(coordinator, mergeBase, head);
  const manifests = files.filter((path) => MANIFEST.test(path));
  const [manifest] = manifests;
  if (manifest === undefined) return { kind: 'ordinary' };
  const refuse = (message: string): Touched => ({ kind: 'refused', problems: [problem(manifest, message)] });
  if (isFork(deps, pullRequest)) {
    return refuse(
      'the branch is in a fork, where status commits cannot be pushed: push it to this repository and open the pull request from there',
    );
  }
  for (const path of manifests) {
    // A deleted or renamed manifest is people's own business.
    if ((await git.readFile(coordinator, head, path)) === undefined) return { kind: 'ordinary' };
  }
  if (files.length > 1) {
    const others = files.filter((path) => path !== manifest).slice(0, 50);
    return refuse(
      `a manifest pull request changes exactly one manifest and nothing else; this one also changes ${others.join(', ')}`,
    );
  }
  if (pullRequest.baseBranch !== defaultBranch) {
    return refuse(`the pull request is on ${pullRequest.baseBranch}: set its base to ${defaultBranch}`);
  }
  if (pullRequest.headBranch.startsWith(STAGING_PREFIX)) {
    return refuse(`branches below ${STAGING_PREFIX} are Lockstep's own: push it under another name`);
  }
  return { kind: 'manifest', manifest };
}

function problem(path: string, message: string): Problem {
  return { path, line: 1, column: 1, where: '', message };
}

async function readAt(
  deps: ControlDeps,
  pinned: Pinned,
  { path, lastStatus }: { path: string; lastStatus?: Commit },
): Promise<{ plan: Plan } | { problems: Problem[] }> {
  const { git, parser, coordinator, settings } = deps;
  const { head, main, pullRequest } = pinned;
  const file = await git.readFile(coordinator, head, path);
  if (file?.content === undefined || (file.mode !== '100644' && file.mode !== '100755')) {
    const what = file?.mode === '120000' ? 'a symbolic link' : 'no regular file of at most 1 MiB';
    return { problems: [problem(path, `the manifest is ${what}: make it a regular file`)] };
  }
  const configured = await tryConfigurationAt(deps, main);
  if ('problems' in configured) return configured;
  const { configuration } = configured;
  const manifest = await orUnreadable(path, parser.readManifest(file.content, { path, configuration, coordinator }));
  if ('problems' in manifest) return manifest;
  const after = new TextDecoder('utf-8', { ignoreBOM: true }).decode(file.content);
  const about = { path, after, ...(lastStatus !== undefined && { lastStatus }) };
  const review = await orUnreadable(path, reviewStatuses(deps, pinned, about));
  if (!('dropped' in review) || review.problems.length > 0) return { problems: review.problems };
  const missing = await missingScript(deps, main);
  if (missing.length > 0) return { problems: missing };
  const read = { head, author: pullRequest.author, manifest: path, settings };
  return { plan: planOf(manifest.changesets, review.dropped, configuration, read) };
}

const SCRIPT = 'scripts/run_integration_tests.sh';

async function missingScript(deps: ControlDeps, main: Commit): Promise<Problem[]> {
  const script = await deps.git.readFile(deps.coordinator, main, SCRIPT);
  if (script === undefined) return [problem(SCRIPT, 'there is no such file on the default branch: add it there')];
  if (script.mode !== '100755') {
    return [
      problem(
        SCRIPT,
        `it is not an executable file on the default branch (mode ${script.mode}): git update-index --chmod=+x ${SCRIPT}`,
      ),
    ];
  }
  return [];
}

function planOf(
  changesets: Changeset[],
  dropped: StatusOf[],
  configuration: Configuration,
  about: { head: Commit; author: string; manifest: string; settings: ControlDeps['settings'] },
): Plan {
  const { settings, ...pinned } = about;
  const { interference, parallelism, defaults } = configuration;
  const known = withStatuses(changesets, dropped);
  return {
    ...pinned,
    changesets: planChangesets(known, interference),
    final: known.flatMap(({ name, line, status }) => (status === undefined ? [] : [{ name, line, status }])),
    dropped,
    parallelism,
    interference,
    timeoutMs: defaults.timeoutMs,
    ...(Object.keys(defaults.limits).length > 0 && { limits: defaults.limits }),
    approvalTimeoutMs: defaults.approvalTimeoutMs,
    publishEveryMs: settings.publishEveryMs,
    refreshEveryMs: settings.refreshEveryMs,
  };
}
