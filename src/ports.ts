/**
 * What the activities need from outside, shaped by Lockstep's need and not by any library. Adapters live in
 * `activities/<port>/`, a fake beside each (Git has none: it is always real), and one contract suite runs on both.
 *
 * Everywhere: an expected bad outcome is a value; a throw means infrastructure and is retried by the rules of
 * `activities/failures.ts`.
 */
import type { Commit, LogReference, RepositoryName } from './changeset.ts';
import type { Limits } from './limits.ts';

/** What an activity hands down so that long work can be stopped. (That it is alive is seen by the activity as a whole.) */
export interface Live {
  /** Aborted on cancellation, time-out and worker shutdown: everything started must be killed then. */
  signal: AbortSignal;
}

// ---------------------------------------------------------------------------------------------------------------- Git

export interface Git {
  /** Refs as the remote has them now (`ls-remote`, never REST): `HEAD` is given as the default branch. */
  readRefs(repository: RepositoryName, refs: string[], live: Live): Promise<RemoteRefs>;
  /** All branches' names, for the nearest valid word in an error. */
  branchNames(repository: RepositoryName, live: Live): Promise<string[]>;
  /** Makes commits (with their history) present in the mirror. Throws `MissingCommit` when the remote has none such. */
  fetch(repository: RepositoryName, commits: Commit[], live: Live): Promise<void>;
  isAncestor(repository: RepositoryName, ancestor: Commit, descendant: Commit): Promise<boolean>;
  /** The best common ancestor; `undefined` for unrelated histories. */
  mergeBase(repository: RepositoryName, one: Commit, other: Commit): Promise<Commit | undefined>;
  treeOf(repository: RepositoryName, commit: Commit): Promise<string>;
  /** The tree of a three-way merge; `base` overrides the merge base (for reverts and reapplications). */
  mergeTree(request: MergeTree): Promise<MergeTreeResult>;
  /** Deterministic: same inputs, same commit. Dates are taken from `dateOf`. */
  commitTree(request: CommitTree): Promise<Commit>;
  commitInfo(repository: RepositoryName, commit: Commit): Promise<CommitInfo>;
  /** First-parent history of `from` without what `until` reaches (`from ^until`), newest first, at most `limit`. */
  firstParents(request: FirstParents): Promise<CommitInfo[]>;
  /** One ref, by lease. Never throws for an answer; `unanswered` when it may or may not have happened. */
  push(request: Push, live: Live): Promise<PushAnswer>;
  /** The paths that differ between two commits' trees (the first 10,000). */
  changedPaths(repository: RepositoryName, from: Commit, to: Commit): Promise<string[]>;
  readFile(repository: RepositoryName, commit: Commit, path: string): Promise<FileAtCommit | undefined>;
  /** The tree of `commit` with one file's content replaced, mode kept. */
  replaceFile(repository: RepositoryName, commit: Commit, file: { path: string; text: string }): Promise<string>;
  /** Removes mirrors that were made before then (ms since the epoch); they are made anew at their next use. Gives how many. */
  dropMirrors(madeBefore: number, live: Live): Promise<number>;
  /** Writes a commit's files (or those below `subtree`) into an existing folder, without `.git`, hooks or filters. */
  exportTree(request: ExportTree, live: Live): Promise<void>;
}

export interface RemoteRefs {
  /** Name of the default branch. */
  defaultBranch: string;
  /** Tip of the default branch. */
  main: Commit;
  /** Of the refs asked for, those that exist. */
  refs: Record<string, Commit>;
}

export interface MergeTree {
  repository: RepositoryName;
  ours: Commit;
  theirs: Commit;
  base?: Commit;
}

export type MergeTreeResult = { kind: 'clean'; tree: string } | { kind: 'conflict'; paths: string[] };

export interface CommitTree {
  repository: RepositoryName;
  tree: string;
  parents: Commit[];
  message: string;
  /** The commit whose committer date becomes author and committer date. */
  dateOf: Commit;
}

