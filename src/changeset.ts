/**
 * The words every room shares: changesets, members, vectors, outcomes, and the names derived from them.
 * Design: a changeset's state machine is in `landing/`; here are only the nouns.
 */

/** A commit's full object id. */
export type Commit = string;

/** `owner/name`, as GitHub spells it. */
export type RepositoryName = string;

/** The word the bot writes into the manifest. */
export type Status = 'success' | 'failed' | 'skipped';

export function isStatus(word: string | undefined): word is Status {
  return word === 'success' || word === 'failed' || word === 'skipped';
}

export interface Member {
  repository: RepositoryName;
  branch: string;
}

/** One entry of a manifest, with defaults of `lockstep.yaml` applied. */
export interface Changeset {
  name: string;
  /** Higher goes first. */
  priority: number;
  approval: 'none' | 'required';
  members: Member[];
  /** Absent until the bot has written one. */
  status?: Status;
  /** Line of the entry in the manifest, 1-based, for annotations. */
  line: number;
}

export interface ChangesetId {
  coordinator: RepositoryName;
  pullRequest: number;
  name: string;
}

/** What a member's candidate is made of. */
export interface Pin extends Member {
  /** Tip of the branch when it was pinned: the second parent of the candidate. */
  head: Commit;
  /** Tip of `main` when it was pinned: the first parent of the candidate. */
  base: Commit;
}

/** A member with everything that is pinned for it. */
export interface PinnedMember extends Pin {
  /** What lands unchanged, or has landed. Equals `base` when others had merged the branch. */
  candidate: Commit;
  /** The head is in `main` already, and stands: rechecked, never staged, pushed or reverted. */
  alreadyMerged: boolean;
  /** A candidate of this changeset that stands since an earlier, half landing: not pushed again, but verified and undone. */
  landedBefore?: true;
}

export interface Tip {
  repository: RepositoryName;
  commit: Commit;
}

/** The candidates of a changeset with everything else that they are tested with. */
export interface Vector {
  /** Sorted by repository. */
  members: PinnedMember[];
  /** `main` of every other repository of `lockstep.yaml`, sorted by repository. */
  others: Tip[];
  /** The coordinator's `main`, whose script and configuration are used. */
  coordinator: Commit;
}

/** The part of a vector that landing is about: the tips of other repositories were for the tests. */
export type Landable = Pick<Vector, 'members'>;

export function landable({ members }: Vector): Landable {
  return { members };
}

/** The members that landing moves. */
export function toLand(vector: Landable): PinnedMember[] {
  return vector.members.filter((member) => !member.alreadyMerged);
}

/** What the tests see of a member: its candidate, or the `main` that has it already and whatever came on top. */
export function testedCommit(member: PinnedMember): Commit {
  return member.alreadyMerged ? member.base : member.candidate;
}

/** Stands in for a commit of a half landing that cannot be made or found again; no `main` ever contains it. */
export const UNKNOWN_COMMIT: Commit = '0'.repeat(40);

/** How a changeset ended (PROTOCOL, Outcomes); needs-operator is not an end. */
export type Outcome =
  | { kind: 'landed'; members: PinnedMember[]; nothingToLand?: true }
  | { kind: 'failed'; reason: Failure }
  | { kind: 'rolledBack'; reason: string; reverted: Tip[] }
  | { kind: 'skipped'; by: string; reason: string }
  | { kind: 'stopped'; why: StopReason };

/** Why an undecided changeset was let go without a status: its pipeline does not go on. */
export type StopReason = 'superseded' | 'closed' | 'withdrawn';

/** Why a changeset failed; `report` turns it into sentences. */
export type Failure =
  | { kind: 'tests'; result: TestFailure }
  | { kind: 'conflict'; repository: RepositoryName; branch: string; paths: string[]; morePaths: number }
  | { kind: 'refused'; sentences: string[] }
  | { kind: 'moved'; times: number; last: string }
  /** GitHub refused the landing for good, in the same words after everything was looked at again. */
  | { kind: 'landingRefused'; repository: RepositoryName; message: string }
  /** Its workflow was ended by hand or failed, and nothing of it stands. */
  | { kind: 'cutOff' }
  /** Commits that Lockstep had made were lost, again and again. */
  | { kind: 'lost'; times: number; last: string };

export type TestFailure =
  | { kind: 'exit'; code: number; durationMs: number; log: LogReference }
  | { kind: 'signal'; signal: string; durationMs: number; log: LogReference }
  | { kind: 'timeout'; limitMs: number; durationMs: number; log: LogReference }
  | { kind: 'limit'; limit: string; durationMs: number; log: LogReference };

/** A log in the log store, with what people see of it at once. */
export interface LogReference {
  /** Key in the log store and in `/logs/<id>`. */
  id: string;
  bytes: number;
  truncated: boolean;
  /** The last output, redacted, at most 8 KB. */
  tail: string;
  /** The command that failed, as far as the log tells. */
  failingCommand?: string;
}

export function statusOf(outcome: Outcome): Status | undefined {
  switch (outcome.kind) {
    case 'landed':
      return 'success';
    case 'failed':
    case 'rolledBack':
      return 'failed';
    case 'skipped':
      return 'skipped';
    case 'stopped':
      return undefined;
  }
}

export const QUEUE_WORKFLOW_ID = 'lockstep-queue';

/** A changeset's workflow keeps under this name how long its last green tests took, in ms. */
export const TESTS_MEMO = 'lockstepTestsMs';

export function pipelineWorkflowId(coordinator: RepositoryName, pullRequest: number): string {
  return `pipeline/${coordinator}/${pullRequest}`;
}

export function changesetWorkflowId(id: ChangesetId): string {
  return `changeset/${id.coordinator}/${id.pullRequest}/${id.name}`;
}

/** Tells what that attempt, a run of the changeset's workflow, came to. */
export function reportWorkflowId(id: ChangesetId, attempt: string): string {
  return `report/${id.coordinator}/${id.pullRequest}/${id.name}/${attempt}`;
}

export const COMMENT_WORKFLOWS = 'comment/';

/** Does what that comment asks for. */
export function commentWorkflowId(coordinator: RepositoryName, comment: number): string {
  return `${COMMENT_WORKFLOWS}${coordinator}/${comment}`;
}

/** How trailers and messages name a changeset: `acme/coordinator#12/checkout-v2`. */
export function changesetLabel(id: ChangesetId): string {
  return `${id.coordinator}#${id.pullRequest}/${id.name}`;
}

/** Branches under this prefix are Lockstep's own. */
export const STAGING_PREFIX = 'lockstep/';

export function stagingRef(id: ChangesetId): string {
  return `refs/heads/${STAGING_PREFIX}${id.pullRequest}/${id.name}`;
}

/** The folder name of a repository in a workspace. */
export function shortName(repository: RepositoryName): string {
  return repository.slice(repository.indexOf('/') + 1);
}
