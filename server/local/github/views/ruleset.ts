/** Rulesets as GitHub shows them. */
import type { Hub } from '../hub.ts';
import { bypassOf, type Subject } from '../rules.ts';
import type { Repository, Rule, Ruleset } from '../types.ts';
import { repositoryApi, repositoryPage } from './repository.ts';
import { nodeId } from './user.ts';

/** Rules with the parameters that GitHub fills in by itself. */
function ruleView(rule: Rule) {
  switch (rule.type) {
    case 'pull_request':
      return {
        type: rule.type,
        parameters: {
          dismiss_stale_reviews_on_push: false,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: false,
          ...rule.parameters,
        },
      };
    case 'required_status_checks':
      return { type: rule.type, parameters: { strict_required_status_checks_policy: false, ...rule.parameters } };
    case 'update':
      return { type: rule.type, parameters: { update_allows_fetch_and_merge: false } };
    default:
      return { type: rule.type };
  }
}

/** As `GET .../rulesets` lists it. */
export function rulesetItemView(hub: Hub, repository: Repository, ruleset: Ruleset) {
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: 'branch',
    source_type: 'Repository',
    source: repository.fullName,
    enforcement: 'active',
    node_id: nodeId('RepositoryRuleset', ruleset.id),
    _links: {
      self: { href: `${repositoryApi(hub, repository)}/rulesets/${ruleset.id}` },
      html: { href: `${repositoryPage(hub, repository)}/rules/${ruleset.id}` },
    },
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
  };
}

/** `GET .../rulesets/{id}`; who may bypass is shown to administrators only. */
export function rulesetView(hub: Hub, repository: Repository, asked: { ruleset: Ruleset; subject: Subject }) {
  const { ruleset, subject } = asked;
  const mayEdit = subject.kind === 'person' && subject.role === 'admin';
  return {
    ...rulesetItemView(hub, repository, ruleset),
    conditions: { ref_name: { include: ruleset.include, exclude: ruleset.exclude } },
    rules: ruleset.rules.map(ruleView),
    current_user_can_bypass: bypassOf(ruleset, subject),
    ...(mayEdit ? { bypass_actors: ruleset.bypassActors } : {}),
  };
}

/** The rules of one ruleset as `GET .../rules/branches/{branch}` lists them. */
export function branchRuleViews(repository: Repository, ruleset: Ruleset) {
  return ruleset.rules.map((rule) => ({
    ...ruleView(rule),
    ruleset_source_type: 'Repository',
    ruleset_source: repository.fullName,
    ruleset_id: ruleset.id,
  }));
}