export interface CommitInfo {
  commit: Commit;
  parents: Commit[];
  authorEmail: string;
  message: string;
}

export interface FirstParents {
  repository: RepositoryName;
  from: Commit;
  until?: Commit;
  limit: number;
}

export interface Push {
  repository: RepositoryName;
  /** Full name: `refs/heads/main`. */
  ref: string;
  /** `null` deletes the ref. */
  commit: Commit | null;
  /** What the ref must be now; `null`: it must not exist. */
  expected: Commit | null;
}

export type PushAnswer =
  | { kind: 'pushed' }
  /** The ref was not as expected. */
  | { kind: 'stale' }
  /** The remote refuses this content or this pusher, and will again: a rule, a permission, a check. */
  | { kind: 'refused'; message: string }
  /** It may have happened, or may happen yet. */
  | { kind: 'unanswered'; message: string };

export interface FileAtCommit {
  /** Git's mode: `100644`, `100755`, `120000` (symlink), `160000` (submodule), `040000` (folder). */
  mode: string;
  bytes: number;
  /** `undefined` when it is no regular file, or larger than 1 MiB. */
  content?: Uint8Array;
}

export interface ExportTree {
  repository: RepositoryName;
  commit: Commit;
  directory: string;
  /** Only what is below this folder of the repository, e.g. `scripts`. */
  subtree?: string;
}

// -------------------------------------------------------------------------------------------------------------- Forge

export type Permission = 'admin' | 'write' | 'read' | 'none';

export interface PullRequest {
  number: number;
  title: string;
  state: 'open' | 'closed';
  merged: boolean;
  draft: boolean;
  author: string;
  /** `owner/name` of the repository the head branch is in; `undefined` when that was deleted. */
  headRepository?: RepositoryName;
  headBranch: string;
  head: Commit;
  baseBranch: string;
  url: string;
}

export interface ChangedFile {
  path: string;
  change: 'added' | 'modified' | 'removed' | 'renamed' | 'other';
}

/** A check run on the pull request's head (CONTRACT, The pull request). */
export interface Check {
  head: Commit;
  state: 'queued' | 'in_progress' | 'action_required' | 'success' | 'neutral' | 'failure' | 'cancelled';
  title: string;
  summary: string;
  annotations: Annotation[];
  detailsUrl?: string;
}

export interface Annotation {
  path: string;
  line: number;
  level: 'notice' | 'warning' | 'failure';
  message: string;
}

export interface Forge {
  readPullRequest(number: number): Promise<PullRequest | undefined>;
  listOpenPullRequests(): Promise<PullRequest[]>;
  changedFiles(number: number): Promise<ChangedFile[]>;
  permission(repository: RepositoryName, login: string): Promise<Permission>;
  /** Sentences about rules on `main` that the App cannot bypass, with the fix; `undefined`: repository not readable. */
  blockingRules(repository: RepositoryName, branch: string): Promise<string[] | undefined>;
  /**
   * Creates or edits the one comment of ours that carries the marker, and removes its twins. Gives when it was last written, by
   * GitHub's clock (ISO 8601).
   */
  publishComment(number: number, comment: { marker: string; body: string }): Promise<string>;
  /** The bodies of our own comments, oldest first. */
  ownComments(number: number): Promise<string[]>;
  /** Edits the comment that carries the marker, where there is one. */
  amendComment(number: number, comment: { marker: string; body: string }): Promise<void>;
  /** A comment on one of the coordinator's pull requests; `undefined` when it is not there any more. */
  readComment(id: number): Promise<PersonsComment | undefined>;
  /** Those that were written or changed since then, oldest first. */
  commentsSince(since: Date): Promise<PersonsComment[]>;
  /** How people see on their comment that it was heard. */
  react(id: number, reaction: Reaction): Promise<void>;
  /** Makes or updates the check run `lockstep` of that head. */
  publishCheck(check: Check): Promise<void>;
  /** The state of the check run `lockstep` on a head, if there is one; one that others completed is `cancelled`. */
  readCheck(head: Commit): Promise<Check['state'] | undefined>;
  mergePullRequest(request: { number: number; head: Commit; title: string }): Promise<MergeAnswer>;
  /**
   * Comments on a member branch's own pull request into `main`, where one exists at that head. It may be closed: GitHub
   * marks it merged itself when its head reaches `main`.
   */
  commentOnBranch(request: {
    repository: RepositoryName;
    branch: string;
    head: Commit;
    marker: string;
    body: string;
  }): Promise<void>;
  /** Asks for failed webhook deliveries again; gives how many. */
  redeliverFailed(since: Date): Promise<number>;
}

