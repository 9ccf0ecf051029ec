/** What `npm run doctor` reads, as values: its verdicts are made of these alone. */
import type { RepositoryName } from '../changeset.ts';

/** One ruleset's active rules on a branch. */
export interface RulesetOnBranch {
  id: number;
  name: string;
  /** Where an admin changes it. */
  url: string;
  /** GitHub's names of its rules. */
  types: string[];
  /** Of its rule about status checks. */
  checks: RequiredCheck[];
  /** What whoever asked may do about it. */
  bypass: 'always' | 'pull_requests_only' | 'never';
  /** Who may step over it. GitHub shows that to those only who may change the ruleset. */
  actors?: BypassActor[];
}

export function having(rulesets: RulesetOnBranch[], type: string): RulesetOnBranch[] {
  return rulesets.filter(({ types }) => types.includes(type));
}

export interface RequiredCheck {
  context: string;
  /** The App that must have made it; absent: anybody may. */
  app?: number;
}

export interface BypassActor {
  type: string;
  id: number | null;
  mode: string;
}

/** Of one repository, read as the App, and `actors` as an administrator where one lent a token. */
export interface RepositoryFacts {
  repository: RepositoryName;
  isCoordinator: boolean;
  askedAsAdmin: boolean;
  /** Base of its pages. */
  url: string;
  defaultBranch: string;
  onMain: RulesetOnBranch[];
  /** On a staging branch as landings make them. */
  onStaging: RulesetOnBranch[];
  /** What the landing's preflight would say of a member. */
  blocking: string[];
}

export type Level = 'read' | 'write';

export interface AppFacts {
  id: number;
  slug: string;
  /** Where its owner changes it. */
  settingsUrl: string;
  permissions: Record<string, string>;
  events: string[];
  installations: InstallationFacts[];
}

/** What an account granted: a permission that the App asks for later counts only when it was accepted there. */
export interface InstallationFacts {
  account: string;
  url: string;
  permissions: Record<string, string>;
  events: string[];
  suspended: boolean;
}

export interface HookFacts {
  url?: string;
  contentType?: string;
  /** GitHub shows only whether there is one. */
  hasSecret: boolean;
  verifiesTls: boolean;
}

/** What came of a delivery that GitHub was asked to send once more. */
export type Redelivery =
  | { kind: 'answered'; code: number; status: string }
  /** It had sent nothing in the last days. */
  | { kind: 'none' }
  /** It had not sent it again after this many seconds. */
  | { kind: 'silent'; afterS: number };

/** What came of a ping that the doctor sent itself. */
export type Ping = { kind: 'answered'; code: number } | { kind: 'failed'; why: string };
