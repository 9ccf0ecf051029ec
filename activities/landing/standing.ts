/** Collects the facts that `src/landing/standing` decides on. */
import {
  type ChangesetId,
  type Commit,
  changesetLabel,
  type Landable,
  type Pin,
  type PinnedMember,
  type RepositoryName,
  toLand,
} from '../../src/changeset.ts';
import { botRevert, standing as decide, takenBack } from '../../src/landing/standing.ts';
import type { Finding, Standing } from '../../src/landing/state.ts';
import { readTrailers } from '../../src/landing/trailers.ts';
import type { CommitInfo, Git } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';
import { MissingCommit } from '../git/errors.ts';
import { isUnreadable } from './unreadable.ts';

/** First-parent commits that are searched for reverts above a candidate. */
const HISTORY = 5000;

/** Commits above a candidate that are asked, one after another, while its revert conflicts with them. */
const CONFLICTS = 200;

/** First-parent commits of `main` that are searched for candidates of one changeset. */
const OWN_HISTORY = 1000;

type Candidate = { repository: string; candidate: Commit };

/** Whether a candidate stands on that tip of `main`. */
export async function standingOn(git: Git, candidate: Candidate, tip: Commit): Promise<Standing> {
  return (await lookOn(git, candidate, tip)).standing;
}

type Looked = Pick<Finding, 'standing' | 'revertedBy'>;

async function lookOn(git: Git, { repository, candidate }: Candidate, tip: Commit): Promise<Looked> {
  const contained = await contains(git, { repository, candidate }, tip);
  if (!contained) return { standing: 'absent' };
  const [above, info] = await Promise.all([
    git.firstParents({ repository, from: tip, until: candidate, limit: HISTORY }),
    git.commitInfo(repository, candidate),
  ]);
  const before = info.parents[0];
  const bringsNothing = before !== undefined && (await sameTree(git, repository, before, candidate));
  const takenOut = before !== undefined && (await isTakenOut(git, { repository, candidate, before }, above));
  const standing = decide({ candidate, contained, bringsNothing, above, takenOut });
  const revertedBy = standing === 'reverted' ? botRevert(candidate, above) : undefined;
  return { standing, ...(revertedBy !== undefined && { revertedBy }) };
}

/**
 * Whether somebody took out again what the candidate brought, by what trees show. A revert that conflicts with a commit tells
 * nothing of it: the same lines were changed since. The commit below it is asked then, and so on.
 */
async function isTakenOut(
  git: Git,
  { repository, candidate, before }: Candidate & { before: Commit },
  above: CommitInfo[],
): Promise<boolean> {
  for (const { commit } of above.slice(0, CONFLICTS)) {
    const reverted = await git.mergeTree({ repository, ours: commit, theirs: before, base: candidate });
    if (reverted.kind === 'clean') return reverted.tree === (await git.treeOf(repository, commit));
  }
  return false;
}

/** `tip` is in the mirror with all of its history: a commit that is not in the mirror is not in that history either. */
async function contains(git: Git, { repository, candidate }: Candidate, tip: Commit): Promise<boolean> {
  try {
    return await git.isAncestor(repository, candidate, tip);
  } catch (error) {
    if (error instanceof MissingCommit && error.message.includes(candidate)) return false;
    throw error;
  }
}

async function sameTree(git: Git, repository: string, one: Commit, other: Commit): Promise<boolean> {
  return (await git.treeOf(repository, one)) === (await git.treeOf(repository, other));
}

/** A commit that this changeset landed, in whatever attempt. */
export interface OwnCandidate {
  candidate: Commit;
  standing: Standing;
  /** The vector that it belongs to. */
  pins: Pin[];
}

/**
 * The candidates of a changeset, of any attempt, that this tip of `main` contains; newest first. One that was taken back does not
 * stand as its changeset's own, whoever brought it back.
 */
export async function ownCandidates(
  git: Git,
  { label, repository, tip }: { label: string; repository: RepositoryName; tip: Commit },
): Promise<OwnCandidate[]> {
  const history = await git.firstParents({ repository, from: tip, limit: OWN_HISTORY });
  const gone = takenBack(history);
  const found: OwnCandidate[] = [];
  for (const { commit: candidate, message } of history) {
    const { changeset, reverts, vector: pins = [] } = readTrailers(message);
    if (changeset !== label || reverts !== undefined) continue;
    const standing = gone.has(candidate) ? 'reverted' : await standingOn(git, { repository, candidate }, tip);
    found.push({ candidate, standing, pins });
  }
  return found;
}

/** What every member that this changeset lands shows on its `main` now. */
export async function survey(
  deps: ControlDeps,
  request: { id: ChangesetId; vector: Landable; settle?: true },
): Promise<Finding[]> {
  const { id, vector, settle } = request;
  // A push that nobody heard the end of may still arrive (PROTOCOL 7); this look is one that concludes.
  if (settle) await deps.wait(deps.settings.pushLifeMs, deps.live().signal);
  return Promise.all(
    toLand(vector).map(async (member) => {
      const { mainRef: _, ...finding } = await findAny(deps, id, member);
      return finding;
    }),
  );
}

/** A finding, with the ref that it was found on. */
export type Found = Finding & { mainRef?: string };

/** That very candidate on `main`. */
export async function find(deps: ControlDeps, member: Pick<PinnedMember, 'repository' | 'candidate'>): Promise<Found> {
  const { git } = deps;
  const { repository, candidate } = member;
  const live = deps.live();
  try {
    const { main, defaultBranch } = await git.readRefs(repository, [], live);
    await git.fetch(repository, [main], live);
    const looked = await lookOn(git, member, main);
    return { repository, candidate, tip: main, ...looked, mainRef: `refs/heads/${defaultBranch}` };
  } catch (error) {
    if (isUnreadable(error)) return { repository, candidate, standing: 'unreadable' };
    throw error;
  }
}

/**
 * That candidate on `main` or, where it does not stand, another of this changeset that does: one of an earlier attempt, whose
 * push nobody heard the end of, counts as much.
 */
export async function findAny(
  deps: ControlDeps,
  id: ChangesetId,
  member: Pick<PinnedMember, 'repository' | 'candidate'>,
): Promise<Found> {
  const found = await find(deps, member);
  const { repository, tip, standing, revertedBy: _, ...where } = found;
  if (standing === 'stands' || tip === undefined) return found;
  const own = await ownCandidates(deps.git, { label: changesetLabel(id), repository, tip });
  const other = own.find((one) => one.standing === 'stands');
  return other ? { ...where, repository, tip, candidate: other.candidate, standing: 'stands' } : found;
}