export interface PersonsComment {
  id: number;
  pullRequest: number;
  body: string;
  /** Login. */
  by: string;
  /** False for bots, and for Apps that write in a person's name. */
  isPerson: boolean;
  /** ISO 8601, GitHub's clock. */
  writtenAt: string;
  /** It says something else now than when it was written. */
  edited: boolean;
}

export type Reaction = 'seen' | 'done' | 'refused';

export type MergeAnswer =
  | { kind: 'merged'; commit: Commit }
  /** The head is not the expected one. */
  | { kind: 'headMoved' }
  /** GitHub will not merge it: a conflict, a missing check, a closed pull request. */
  | { kind: 'refused'; message: string };

// --------------------------------------------------------------------------------------------------------- TestRunner

export interface TestRequest {
  /** Unique for this run; also the log's id. */
  run: string;
  /** Absolute path; the working directory, and all that the tests may write to. */
  workspace: string;
  /** Absolute path of the coordinator's `scripts/` folder, exported; readable, not writable. */
  scripts: string;
  /** What the script gets, besides PATH, HOME and LANG: the names of CONTRACT. */
  environment: Record<string, string>;
  timeoutMs: number;
  limits: Limits;
  network: Network;
}

/** What a run reaches: itself, by a loopback of its own. Addresses that are let through would be another kind. */
export type Network = { kind: 'loopback' };

export type TestEnd =
  | { kind: 'exit'; code: number }
  | { kind: 'signal'; signal: string }
  | { kind: 'timeout'; limitMs: number }
  /** It met one of its limits; goes on after "the tests": `ran out of memory (2 GiB)`. */
  | { kind: 'limit'; limit: string };

/** What a run of `run_integration_tests.sh` came to. */
export interface TestResult {
  end: TestEnd;
  durationMs: number;
  log: LogReference;
}

export interface TestRunner {
  /**
   * Runs `<scripts>/run_integration_tests.sh` in the workspace and keeps its output. Nothing it started is alive when
   * this returns or throws. Throws `signal.reason` when `live.signal` aborts: a cancelled run is never a red test.
   * Throws too when the sandbox was killed from outside, or by the machine for lack of memory of its own.
   */
  run(request: TestRequest, live: Live): Promise<TestResult>;
}

// ----------------------------------------------------------------------------------------------------------- LogStore

export interface LogStore {
  /** A new log, replacing one of the same id. */
  create(id: string): Promise<LogWriter>;
  /** The whole (bounded) log, or `undefined`. */
  read(id: string): Promise<NodeJS.ReadableStream | undefined>;
  /** Removes logs that were last written before then (ms since the epoch), but none whose id begins as one of `keep`. */
  prune(request: { before: number; keep: string[] }): Promise<number>;
}

export interface LogWriter {
  /** Bounded: beyond the limit the head and the tail are kept, and the cut is stated in the log. */
  write(chunk: Uint8Array): void;
  /** Ends the log; what it holds is then readable. */
  close(): Promise<LogReference>;
}

// ----------------------------------------------------------------------------------------------------------- Notifier

export interface Notifier {
  /** Tells the team. Plain text with Slack's mrkdwn links. */
  notify(message: { text: string }): Promise<void>;
}
