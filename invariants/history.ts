/** Questions about commits and mains, answered from the record alone and without any of the code that is under judgement. */
import type { Commit } from '../src/changeset.ts';
import type { CommitFacts, Happened, MainUpdate } from './happened.ts';

type Commits = Happened['commits'];

export function contains(commits: Commits, tip: Commit, commit: Commit): boolean {
  const seen = new Set<Commit>();
  const open = [tip];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === commit) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(commits.get(next)?.parents ?? []));
  }
  return false;
}

/** First-parent history, newest first, the tip included. */
export function firstParents(commits: Commits, tip: Commit): Commit[] {
  const history: Commit[] = [];
  for (let next: Commit | undefined = tip; next !== undefined; next = commits.get(next)?.parents[0]) history.push(next);
  return history;
}

function line(facts: CommitFacts | undefined, pattern: RegExp): string | undefined {
  return facts?.message.split('\n').flatMap((text) => pattern.exec(text)?.[1] ?? [])[0];
}

/** The changeset whose candidate this commit is; `undefined` for everything else, a revert of ours among it. */
export function candidateOf(commits: Commits, commit: Commit): string | undefined {
  const facts = commits.get(commit);
  if (revertedBy(facts) !== undefined) return undefined;
  return line(facts, /^Lockstep-Changeset: (\S+)$/);
}

function revertedBy(facts: CommitFacts | undefined): Commit | undefined {
  return line(facts, /^Lockstep-Reverts: ([0-9a-f]{40})$/) ?? line(facts, /^This reverts commit ([0-9a-f]{40})/);
}

/**
 * *Stands* as the protocol says it. Where the caller knows what a commit's tree shows, that is the truth of that commit; above
 * it the commits that say that they take something out or bring it back are believed, in their order.
 */
export function stands(commits: Commits, candidate: Commit, tip: Commit): boolean {
  if (!contains(commits, tip, candidate)) return false;
  const changeset = candidateOf(commits, candidate);
  let standing = true;
  const undo = new Set<Commit>();
  const redo = new Set([candidate]);
  for (const commit of since(commits, candidate, tip)) {
    const facts = commits.get(commit);
    const reverted = revertedBy(facts);
    const reapplied = line(facts, /^Lockstep-Reapplies: ([0-9a-f]{40})$/);
    if (reverted !== undefined && redo.has(reverted)) {
      undo.add(commit);
      standing = false;
    } else if ([reverted, reapplied].some((one) => one !== undefined && undo.has(one))) {
      redo.add(commit);
      standing = true;
    }
    if (facts?.shows !== undefined && changeset !== undefined) standing = facts.shows.includes(changeset);
  }
  return standing;
}

/** First-parent history that contains the candidate, itself included, oldest first. */
function since(commits: Commits, candidate: Commit, tip: Commit): Commit[] {
  const history = firstParents(commits, tip);
  const at = history.indexOf(candidate);
  const after = at < 0 ? history.filter((commit) => contains(commits, commit, candidate)) : history.slice(0, at + 1);
  return after.toReversed();
}

export function mainsOf(happened: Pick<Required<Happened>, 'mains'>, repository: string): MainUpdate[] {
  return happened.mains.filter((update) => update.repository === repository);
}

/** Candidates that Lockstep put on a main. */
export function landings(happened: Pick<Required<Happened>, 'mains' | 'commits'>) {
  return happened.mains.flatMap((update) => {
    const changeset = update.by === 'lockstep' ? candidateOf(happened.commits, update.new) : undefined;
    return changeset === undefined ? [] : [{ ...update, changeset }];
  });
}

export function short(commit: Commit | null): string {
  return commit === null ? 'nothing' : commit.slice(0, 7);
}
