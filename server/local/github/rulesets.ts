/** Setting rulesets, as `terraform/` would on GitHub. */
import { STAGING_PREFIX } from '../../../src/changeset.ts';
import { type Hub, timestamp } from './hub.ts';
import { ROLE_IDS } from './rules.ts';
import type { BypassActor, Repository, Ruleset } from './types.ts';

export interface Protection {
  /** On the coordinator people with write access merge ordinary pull requests. */
  coordinator?: boolean;
  /** Checks that must have passed on what `main` is moved to. */
  requiredChecks?: string[];
}

/** Adds a ruleset, on the default branch unless it says otherwise; returns its id. */
export function addRuleset(
  hub: Hub,
  repository: Repository,
  wanted: Pick<Ruleset, 'name' | 'rules' | 'bypassActors'> & Partial<Pick<Ruleset, 'include' | 'exclude'>>,
): number {
  const time = timestamp(hub);
  const ruleset: Ruleset = {
    include: ['~DEFAULT_BRANCH'],
    exclude: [],
    ...wanted,
    id: hub.store.takeId(),
    createdAt: time,
    updatedAt: time,
  };
  repository.rulesets.push(ruleset);
  hub.store.save(repository);
  return ruleset.id;
}

/** The rulesets that Lockstep asks for. Bypass is per ruleset, so what nobody may bypass is one of its own. */
export function protect(hub: Hub, repository: Repository, options: Protection): void {
  const { id } = hub.store.global.app;
  const app: BypassActor = { actor_type: 'Integration', actor_id: id, bypass_mode: 'always' };
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
  addRuleset(hub, repository, {
    name: 'only the App touches staging branches',
    rules: [{ type: 'creation' }, { type: 'update' }, { type: 'deletion' }],
    bypassActors: [app],
    include: [`refs/heads/${STAGING_PREFIX}**/*`],
  });
  if (options.requiredChecks === undefined) return;
  const checks = options.requiredChecks.map((context) => ({ context, integration_id: id }));
  addRuleset(hub, repository, {
    name: 'required checks',
    rules: [{ type: 'required_status_checks', parameters: { required_status_checks: checks } }],
    // Pull requests that are no manifests never get the check.
    bypassActors: options.coordinator === true ? maintainers : [],
  });
}
