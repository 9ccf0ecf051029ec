/** Setting rulesets, as `terraform/` would on GitHub. */
import { type Hub, timestamp } from './hub.ts';
import { ROLE_IDS } from './rules.ts';
import type { BypassActor, Repository, Rule, Ruleset } from './types.ts';

export interface Protection {
  /** On the coordinator people with write access merge ordinary pull requests. */
  coordinator?: boolean;
  /** Checks that must have passed on what `main` is moved to. */
  requiredChecks?: string[];
}

/** Adds a ruleset on the default branch; returns its id. */
export function addRuleset(
  hub: Hub,
  repository: Repository,
  wanted: { name: string; rules: Rule[]; bypassActors: BypassActor[] },
): number {
  const time = timestamp(hub);
  const ruleset: Ruleset = {
    ...wanted,
    id: hub.store.takeId(),
    include: ['~DEFAULT_BRANCH'],
    exclude: [],
    createdAt: time,
    updatedAt: time,
  };
  repository.rulesets.push(ruleset);
  hub.store.save(repository);
  return ruleset.id;
}

/** The rulesets that Lockstep asks for. Bypass is per ruleset, so what nobody may bypass is one of its own. */
export function protect(hub: Hub, repository: Repository, options: Protection): void {
  const app: BypassActor = {
    actor_type: 'Integration',
    actor_id: hub.store.global.app.id,
    bypass_mode: 'always',
  };
  const maintainers = [ROLE_IDS.admin, ROLE_IDS.write].map(
    (actor_id): BypassActor => ({ actor_type: 'RepositoryRole', actor_id, bypass_mode: 'pull_request' }),
  );
  addRuleset(hub, repository, {
    name: 'only the App updates main',
    rules: [{ type: 'update' }],
    bypassActors: options.coordinator === true ? [app, ...maintainers] : [app],
  });
  addRuleset(hub, repository, {
    name: 'no force-push, no deletion',
    rules: [{ type: 'non_fast_forward' }, { type: 'deletion' }],
    bypassActors: [],
  });
  if (options.requiredChecks === undefined) return;
  const checks = options.requiredChecks.map((context) => ({ context }));
  addRuleset(hub, repository, {
    name: 'required checks',
    rules: [{ type: 'required_status_checks', parameters: { required_status_checks: checks } }],
    bypassActors: [],
  });
}
