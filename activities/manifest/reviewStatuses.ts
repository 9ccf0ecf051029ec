/**
 * Which statuses in a manifest are the bot's words (PROTOCOL, Status commits). What has ended is known from the bot's last
 * status commit, which pipelines hand on through the queue, from `main`, and from Temporal: never from the file alone.
 */
import { type Commit, changesetWorkflowId, statusOf } from '../../src/changeset.ts';
import type { ManifestChange, StatusOf, StatusReview } from '../../src/manifest/reviewStatusChanges.ts';
import type { ControlDeps } from '../deps.ts';
import { GitError } from '../git/errors.ts';
import { readText } from './ownCommits.ts';

export async function reviewStatuses(
  deps: ControlDeps,
  at: { pullRequest: { number: number }; head: Commit; mergeBase: Commit },
  request: { path: string; after: string; lastStatus?: Commit },
): Promise<StatusReview> {
  const { git, parser, coordinator } = deps;
  const { path, after, lastStatus } = request;
  const main = await readText(git, coordinator, { commit: at.mergeBase, path });
  const written = lastStatus === undefined ? undefined : await lastWritten(deps, { path, lastStatus, head: at.head });
  const change: ManifestChange = { path, main, after, ...(written && { written }) };
  const confirmed = await confirm(deps, at.pullRequest.number, await parser.unprovenStatuses(change));
  return parser.reviewStatusChanges({ ...change, confirmed });
}

/** `undefined` when the commit is gone: force-pushed away long ago, and the mirror lost since. */
async function lastWritten(
  deps: ControlDeps,
  { path, lastStatus, head }: { path: string; lastStatus: Commit; head: Commit },
): Promise<ManifestChange['written']> {
  const { git, coordinator } = deps;
  try {
    await git.fetch(coordinator, [lastStatus], deps.live());
  } catch (error) {
    if (error instanceof GitError && error.reason === 'missingCommit') return undefined;
    throw error;
  }
  const text = await readText(git, coordinator, { commit: lastStatus, path });
  return text === undefined ? undefined : { text, kept: await git.isAncestor(coordinator, lastStatus, head) };
}

/** A pipeline that was ended by hand could not hand on what it wrote; its changesets' own ends are in Temporal. */
async function confirm(deps: ControlDeps, pullRequest: number, statuses: StatusOf[]): Promise<StatusOf[]> {
  const { coordinator, workflows } = deps;
  const confirmed: StatusOf[] = [];
  for (const { name, status } of statuses) {
    const end = await workflows.changesetEnd(changesetWorkflowId({ coordinator, pullRequest, name }));
    if (end?.kind === 'completed' && statusOf(end.outcome) === status) confirmed.push({ name, status });
  }
  return confirmed;
}
