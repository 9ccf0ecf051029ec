/** Collects the facts that `src/landing/standing` decides on. */
import { type Commit, type Member, type PinnedMember, toLand, type Vector } from '../../src/changeset.ts';
import { standing as decide } from '../../src/landing/standing.ts';
import type { Finding, Standing } from '../../src/landing/state.ts';
import type { Git } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';
import { isUnreadable } from './unreadable.ts';

/** First-parent commits that are searched for reverts above a candidate. */
const HISTORY = 5000;

type Candidate = { repository: string; candidate: Commit };

/** Whether a candidate stands on that tip of `main`. */
export async function standingOn(git: Git, { repository, candidate }: Candidate, tip: Commit): Promise<Standing> {
  const contained = await git.isAncestor(repository, candidate, tip);
  if (!contained) return 'absent';
  const [above, info] = await Promise.all([
    git.firstParents({ repository, from: tip, until: candidate, limit: HISTORY }),
    git.commitInfo(repository, candidate),
  ]);
  const before = info.parents[0];
  const bringsNothing = before !== undefined && (await sameTree(git, repository, before, candidate));
  const reverted =
    before === undefined ? undefined : await git.mergeTree({ repository, ours: tip, theirs: before, base: candidate });
  const revertChangesNothing = reverted?.kind === 'clean' && reverted.tree === (await git.treeOf(repository, tip));
  return decide({ candidate, contained, bringsNothing, above, revertChangesNothing });
}

async function sameTree(git: Git, repository: string, one: Commit, other: Commit): Promise<boolean> {
  return (await git.treeOf(repository, one)) === (await git.treeOf(repository, other));
}

/** What every member that this changeset lands shows on its `main` now. */
export async function survey(deps: ControlDeps, request: { vector: Vector; settle?: true }): Promise<Finding[]> {
  const { vector, settle } = request;
  // A push that nobody heard the end of may still arrive (PROTOCOL 7); this look is one that concludes.
  if (settle) await deps.wait(deps.settings.pushLifeMs, deps.live().signal);
  return Promise.all(
    toLand(vector).map(async (member) => {
      const { mainRef: _, ...finding } = await find(deps, member);
      return finding;
    }),
  );
}

/** A finding, with the ref that it was found on. */
export type Found = Finding & { mainRef?: string };

export async function find(deps: ControlDeps, member: Pick<PinnedMember, keyof Member | 'candidate'>): Promise<Found> {
  const { git } = deps;
  const { repository, candidate } = member;
  const live = deps.live();
  try {
    const { main, defaultBranch } = await git.readRefs(repository, [], live);
    await git.fetch(repository, [main], live);
    const standing = await standingOn(git, member, main);
    return { repository, candidate, tip: main, standing, mainRef: `refs/heads/${defaultBranch}` };
  } catch (error) {
    if (isUnreadable(error)) return { repository, candidate, standing: 'unreadable' };
    throw error;
  }
}
