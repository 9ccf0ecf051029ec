/** The active rulesets on a branch, as GitHub shows them to whoever asks: what they demand, and who may step over them. */
import type { BypassActor, RequiredCheck, RulesetOnBranch } from '../../src/doctor/facts.ts';
import type { Client } from './client.ts';
import { type Place, unlessMissing } from './session.ts';

interface Asked {
  branch: string;
  /** Rules of other types are left out. Default: none is. */
  about?: (type: string) => boolean;
}

interface BranchRule {
  type: string;
  ruleset_id?: number;
  parameters?: { required_status_checks?: { context: string; integration_id?: number }[] } | object;
}

/** The branch need not exist: GitHub says what would bind one of that name. */
export async function rulesetsOn(client: Client, at: Place, asked: Asked): Promise<RulesetOnBranch[]> {
  const { branch, about = () => true } = asked;
  const all: BranchRule[] = await client.paginate(client.rest.repos.getBranchRules, { ...at, branch, per_page: 100 });
  const byRuleset = new Map<number, BranchRule[]>();
  for (const rule of all) {
    const id = rule.ruleset_id ?? 0;
    if (about(rule.type)) byRuleset.set(id, [...(byRuleset.get(id) ?? []), rule]);
  }
  return Promise.all([...byRuleset].map(([id, rules]) => rulesetOf(client, at, { id, rules })));
}

async function rulesetOf(
  client: Client,
  at: Place,
  { id, rules }: { id: number; rules: BranchRule[] },
): Promise<RulesetOnBranch> {
  const shown = (await unlessMissing(client.rest.repos.getRepoRuleset({ ...at, ruleset_id: id })))?.data;
  const actors = shown?.bypass_actors?.map(
    ({ actor_type, actor_id, bypass_mode }): BypassActor => ({
      type: actor_type,
      id: actor_id ?? null,
      mode: bypass_mode ?? 'always',
    }),
  );
  return {
    id,
    name: shown?.name ?? String(id),
    url: shown?._links?.html?.href ?? '',
    types: [...new Set(rules.map(({ type }) => type))],
    checks: rules.flatMap(checksOf),
    bypass: bypassOf(String(shown?.current_user_can_bypass)),
    ...(actors && { actors }),
  };
}

/** `exempt` is newer than the description that the client's types are made from. */
function bypassOf(word: string): RulesetOnBranch['bypass'] {
  if (word === 'always' || word === 'exempt') return 'always';
  return word === 'pull_requests_only' ? word : 'never';
}

function checksOf({ parameters }: BranchRule): RequiredCheck[] {
  if (parameters === undefined || !('required_status_checks' in parameters)) return [];
  return (parameters.required_status_checks ?? []).map(({ context, integration_id: app }) => ({
    context,
    ...(app !== undefined && { app }),
  }));
}
