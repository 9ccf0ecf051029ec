/**
 * What the local GitHub remembers besides git: one document for the whole installation (GlobalState) and one per
 * repository (Repository). Commits, branches and trees are never copied here: git is asked for them.
 */

export type Role = 'admin' | 'write' | 'read' | 'none';
export type MergeMethod = 'merge' | 'squash' | 'rebase';

export type PermissionName =
  | 'metadata'
  | 'contents'
  | 'pull_requests'
  | 'issues'
  | 'checks'
  | 'workflows'
  | 'administration';
export type PermissionLevel = 'read' | 'write';
export type Permissions = Partial<Record<PermissionName, PermissionLevel>>;

/** Who makes a request. */
export type Actor =
  | { kind: 'anonymous' }
  /** The App itself, by JWT: it may look after its installations and deliveries, nothing else. */
  | { kind: 'app' }
  | {
      kind: 'installation';
      login: string;
      installationId: number;
      repositories: string[] | null;
      permissions: Permissions;
    }
  | { kind: 'person'; login: string };

export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
  createdAt: string;
}

export interface StoredToken {
  /** SHA-256 of the token: the state file holds no secret that would open anything. */
  hash: string;
  expiresAt: string | null;
  grant:
    | { kind: 'person'; login: string }
    | { kind: 'installation'; installationId: number; repositories: string[] | null; permissions: Permissions };
}

export interface AppState {
  id: number;
  slug: string;
  permissions: Permissions;
  events: string[];
  createdAt: string;
  /** What accounts have granted, where that is not what the App asks for. */
  granted?: { permissions: Permissions; events: string[] };
}

export interface WebhookSettings {
  url: string;
  secret: string;
  /** Default `json`. */
  contentType?: 'json' | 'form';
  /** Default `0`: certificates are verified. */
  insecureSsl?: '0' | '1';
}

export interface GlobalState {
  reservedId: number;
  app: AppState;
  webhook: WebhookSettings | null;
  /** Accounts that installed the App; the installation's id is the position + 1. */
  accounts: string[];
  /** Those of them that have suspended it. */
  suspended?: string[];
  users: User[];
  tokens: StoredToken[];
}

export interface Pull {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  draft: boolean;
  state: 'open' | 'closed';
  headRef: string;
  headSha: string;
  baseRef: string;
  /** The base's tip when the pull request was last looked at; frozen when it is closed. */
  baseSha: string;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  mergedAt: string | null;
  mergedBy: string | null;
  mergeCommitSha: string | null;
}

export interface Reaction {
  id: number;
  author: string;
  content: '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';
  createdAt: string;
}

export interface Comment {
  id: number;
  number: number;
  author: string;
  byApp: boolean;
  body: string;
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
}

export type CheckStatus = 'queued' | 'in_progress' | 'completed';
export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'timed_out'
  | 'action_required';

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number | undefined;
  end_column?: number | undefined;
  annotation_level: 'notice' | 'warning' | 'failure';
  message: string;
  title?: string | undefined;
  raw_details?: string | undefined;
}

export interface CheckAction {
  label: string;
  description: string;
  identifier: string;
}

export interface CheckRun {
  id: number;
  suiteId: number;
  name: string;
  headSha: string;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  startedAt: string;
  completedAt: string | null;
  detailsUrl: string | null;
  externalId: string;
  output: { title: string | null; summary: string | null; text: string | null };
  annotations: Annotation[];
  actions: CheckAction[];
}

export interface Repository {
  id: number;
  owner: string;
  name: string;
  fullName: string;
  defaultBranch: string;
  installed: boolean;
  mergeMethods: MergeMethod[];
  createdAt: string;
  pushedAt: string;
  roles: Record<string, Role>;
  lastNumber: number;
  pulls: Pull[];
  comments: Comment[];
  checkRuns: CheckRun[];
  suites: Record<string, number>;
  rulesets: Ruleset[];
  /** The refs as last processed: what git holds beyond them after a crash is caught up at start. */
  refs: Record<string, string>;
  /** Moves of refs that had begun and not ended when this was written (moves.ts). */
  intents: Intent[];
}

export interface Mover {
  login: string;
  via: RefUpdate['via'];
  /** The pull request that this update merges, also where the new commits do not contain its head (squash, rebase). */
  merging?: number;
}

export interface Intent {
  id: number;
  changes: { ref: string; old: string | null; new: string | null }[];
  mover: Mover;
  /** The git process that does it, where that is one of its own and may outlive the server. */
  pid?: number;
}

export type Rule =
  | {
      type: 'creation' | 'update' | 'deletion' | 'non_fast_forward' | 'required_linear_history' | 'required_signatures';
    }
  | { type: 'pull_request'; parameters: { required_approving_review_count: number } }
  | {
      type: 'required_status_checks';
      parameters: { required_status_checks: { context: string; integration_id?: number }[] };
    };

/** Teams, owners and deploy keys can be on a list; nobody here is one of them. */
export interface BypassActor {
  actor_type: 'Integration' | 'RepositoryRole' | 'Team' | 'OrganizationAdmin' | 'DeployKey';
  actor_id: number | null;
  bypass_mode: 'always' | 'pull_request';
}

export interface Ruleset {
  id: number;
  name: string;
  bypassActors: BypassActor[];
  include: string[];
  exclude: string[];
  rules: Rule[];
  createdAt: string;
  updatedAt: string;
}

/** One line of the record that later tests judge landings by. `null` means that the ref did not exist. */
export interface RefUpdate {
  repository: string;
  ref: string;
  old: string | null;
  new: string | null;
  by: string;
  via: 'git' | 'rest' | 'admin';
  at: string;
}
