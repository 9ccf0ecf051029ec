/** Rulesets as decisions: which rules bind whom. Pure. */
import type { Role, Rule, Ruleset } from './types.ts';

/** GitHub's ids of the built-in repository roles. */
export const ROLE_IDS: Record<Exclude<Role, 'none'>, number> = { admin: 5, write: 4, read: 1 };

/** Whoever is held against a ruleset: the App, or a person by role. */
export type Subject = { kind: 'app'; appId: number } | { kind: 'person'; role: Role } | { kind: 'administrator' };

export type Bypass = 'always' | 'pull_requests_only' | 'never';

/** `pull_request`: the update is a pull request's merge; `push`: anything else. */
export type Occasion = 'push' | 'pull_request';

/** What a subject may do about a ruleset, in the words of `current_user_can_bypass`. */
export function bypassOf(ruleset: Ruleset, subject: Subject): Bypass {
  const modes = ruleset.bypassActors.filter((actor) => names(actor, subject)).map((actor) => actor.bypass_mode);
  if (modes.includes('always')) return 'always';
  return modes.includes('pull_request') ? 'pull_requests_only' : 'never';
}

function names(actor: Ruleset['bypassActors'][number], subject: Subject): boolean {
  if (subject.kind === 'app') return actor.actor_type === 'Integration' && actor.actor_id === subject.appId;
  if (subject.kind === 'administrator' || subject.role === 'none') return false;
  return actor.actor_type === 'RepositoryRole' && actor.actor_id === ROLE_IDS[subject.role];
}

/** Whether a ruleset speaks about a ref, by its conditions. */
export function covers(ruleset: Ruleset, ref: string, defaultBranch: string): boolean {
  const matches = (pattern: string) => matchesRef(pattern, ref, defaultBranch);
  return ref.startsWith('refs/heads/') && ruleset.include.some(matches) && !ruleset.exclude.some(matches);
}

function matchesRef(pattern: string, ref: string, defaultBranch: string): boolean {
  if (pattern === '~ALL') return true;
  if (pattern === '~DEFAULT_BRANCH') return ref === `refs/heads/${defaultBranch}`;
  // As `File::FNM_PATHNAME`: only `**/` goes across slashes, any other star stays between two.
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\//g, '\u0000')
    .replace(/\*+/g, '[^/]*')
    .replace(/\?/g, '[^/]')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${source}$`).test(ref);
}

/** The rules on a ref that this subject cannot step over on this occasion. */
export function bindingRules(
  rulesets: Ruleset[],
  on: { ref: string; defaultBranch: string },
  by: { subject: Subject; occasion: Occasion },
): Rule[] {
  return rulesets
    .filter((ruleset) => covers(ruleset, on.ref, on.defaultBranch))
    .filter((ruleset) => {
      const bypass = bypassOf(ruleset, by.subject);
      return !(bypass === 'always' || (bypass === 'pull_requests_only' && by.occasion === 'pull_request'));
    })
    .flatMap((ruleset) => ruleset.rules);
}

export interface RefChange {
  ref: string;
  old: string | null;
  new: string | null;
}

/** What can be asked about a commit while rules are judged. */
export interface CommitFacts {
  passedChecks: Set<string>;
  failedChecks: Set<string>;
}

/**
 * The violations of a push that can be seen from its commands alone, in GitHub's words. Fast-forward and linear
 * history need the pushed objects: the receive hook judges those (hook.ts).
 */
export function violationsOfPush(rules: Rule[], change: RefChange, facts: CommitFacts): string[] {
  return rules.flatMap((rule) => {
    switch (rule.type) {
      case 'creation':
        return change.old === null ? ['Cannot create ref due to creations being restricted.'] : [];
      case 'update':
        return change.old !== null && change.new !== null ? ['Cannot update this protected ref.'] : [];
      case 'deletion':
        return change.new === null ? ['Cannot delete this protected ref.'] : [];
      case 'required_signatures':
        // Nothing here verifies signatures, so no pushed commit is a verified one.
        return change.new !== null ? ['Commits must have verified signatures.'] : [];
      case 'pull_request':
        return change.new !== null ? ['Changes must be made through a pull request.'] : [];
      case 'required_status_checks':
        return change.new !== null ? missingChecks(rule, facts) : [];
      case 'non_fast_forward':
      case 'required_linear_history':
        return [];
      default:
        return unknownRule(rule);
    }
  });
}

/** The violations of merging a pull request: its commit is GitHub's own, signed, and a fast-forward of the base. */
export function violationsOfMerge(rules: Rule[], method: string, facts: CommitFacts): string[] {
  return rules.flatMap((rule) => {
    switch (rule.type) {
      case 'update':
        return ['Cannot update this protected ref.'];
      case 'pull_request':
        return rule.parameters.required_approving_review_count > 0
          ? ['At least 1 approving review is required by reviewers with write access.']
          : [];
      case 'required_status_checks':
        return missingChecks(rule, facts);
      case 'required_linear_history':
        return method === 'merge' ? ['This branch must not contain merge commits.'] : [];
      case 'creation':
      case 'deletion':
      case 'non_fast_forward':
      case 'required_signatures':
        return [];
      default:
        return unknownRule(rule);
    }
  });
}

function missingChecks(rule: Extract<Rule, { type: 'required_status_checks' }>, facts: CommitFacts): string[] {
  return rule.parameters.required_status_checks
    .filter((check) => !facts.passedChecks.has(check.context))
    .map((check) => {
      const state = facts.failedChecks.has(check.context) ? 'failing' : 'expected';
      return `Required status check "${check.context}" is ${state}.`;
    });
}

function unknownRule(rule: never): never {
  throw new Error(`unknown rule ${JSON.stringify(rule)}`);
}
