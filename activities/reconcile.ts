/** Finds what webhooks did not tell (TEMPORAL.md, Reconciliation), and what crashes left. */
import { type RepositoryName, STAGING_PREFIX } from '../src/changeset.ts';
import { mayHaveCommands } from '../src/commands/grammar.ts';
import type { PullRequest } from '../src/ports.ts';
import { HEARD_WITHIN_MS } from './commands/hear.ts';
import type { ControlDeps } from './deps.ts';
import { isUnreadable } from './landing/unreadable.ts';
import { readConfigurationAt } from './manifest/configuration.ts';
import { touchesManifests } from './manifest/touches.ts';
import type { QueuePicture } from './workflows/port.ts';

/** GitHub keeps deliveries for three days; a lost one is asked for again while it can be. */
const LOOK_BACK_MS = 3 * 24 * 3600 * 1000;

/**
 * Open manifest pull requests whose head has no check that says what it came to, and pull requests that the queue knows but
 * that are no longer open. Of each head the next run's check is the answer: none comes back every time.
 */
export async function reconcile(deps: ControlDeps): Promise<{ signalled: number; redelivered: number }> {
  const [open, picture] = await Promise.all([deps.forge.listOpenPullRequests(), deps.workflows.queuePicture()]);
  const known = picture.entries.map((entry) => entry.pullRequest);
  const events: { pullRequest: number }[] = known
    .filter((number) => !open.some((one) => one.number === number && !one.draft))
    .map((pullRequest) => ({ pullRequest }));
  for (const pull of open) if (await isForgotten(deps, pull, picture)) events.push({ pullRequest: pull.number });
  if (events.length > 0) await deps.workflows.signalQueue(events);
  const redelivered = await deps.forge.redeliverFailed(new Date(deps.now() - LOOK_BACK_MS));
  await readMissedComments(deps);
  return { signalled: events.length, redelivered };
}

/** One that was read before is not read again; one that is too old is told so. */
async function readMissedComments({ forge, workflows, now }: ControlDeps): Promise<void> {
  const comments = await forge.commentsSince(new Date(now() - 2 * HEARD_WITHIN_MS));
  for (const { id, body, isPerson, edited } of comments) {
    if (isPerson && !edited && mayHaveCommands(body)) await workflows.startComment(id);
  }
}

async function isForgotten(
  deps: ControlDeps,
  { number, draft, head }: PullRequest,
  { entries, withdrawn = [] }: QueuePicture,
): Promise<boolean> {
  if (draft || withdrawn.some((one) => one.pullRequest === number && one.heads.includes(head))) return false;
  const check = await deps.forge.readCheck(head);
  // A head that is queued or runs already is known to its pipeline, which reads the pull request again when told.
  if (check !== undefined && entries.some((entry) => entry.pullRequest === number)) return false;
  switch (check) {
    case 'success':
    case 'neutral':
    case 'failure':
      return false;
    case 'queued':
    case 'in_progress':
      return true;
    // It was closed or a draft when that was written, or waited for people whose pipeline is no more.
    case 'cancelled':
    case 'action_required':
    case undefined:
      return touchesManifests(deps, number);
  }
}

/** Staging refs whose pipeline is closed: their landings are settled, for a pipeline outlives its changesets. */
export async function sweep(deps: ControlDeps): Promise<{ removed: number }> {
  const { git, coordinator } = deps;
  const { main } = await git.readRefs(coordinator, [], deps.live());
  await git.fetch(coordinator, [main], deps.live());
  const { repositories } = await readConfigurationAt(deps, main);
  let removed = 0;
  for (const repository of repositories) removed += await sweepIn(deps, repository);
  return { removed };
}

/** One that is not there any more keeps nobody from the others. */
async function sweepIn(deps: ControlDeps, repository: RepositoryName): Promise<number> {
  const { git, coordinator, workflows } = deps;
  let removed = 0;
  try {
    const branches = await git.branchNames(repository, deps.live());
    for (const branch of branches.filter((name) => name.startsWith(STAGING_PREFIX))) {
      const [, pullRequest, name] = branch.split('/');
      const number = Number(pullRequest);
      if (name === undefined || !Number.isSafeInteger(number)) continue;
      if (!(await isSettled(workflows, { coordinator, number, name }))) continue;
      removed += await remove(deps, repository, `refs/heads/${branch}`);
    }
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  return removed;
}

async function isSettled(
  workflows: ControlDeps['workflows'],
  owner: { coordinator: string; number: number; name: string },
): Promise<boolean> {
  const { coordinator, number, name } = owner;
  const [pipeline, changeset] = await Promise.all([
    workflows.closedPipelines([number]),
    workflows.changesetEnd(`changeset/${coordinator}/${number}/${name}`),
  ]);
  // A changeset that was terminated may have been in the middle of its landing: its refs are evidence.
  return pipeline.length > 0 && changeset?.kind === 'completed';
}

async function remove(deps: ControlDeps, repository: string, ref: string): Promise<number> {
  const now = (await deps.git.readRefs(repository, [ref], deps.live())).refs[ref];
  if (now === undefined) return 0;
  const answer = await deps.git.push({ repository, ref, commit: null, expected: now }, deps.live());
  return answer.kind === 'pushed' ? 1 : 0;
}
