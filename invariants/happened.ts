/**
 * What happened, in neutral words: the explorer fills it from its world, the simulator from its ports, the fault runs from
 * the forge's own record, from git and from Temporal's histories. The invariants read nothing else.
 *
 * A part that a caller does not have is absent, never empty: the invariants that need it are then said to be not judged.
 */
import type { Commit, Outcome, RepositoryName, Status, Tip, Vector } from '../src/changeset.ts';

/** Larger is later. One order for all facts: milliseconds, sequence numbers, whatever the caller has. */
export type At = number;

export interface Happened {
  commits: ReadonlyMap<Commit, CommitFacts>;
  /** Updates of every repository's default branch, in their order; the first shows where it began (`old: null`). */
  mains?: MainUpdate[];
  /** Every run of a changeset's workflow. */
  attempts?: Attempt[];
  /** Updates of all other branches, in their order. */
  branches?: BranchUpdate[];
  /** What kept, or would have kept, a landing from beginning: rules on a `main`, pull requests that are not open. */
  obstacles?: Obstacle[];
  /** Test runs that passed. */
  greens?: Green[];
  /** Manifests' pull requests that Lockstep merged, with the head that was read of each. */
  merges?: { at: At; manifest: Manifest }[];
  approvals?: Approved[];
  commands?: CommandGiven[];
  /** Final statuses as they stand in the manifest, one an entry of this list. */
  statuses?: { changeset: string; status: Status }[];
  /** Comments of ours that stand at rest. */
  comments?: { pullRequest: number; kind: 'sticky' | 'failure'; attempt?: string }[];
  /** The check run's last state, of each manifest pull request that is at rest. */
  checks?: { pullRequest: number; completed: boolean }[];
  /** At rest, one janitor period later: staging refs, workspaces, mounts, processes. */
  leftovers?: string[];
  /** Places where a byte of a secret was found. */
  secrets?: string[];
  /** At rest: what neither goes on by itself nor waits for people in one of the listed ways. */
  stuck?: string[];
}

export interface CommitFacts {
  parents: Commit[];
  message: string;
  /** Labels of the changesets whose work its tree shows, where the caller can tell; else trailers are believed. */
  shows?: string[];
}

export interface MainUpdate {
  at: At;
  repository: RepositoryName;
  old: Commit | null;
  new: Commit;
  by: 'lockstep' | 'somebody';
}

export interface Attempt {
  /** `owner/coordinator#12/name`. */
  changeset: string;
  /** Unique for each run of its workflow. */
  attempt: string;
  approval: 'none' | 'required';
  /** `interference: all`. */
  exclusive: boolean;
  /** What it was begun for, where the caller knows it. */
  manifest?: Manifest;
  /** Its decisions: each time that a first push was scheduled, with what was to land. */
  decided: Decision[];
  settled?: Settled;
}

export interface Decision {
  at: At;
  vector: Vector;
  /** The last look before it, where the caller knows of it. */
  look?: Look;
}

export interface Look {
  /** When it was begun, and the grant was held. */
  since: At;
  /** For an operator's finish, which is bound to what was approved then. */
  finishing: boolean;
  /** What the run was begun for. */
  manifest: Manifest;
}

/** A manifest's pull request, at the head that was read. */
export interface Manifest {
  pullRequest: number;
  repository: RepositoryName;
  branch: string;
  head: Commit;
}

export interface BranchUpdate {
  at: At;
  repository: RepositoryName;
  branch: string;
  new: Commit | null;
  by: 'lockstep' | 'somebody';
}

export interface Obstacle {
  /** `repository`: a rule on its `main`. `pullRequest`: it is closed or a draft. */
  of: { repository: RepositoryName } | { pullRequest: number };
  from: At;
  /** Absent: it is there still. */
  until?: At;
}

export interface Settled {
  at: At;
  outcome: Outcome;
  /** The tips of `main` that the concluding look read, where there was one. */
  looked: { repository: RepositoryName; tip: Commit }[];
}

export interface Green {
  at: At;
  changeset: string;
  vector: Vector;
}

export interface Approved {
  at: At;
  changeset: string;
  /** What the person had before their eyes, or named. */
  heads: Tip[];
}

/** A command that is to keep landings from beginning. */
export interface CommandGiven {
  verb: 'pause' | 'skip' | 'withdraw';
  by: string;
  /** Labels; absent: it concerns all. */
  changesets?: string[];
  /** Absent while it has no visible answer. */
  answered?: { at: At; text: string };
  /** A pause that was taken back. */
  until?: At;
}
