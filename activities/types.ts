/**
 * What workflows may ask of the world: one method an activity. Arguments and results are plain values without secrets, a
 * result small (logs travel by reference; docs/budgets.md has the figures).
 */
import type {
  ChangesetId,
  Commit,
  Landable,
  LogReference,
  Member,
  Outcome,
  RepositoryName,
  Status,
  TestFailure,
  Vector,
} from '../src/changeset.ts';
import type { Asked } from '../src/commands/grammar.ts';
import type { Reply } from '../src/commands/reply.ts';
import type { Finding, Finishing } from '../src/landing/state.ts';
import type { Looked, Prepared, Pushed, Recheck, Reverted, Staged, Tested } from '../src/landing/steps.ts';
import type { Limits } from '../src/limits.ts';
import type { Known, PullRequestNow } from '../src/pipeline/take.ts';
import type { Interference, Plan, PlannedChangeset } from '../src/plan/plan.ts';
import type { HandedOn } from '../src/queue/handedOn.ts';
import type { Grant } from '../src/queue/state.ts';
import type { News } from '../src/report/comments.ts';
import type { OperatorCall } from '../src/report/operator.ts';
import type { PipelineView } from '../src/report/view.ts';

export interface Activities {
  // The queue
  /** Returns as soon as one of these pipelines is closed. */
  awaitPipelines(request: { coordinator: string; pullRequests: number[] }): Promise<ClosedPipeline[]>;
  /** What runs already: for a queue that starts without state. */
  findRunning(request: { coordinator: string }): Promise<Running>;

  // A pipeline
  readPlan(request: PlanRequest): Promise<PlanRead>;
  /** `gone`: what it was read from is not to be had any more; it is read anew. */
  readPlanPart(request: PlanPartRequest): Promise<PlanPart | 'gone'>;
  readPullRequest(request: LookRequest): Promise<PullRequestNow>;
  /** `at`: when the comment was last written, by GitHub's clock (ISO 8601). */
  publish(view: PipelineView): Promise<{ at: string } | undefined>;
  writeStatus(request: StatusRequest): Promise<StatusWritten>;
  mergeManifest(request: LookRequest & { landed: string[] }): Promise<Merged>;

  /** The outcome of a changeset that runs without being our child; `lost` when its workflow was ended by hand or failed. */
  awaitChangeset(request: { id: ChangesetId }): Promise<Outcome | LostRun>;

  // A changeset
  /** What stands of a changeset that has ended. */
  look(request: { id: ChangesetId; members: Member[] }): Promise<Looked>;
  prepare(request: PrepareRequest): Promise<Prepared>;
  runTests(request: TestsRequest): Promise<TestsRun | Extract<Tested, { kind: 'missing' }>>;
  stage(request: { id: ChangesetId; vector: Landable }): Promise<Staged>;
  recheck(request: RecheckRequest): Promise<Recheck>;
  land(request: { id: ChangesetId; vector: Landable; repository: RepositoryName }): Promise<Pushed>;
  survey(request: { id: ChangesetId; vector: Landable; settle?: true }): Promise<Finding[]>;
  revert(request: { id: ChangesetId; vector: Landable; repository: RepositoryName; reason: string }): Promise<Reverted>;
  /** Removes the staging refs. */
  cleanUp(request: { id: ChangesetId; repositories: RepositoryName[] }): Promise<void>;
  /** What landed is told on the member branches' own pull requests. */
  tellMembers(request: { id: ChangesetId; outcome: Outcome }): Promise<void>;
  /** Comments of earlier attempts, on failures and for operators, are folded. */
  foldEarlier(request: { id: ChangesetId; outcome: Outcome; attempt: string }): Promise<void>;
  /** The one comment of a failed attempt, with the log's end. */
  commentFailure(request: { id: ChangesetId; outcome: Outcome; attempt: string }): Promise<void>;
  /** One comment for each call of an attempt, kept true. */
  commentOperator(request: { id: ChangesetId; call: OperatorCall; attempt: string }): Promise<void>;
  notify(request: { id: ChangesetId; what: News }): Promise<void>;

  // A comment
  /** What it asks for, once it is known that its author may. */
  hearComment(request: { coordinator: string; comment: number }): Promise<Heard>;
  answerComment(request: AnswerRequest): Promise<void>;

