/** Who, besides the App, may step over the rules: seen only with an administrator's token. */
import { type BypassActor, having, type RepositoryFacts, type RulesetOnBranch } from './facts.ts';
import { type Finding, orWell } from './finding.ts';

/** Those of GitHub's built-in roles that can be on such a list, by their ids. */
const ROLES: Record<number, string> = { 2: 'maintain', 4: 'write', 5: 'admin' };

/** Nothing where nobody lent such a token. */
export function judgeBypasses(facts: RepositoryFacts, app: number): Finding[] {
  if (!facts.askedAsAdmin) return [];
  const about = `${facts.repository} bypass lists`;
  const hidden = [...facts.onMain, ...facts.onStaging].filter(({ actors }) => actors === undefined);
  if (hidden.length > 0) {
    const names = [...new Set(hidden.map(({ name }) => `"${name}"`))].join(', ');
    const says = `GITHUB_ADMIN_TOKEN may not see who steps over ${names}: take one of somebody who may change ${hidden.length === 1 ? 'it' : 'them'}`;
    return [{ state: 'unknown', about, says }];
  }
  const wrongs = [...faultsOnMain(facts, app), ...faultsOnStaging(facts, app)];
  // Where nothing restricts updates, that is the finding, and an empty list is no comfort.
  const isOpen = having(facts.onMain, 'update').length === 0;
  if (wrongs.length === 0 && isOpen) return [];
  const well = facts.isCoordinator
    ? 'nobody but the App steps over its rules, except by a pull request'
    : 'nobody but the App could write to it';
  return orWell(about, wrongs, well);
}

function faultsOnMain({ onMain, url, defaultBranch, isCoordinator }: RepositoryFacts, app: number): string[] {
  const isAllowed = ({ mode }: BypassActor) => isCoordinator && mode === 'pull_request';
  const at = (type: string) => having(onMain, type)[0]?.url ?? url;
  const updaters = othersOn(onMain, 'update', app).filter((actor) => !isAllowed(actor));
  const skippers = isCoordinator ? othersOn(onMain, 'required_status_checks', app) : [];
  const remedy = isCoordinator ? 'let them bypass "For pull requests only"' : 'take them off the bypass list';
  return [
    ...named(updaters).map((who) => `${who} can write to ${defaultBranch} past Lockstep: ${remedy}, ${at('update')}`),
    ...named(skippers.filter((actor) => !isAllowed(actor))).map(
      (who) => `${who} can push past the required check: ${remedy}, ${at('required_status_checks')}`,
    ),
  ];
}

function faultsOnStaging({ onStaging, url }: RepositoryFacts, app: number): string[] {
  const others = ['creation', 'update', 'deletion'].flatMap((type) => othersOn(onStaging, type, app));
  const at = having(onStaging, 'update')[0]?.url ?? url;
  return named(others).map((who) => `${who} can change staging branches: take them off that bypass list, ${at}`);
}

/** Who is on the bypass list of **every** ruleset with that rule: one that does not name them stops them. */
function othersOn(rulesets: RulesetOnBranch[], type: string, app: number): BypassActor[] {
  const [first, ...more] = having(rulesets, type);
  return (first?.actors ?? [])
    .filter(({ type: kind, id }) => !(kind === 'Integration' && id === app))
    .filter((actor) => more.every(({ actors }) => actors?.some((other) => isSame(actor, other))));
}

function isSame(one: BypassActor, other: BypassActor): boolean {
  return one.type === other.type && one.id === other.id;
}

/** For a sentence about rulesets that should have none. */
export function describeActors(rulesets: RulesetOnBranch[]): string {
  const others = rulesets.flatMap(({ actors }) => actors ?? []);
  return [...new Set(others.map(describe)), ...(others.length === 0 ? ['the App may step over it'] : [])].join(', ');
}

function named(actors: BypassActor[]): string[] {
  return [...new Set(actors.map(describe))];
}

function describe({ type, id, mode }: BypassActor): string {
  const when = mode === 'pull_request' ? ' (by a pull request)' : '';
  switch (type) {
    case 'RepositoryRole':
      return `everybody with the role ${ROLES[id ?? 0] ?? id}${when}`;
    case 'OrganizationAdmin':
      return `every owner of the organization${when}`;
    case 'Integration':
      return `the App ${id}${when}`;
    case 'DeployKey':
      return `every deploy key with write access${when}`;
    default:
      return `${type.toLowerCase()} ${id}${when}`;
  }
}
