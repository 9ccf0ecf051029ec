/**
 * What a member needs to get onto `main` (PROTOCOL 2): a merge, nothing, or a merge that first brings back what a
 * compensation took out. Git alone gets the last one wrong: it takes a reverted branch for merged.
 */
import type { Commit } from '../changeset.ts';
import { readTrailers } from './trailers.ts';

/** A commit on `main`'s first-parent history that the head does not contain. */
export interface BaseCommit {
  commit: Commit;
  parents: Commit[];
  message: string;
}

/** What is known of a revert on `main` that the head does not contain. */
export interface RevertFacts {
  revert: BaseCommit;
  by: 'bot' | 'person';
  /**
   * How much of what the reverted commit brought is in the head: `all` (its second parent is an ancestor of the head),
   * `none` (only what was on `main` before it), or `part`.
   */
  headContains: 'all' | 'part' | 'none';
}

export type CandidatePlan =
  | { kind: 'alreadyMerged' }
  /** Reverts to bring back first, oldest first; empty for a plain merge. */
  | { kind: 'merge'; reapply: BaseCommit[] }
  | { kind: 'refuse'; sentence: string };

/** Reverts in that history which nothing has brought back since, oldest first. */
export function openReverts(newestFirst: BaseCommit[]): { revert: BaseCommit; of: Commit; by: 'bot' | 'person' }[] {
  const open = new Map<Commit, { revert: BaseCommit; of: Commit; by: 'bot' | 'person' }>();
  for (const revert of newestFirst.toReversed()) {
    const trailers = readTrailers(revert.message);
    const of = trailers.reverts ?? trailers.personReverts;
    const broughtBack = [...trailers.reapplies, ...(of === undefined ? [] : [of])].filter((commit) => open.has(commit));
    for (const commit of broughtBack) open.delete(commit);
    // A revert of a revert is no revert of a landing.
    if (of === undefined || broughtBack.includes(of)) continue;
    open.set(revert.commit, { revert, of, by: trailers.reverts === undefined ? 'person' : 'bot' });
  }
  return [...open.values()];
}

export function planCandidate(facts: {
  repository: string;
  branch: string;
  headIsInBase: boolean;
  reverts: RevertFacts[];
}): CandidatePlan {
  const concerning = facts.reverts.filter((revert) => revert.headContains !== 'none');
  const person = concerning.find((revert) => revert.by === 'person');
  const where = `${facts.branch} of ${facts.repository}`;
  if (person) {
    return refuse(`${where} was landed before and a person reverted it (${short(person.revert.commit)})`, facts.branch);
  }
  const part = concerning.find((revert) => revert.headContains === 'part');
  if (part) {
    return refuse(
      `${where} contains a part of a landing that was rolled back (${short(part.revert.commit)})`,
      facts.branch,
    );
  }
  if (concerning.length > 0) return { kind: 'merge', reapply: concerning.map((revert) => revert.revert) };
  return facts.headIsInBase ? { kind: 'alreadyMerged' } : { kind: 'merge', reapply: [] };
}

function refuse(what: string, branch: string): CandidatePlan {
  const why = 'merging it again would silently leave the reverted part out';
  const fix = `rebase ${branch} onto main with new commits (git rebase --no-ff main), push it, and ask for a new attempt`;
  return { kind: 'refuse', sentence: `${what}: ${why}; ${fix}.` };
}

function short(commit: Commit): string {
  return commit.slice(0, 7);
}