  // Reconciliation and clean-up
  reconcile(request: { coordinator: string }): Promise<{ signalled: number; redelivered: number }>;
  /** Begins runs for what stands, or is fenced, of changesets that have ended. */
  findStrays(request: { coordinator: string }): Promise<StraysFound>;
  sweep(request: { coordinator: string }): Promise<{ removed: number }>;
  /** Old logs, old mirrors. */
  prune(request: { coordinator: string }): Promise<{ logs: number; mirrors: number }>;
  /** On a test host: workspaces that a killed worker left. */
  sweepWorkspaces(): Promise<{ removed: number }>;
}

export type Heard =
  | { kind: 'nothing' }
  /** `writtenAt`: ISO 8601, GitHub's clock. */
  | {
      kind: 'asked';
      pullRequest: number;
      by: string;
      writtenAt: string;
      lines: HeardLine[];
      /** Who may not write is answered once on each pull request. */
      stranger?: true;
    };

/** One of the two. */
export interface HeardLine {
  line: string;
  asked?: Asked;
  /** Why it is not done. */
  problem?: string;
}

export interface AnswerRequest {
  coordinator: string;
  comment: number;
  heard: Extract<Heard, { kind: 'asked' }>;
  replies: Reply[];
}

export interface StraysFound {
  begun: number;
  /** Changesets about which Temporal gave no answer: they are left for the next look. */
  unanswered: number;
}

export interface ClosedPipeline {
  pullRequest: number;
  again: boolean;
  handedOn?: HandedOn;
}

export interface Running {
  /** A queue ran before: this one starts paused. */
  earlierQueue: boolean;
  pipelines: { pullRequest: number; priority: number }[];
  changesets: {
    changeset: string;
    pullRequest: number;
    repositories: RepositoryName[];
    exclusive: boolean;
    /** `unknown`: it does not answer; the reach is the most that it may have. */
    holds: Grant['state'] | 'unknown';
  }[];
}

export interface PlanRequest {
  pullRequest: number;
  handedOn?: HandedOn;
}

export type Ignored = 'ordinary' | 'closed' | 'draft' | 'withdrawn';

export type PlanRead =
  /** Not a manifest pull request, or nothing that could be run: left alone. */
  | { kind: 'ignored'; why: Exclude<Ignored, 'withdrawn'> }
  | { kind: 'ignored'; why: 'withdrawn'; head: Commit }
  | { kind: 'invalid' }
  /** `rest`: of a long plan the first changesets; how many are left, and the commit of the configuration it was made with. */
  | { kind: 'ready'; plan: Plan; rest?: { count: number; main: Commit } };

export interface PlanPartRequest {
  pullRequest: number;
  /** What the plan was read from. */
  at: Pick<Plan, 'head' | 'manifest' | 'dropped'> & { main: Commit };
  /** How many are known already. */
  from: number;
}

export interface PlanPart {
  changesets: PlannedChangeset[];
  /** How many are left after these. */
  rest: number;
}

export interface LookRequest extends Known {
  pullRequest: number;
}

/** Of what is known, the statuses that a force-push dropped are written back. */
export interface StatusRequest extends Known {
  id: ChangesetId;
  manifest: string;
  status: Status;
  /** The head that this run was read from: an entry that differs since is another's. */
  pinned: Commit;
}

export type StatusWritten =
  | { kind: 'written'; tip: Commit }
  /** A person pushed. `written`: the head is a status commit on top of that push. */
  | { kind: 'moved'; head: Commit; written: boolean }
  /** The branch is gone, or refuses the bot for good. */
  | { kind: 'impossible'; why: string };

export type Merged = { kind: 'merged' } | { kind: 'moved' } | { kind: 'refused'; why: string };

/** A run that was ended by hand, or failed. */
export interface LostRun {
  kind: 'lost';
  /** The payload of the last `skip` that it, or the run before it, was sent. */
  skip?: unknown;
}

export interface PrepareRequest {
  id: ChangesetId;
  changeset: PlannedChangeset;
  author: string;
  finishing?: Finishing;
}

export interface TestsRequest {
  id: ChangesetId;
  vector: Vector;
  timeoutMs: number;
  /** Those that `lockstep.yaml` sets. */
  limits?: Partial<Limits>;
  /** Unique for this attempt: names the log and the workspace. */
  run: string;
}

export type TestsRun = { kind: 'passed'; durationMs: number; logId: string } | { kind: 'failed'; failure: TestFailure };

export interface RecheckRequest {
  id: ChangesetId;
  vector: Vector;
  author: string;
  manifestHead: Commit;
  interference: Interference;
  finishing?: true;
}

export type { LogReference };
