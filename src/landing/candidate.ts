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

export interface OpenRevert {
  revert: BaseCommit;
  /** The landing, or the person's commit, that it took out. */
  of: Commit;
  by: 'bot' | 'person';
}

/**
 * Reverts in that history which nothing has brought back since, oldest first. A revert of what brought something back
 * takes all of that out again: it is listed once for each thing that it took out.
 */
export function openReverts(newestFirst: BaseCommit[]): OpenRevert[] {
  let open: OpenRevert[] = [];
  const broughtBackBy = new Map<Commit, Commit[]>();
  for (const revert of newestFirst.toReversed()) {
    const trailers = readTrailers(revert.message);
    const of = trailers.reverts ?? trailers.personReverts;
    const undone = new Set([...trailers.reapplies, ...(of === undefined ? [] : [of])]);
    const closed = open.filter((one) => undone.has(one.revert.commit));
    open = open.filter((one) => !closed.includes(one));
    broughtBackBy.set(revert.commit, [...new Set(closed.map((one) => one.of))]);
    // A revert of a revert is no revert of a landing.
    if (of === undefined || closed.some((one) => one.revert.commit === of)) continue;
    const by = trailers.reverts === undefined ? 'person' : 'bot';
    const takenOut = new Set([of, ...(broughtBackBy.get(of) ?? [])]);
    open.push(...[...takenOut].map((one) => ({ revert, of: one, by }) as const));
  }
  return open;
}

export function planCandidate(facts: {
  repository: string;
  branch: string;
  headIsInBase: boolean;
  /** The merge of the head, or of an earlier head, that was taken out again without a commit that says so. */
  takenOutOf?: Commit;
  reverts: RevertFacts[];
}): CandidatePlan {
  const concerning = merged(facts.reverts).filter((revert) => revert.headContains !== 'none');
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
  if (facts.takenOutOf !== undefined) {
    return refuse(
      `${where} came onto main before (${short(facts.takenOutOf)}) and was taken out again by hand`,
      facts.branch,
    );
  }
  return facts.headIsInBase ? { kind: 'alreadyMerged' } : { kind: 'merge', reapply: [] };
}

/** One entry a revert: a head that has some of the things which it took out, but not the others, has a part. */
function merged(reverts: RevertFacts[]): RevertFacts[] {
  const byCommit = new Map<Commit, RevertFacts>();
  for (const fact of reverts) {
    const before = byCommit.get(fact.revert.commit);
    const headContains = before && before.headContains !== fact.headContains ? 'part' : fact.headContains;
    byCommit.set(fact.revert.commit, { ...fact, headContains });
  }
  return [...byCommit.values()];
}

function refuse(what: string, branch: string): CandidatePlan {
  const why = 'merging it again would silently leave the reverted part out';
  const fix = `rebase ${branch} onto main with new commits (git rebase --no-ff main), push it, and ask for a new attempt`;
  return { kind: 'refuse', sentence: `${what}: ${why}; ${fix}.` };
}

function short(commit: Commit): string {
  return commit.slice(0, 7);
}
