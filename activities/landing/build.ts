/** Builds one member's candidate in its mirror: the same inputs give the same commit, on every worker and every retry. */
import type { ChangesetId, Commit, Pin } from '../../src/changeset.ts';
import {
  type BaseCommit,
  type CandidatePlan,
  openReverts,
  planCandidate,
  type RevertFacts,
} from '../../src/landing/candidate.ts';
import { candidateMessage } from '../../src/landing/trailers.ts';
import type { Git } from '../../src/ports.ts';
import { standingOn } from './standing.ts';

export type Built =
  | { kind: 'built'; candidate: Commit }
  | { kind: 'alreadyMerged' }
  | { kind: 'refused'; sentence: string }
  | { kind: 'conflict'; paths: string[] };

/** Commits on `main` that a branch does not have, looked at for reverts. */
const HISTORY = 5000;

export async function buildCandidate(git: Git, request: { id: ChangesetId; pin: Pin; pins: Pin[] }): Promise<Built> {
  const { id, pin, pins } = request;
  const { repository, branch, head, base } = pin;
  const common = await git.mergeBase(repository, base, head);
  if (common === undefined) {
    return { kind: 'refused', sentence: `${branch} of ${repository} shares no history with main: start it from main.` };
  }
  const headIsInBase = common === head;
  const plan = await planOf(git, pin, common);
  if (plan.kind === 'refuse') return { kind: 'refused', sentence: plan.sentence };
  if (plan.kind === 'alreadyMerged') return plan;

  const reapplied = await reapply(git, pin, plan.reapply);
  if (reapplied.kind === 'conflict') return reapplied;
  const tree = headIsInBase
    ? ({ kind: 'clean', tree: await git.treeOf(repository, reapplied.onto) } as const)
    : await git.mergeTree({ repository, ours: reapplied.onto, theirs: head });
  if (tree.kind === 'conflict') return tree;
  const message = candidateMessage({
    changeset: id,
    member: pin,
    pins,
    reapplies: plan.reapply.map((one) => one.commit),
  });
  const parents = [base, head];
  const candidate = await git.commitTree({ repository, tree: tree.tree, parents, message, dateOf: head });
  // A lease whose expected value is the present one would force-push a sibling with exit 0 (PROTOCOL 2, seen).
  if (!(await git.isAncestor(repository, base, candidate))) {
    throw new Error(`candidate of ${repository}: expected ${base} as ancestor, found none in ${candidate}`);
  }
  const workflows = (await git.changedPaths(repository, base, candidate)).filter((path) => path.startsWith(WORKFLOWS));
  if (workflows.length > 0) return { kind: 'refused', sentence: changesWorkflows(pin, workflows) };
  return { kind: 'built', candidate };
}

/** The branch is on `main` already, and nothing of it was taken out since. */
export async function isMerged(git: Git, pin: Pin): Promise<boolean> {
  const { repository, head, base } = pin;
  if (!(await git.isAncestor(repository, head, base))) return false;
  return (await planOf(git, pin, head)).kind === 'alreadyMerged';
}

/** `common`: the newest commit that `main` and the branch share; the head itself, where `main` contains it. */
async function planOf(git: Git, pin: Pin, common: Commit): Promise<CandidatePlan> {
  const { repository, branch, head, base } = pin;
  const unseen = await git.firstParents({ repository, from: base, until: head, limit: HISTORY });
  const reverts = await concerningReverts(git, pin, unseen);
  const takenOutOf = await takenOut(git, pin, { unseen, common });
  const facts = { repository, branch, headIsInBase: common === head, reverts };
  return planCandidate({ ...facts, ...(takenOutOf !== undefined && { takenOutOf }) });
}

/**
 * The merge that brought the branch, or what it was then, where that does not stand: whoever takes lines out by hand says so
 * in no message, and git would take them for merged (PROTOCOL, Stands).
 */
async function takenOut(
  git: Git,
  { repository, base }: Pin,
  { unseen, common }: { unseen: BaseCommit[]; common: Commit },
): Promise<Commit | undefined> {
  const merge = unseen.find(({ parents }) => parents.slice(1).includes(common))?.commit;
  if (merge === undefined) return undefined;
  return (await standingOn(git, { repository, candidate: merge }, base)) === 'reverted' ? merge : undefined;
}

/** GitHub refuses them from an App without the Workflows permission; staging would tell only after the tests (FACTS). */
const WORKFLOWS = '.github/workflows/';

function changesWorkflows({ repository, branch }: Pin, paths: string[]): string {
  const what = `${branch} of ${repository} changes ${paths.slice(0, 5).join(', ')}`;
  const why =
    'GitHub takes workflow files from an App only with the Workflows permission, which Lockstep does not ask for';
  return `${what}: ${why}; land them by a pull request of their own, then merge main into ${branch}.`;
}

/** Reverts on `main` that the branch has not seen, with how much of what they took out the branch has. */
async function concerningReverts(git: Git, { repository, head }: Pin, unseen: BaseCommit[]): Promise<RevertFacts[]> {
  const facts: RevertFacts[] = [];
  for (const { revert, of, by } of openReverts(unseen)) {
    facts.push({ revert, by, headContains: await howMuch(git, { repository, of, head }) });
  }
  return facts;
}

async function howMuch(
  git: Git,
  where: { repository: string; of: Commit; head: Commit },
): Promise<RevertFacts['headContains']> {
  const { repository, of, head } = where;
  const { parents } = await git.commitInfo(repository, of);
  const [before, brought] = parents;
  // A plain commit that a person reverted: the branch has it or not.
  if (brought === undefined) return (await git.isAncestor(repository, of, head)) ? 'all' : 'none';
  if (await git.isAncestor(repository, brought, head)) return 'all';
  const common = await git.mergeBase(repository, brought, head);
  if (common === undefined || before === undefined) return 'none';
  return (await git.isAncestor(repository, common, before)) ? 'none' : 'part';
}

type Reapplied = { kind: 'clean'; onto: Commit } | { kind: 'conflict'; paths: string[] };

/** The inverse of each revert, one after another on top of `main`; the commits between are never pushed. */
async function reapply(git: Git, pin: Pin, reverts: BaseCommit[]): Promise<Reapplied> {
  const { repository, base } = pin;
  let onto = base;
  for (const revert of reverts) {
    const before = revert.parents[0];
    if (before === undefined)
      throw new Error(`revert ${revert.commit} of ${repository}: expected a parent, found none`);
    const merged = await git.mergeTree({ repository, ours: onto, theirs: before, base: revert.commit });
    if (merged.kind === 'conflict') return merged;
    const message = `Reapply what ${revert.commit} took out\n`;
    onto = await git.commitTree({ repository, tree: merged.tree, parents: [onto], message, dateOf: base });
  }
  return { kind: 'clean', onto };
}
