/** Sentences about rules on a branch that stand in the way of landing, each with what to do about it. */

export interface BlockingRule {
  repository: string;
  branch: string;
  /** The ruleset's name; `undefined` for classic branch protection. */
  ruleset?: string;
  /** Where an admin changes it. */
  url: string;
  /** GitHub's names of the rules in it that the App cannot meet. */
  types: string[];
}

const WORDS: Record<string, string> = {
  update: 'lets only those on its bypass list update it',
  required_status_checks: 'requires status checks',
  pull_request: 'requires a pull request',
  required_signatures: 'requires signed commits',
  required_linear_history: 'requires a linear history',
  merge_queue: 'requires the merge queue',
  required_deployments: 'requires deployments',
  workflows: 'requires workflows to pass',
  code_scanning: 'requires code scanning results',
  restrictions: 'restricts who may push',
  lock_branch: 'is locked',
};

/** Rules that a fast-forward push of a merge commit breaks, unless its pusher may bypass them. */
export function standsInTheWay(type: string): boolean {
  return type in WORDS;
}

export function blockingRuleSentence(rule: BlockingRule): string {
  const { repository, branch, ruleset, url } = rule;
  const what = rule.types.map((type) => WORDS[type] ?? type).join(', ');
  if (ruleset === undefined) {
    return `${branch} of ${repository} has a classic branch protection that Lockstep cannot bypass (${what}): replace it by a ruleset with the App on its bypass list, ${url}`;
  }
  return `the ruleset "${ruleset}" on ${branch} of ${repository} ${what}, and Lockstep may not bypass it: put the App on its bypass list ("Always allow"), ${url}`;
}
