/** Whether a repository's rules are those that Lockstep's promises need (`terraform/` makes them). */
import { CHECK } from '../app.ts';
import { STAGING_PREFIX } from '../changeset.ts';
import { blockingRuleSentence } from '../report/blockingRules.ts';
import { describeActors, judgeBypasses } from './actors.ts';
import { having, type RepositoryFacts, type RulesetOnBranch } from './facts.ts';
import { type Finding, orWell } from './finding.ts';

const BY_TERRAFORM = '`terraform/` makes it';

/** `app`: the App's id. */
export function judgeRepository(facts: RepositoryFacts, app: number): Finding[] {
  const { repository, defaultBranch } = facts;
  const on = `${repository} ${defaultBranch}`;
  return [
    ...orWell(on, updateFaults(facts), 'updates are restricted, and the App may pass'),
    ...orWell(on, historyFaults(facts), 'force-pushes and deletion are forbidden, to the App too'),
    ...(facts.isCoordinator ? orWell(on, checkFaults(facts, app), `the check ${CHECK} of the App is required`) : []),
    ...orWell(
      `${repository} ${STAGING_PREFIX}…`,
      stagingFaults(facts),
      'staging branches are restricted, and the App may pass',
    ),
    ...judgeBypasses(facts, app),
  ];
}

export function notInstalled(repository: string): Finding {
  return {
    state: 'wrong',
    about: repository,
    says:
      'the App is not installed on it, or there is no such repository, so every changeset that names it is refused: have an ' +
      'admin of it install the App, or take it out of lockstep.yaml',
  };
}

/** `problems`: of `lockstep.yaml`; none where it could not be read. */
export function unusableConfiguration(coordinator: string, problems: string[]): Finding {
  const says =
    problems.length === 0
      ? 'there is no lockstep.yaml on its default branch that the App can read, so no member can be looked at: commit one'
      : `lockstep.yaml cannot be used, so no member can be looked at: ${problems.join('; ')}`;
  return { state: 'wrong', about: coordinator, says };
}

/** When nobody lent an administrator's token. */
export function bypassUnseen(): Finding {
  return {
    state: 'unknown',
    about: 'bypass lists',
    says:
      'GitHub shows who else may step over a ruleset only to those who may change it, and the App may not: to see whether ' +
      "someone other than the App could write to a member's main, run the doctor with an admin's token in GITHUB_ADMIN_TOKEN_FILE",
  };
}

function updateFaults(facts: RepositoryFacts): string[] {
  const { onMain, isCoordinator, blocking, url } = facts;
  const blocks = isCoordinator ? mergeBlocks(facts) : blocking;
  if (having(onMain, 'update').length > 0) return blocks;
  return [
    `no ruleset restricts who updates it, so everybody with write access pushes past Lockstep, and a landing can come ` +
      `apart halfway: make the ruleset "only the App updates main" (${BY_TERRAFORM}), ${url}/settings/rules`,
    ...blocks,
  ];
}

/** On the coordinator the App pushes nothing to the default branch: it merges pull requests, whose checks it waits for. */
function mergeBlocks({ repository, defaultBranch: branch, onMain }: RepositoryFacts): string[] {
  return having(onMain, 'update')
    .filter(({ bypass }) => bypass === 'never')
    .map(({ name, url }) => blockingRuleSentence({ repository, branch, ruleset: name, url, types: ['update'] }));
}

const HISTORY = { non_fast_forward: 'force-pushes', deletion: 'deletion' } as const;

function historyFaults({ onMain, url }: RepositoryFacts): string[] {
  return Object.entries(HISTORY).flatMap(([type, what]) => {
    const rulesets = having(onMain, type);
    if (rulesets.length === 0) {
      return [
        `no ruleset forbids ${what}, so what landed can be taken away: make the ruleset "no force-push, no deletion" ` +
          `that nobody bypasses (${BY_TERRAFORM}), ${url}/settings/rules`,
      ];
    }
    if (rulesets.some((ruleset) => ruleset.bypass === 'never' && (ruleset.actors ?? []).length === 0)) return [];
    const [{ name, url: at }] = rulesets as [RulesetOnBranch];
    return [
      `the ruleset "${name}" forbids ${what}, but not to all (${describeActors(rulesets)}): bypass is per ruleset, so give ` +
        `that rule one of its own with an empty bypass list (${BY_TERRAFORM}), ${at}`,
    ];
  });
}

function checkFaults({ onMain, url }: RepositoryFacts, app: number): string[] {
  const required = having(onMain, 'required_status_checks').flatMap(({ checks }) =>
    checks.filter(({ context }) => context === CHECK),
  );
  if (required.length === 0) {
    return [
      `the check ${CHECK} is not required, so a manifest's pull request can be merged before its changesets have ended: ` +
        `make the ruleset "required checks" (${BY_TERRAFORM}), ${url}/settings/rules`,
    ];
  }
  if (required.some((check) => check.app === app)) return [];
  const [other] = required;
  const whose = other?.app === undefined ? 'anybody with write access can set it' : `only App ${other.app} can set it`;
  return [`the check ${CHECK} is required, but ${whose}: choose the App ${app} as its source, ${url}/settings/rules`];
}

const STAGING_RULES = { creation: 'make', update: 'move', deletion: 'delete' } as const;
/** What would refuse the App's own pushes there. */
const STAGING_BLOCKS = ['creation', 'update', 'deletion', 'non_fast_forward', 'required_signatures', 'pull_request'];

function stagingFaults({ onStaging, url }: RepositoryFacts): string[] {
  const open = Object.entries(STAGING_RULES).filter(([type]) => having(onStaging, type).length === 0);
  const verbs = open.map(([, verb]) => verb);
  const blocks = onStaging.filter(
    ({ bypass, types }) => bypass !== 'always' && types.some((type) => STAGING_BLOCKS.includes(type)),
  );
  return [
    ...(open.length > 0
      ? [
          `everybody with write access can ${verbs.join(', ')} them, and so disturb landings: make the ruleset "only the App ` +
            `touches staging branches" on refs/heads/${STAGING_PREFIX}**/* (${BY_TERRAFORM}), ${url}/settings/rules`,
        ]
      : []),
    ...blocks.map(
      ({ name, url: at }) =>
        `the ruleset "${name}" keeps Lockstep from its own branches, so that nothing can land: put the App on its bypass list ` +
        `("Always allow"), or leave refs/heads/${STAGING_PREFIX}**/* out of it, ${at}`,
    ),
  ];
}
