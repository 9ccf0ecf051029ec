/** Rules on branches: read by who sees the repository, set by its administrators. */
import { ApiError, notFound } from '../errors.ts';
import { timestamp } from '../hub.ts';
import { page, type RepositoryCall, type Route, repositoryRoute } from '../rest.ts';
import { covers } from '../rules.ts';
import { addRuleset } from '../rulesets.ts';
import type { Repository, Ruleset } from '../types.ts';
import { subjectOf } from '../users.ts';
import { branchRuleViews, rulesetItemView, rulesetView } from '../views/ruleset.ts';
import { wantedRuleset } from '../wantedRuleset.ts';

function rulesetOf(repository: Repository, id: string | number | undefined): Ruleset {
  const ruleset = repository.rulesets.find((one) => one.id === Number(id));
  if (ruleset === undefined) throw notFound();
  return ruleset;
}

function shown({ hub, repository, actor }: RepositoryCall, ruleset: Ruleset) {
  return rulesetView(hub, repository, { ruleset, subject: subjectOf(hub, repository, actor.login) });
}

export const ruleRoutes: Route[] = [
  repositoryRoute({ method: 'GET', path: '/rules/branches/{branch}', needs: ['metadata', 'read'] }, (call) => {
    const { repository, params } = call;
    const ref = `refs/heads/${params.branch}`;
    const rules = repository.rulesets
      .filter((ruleset) => covers(ruleset, ref, repository.defaultBranch))
      .flatMap((ruleset) => branchRuleViews(repository, ruleset));
    return page(call, rules, (rule) => rule);
  }),
  repositoryRoute({ method: 'GET', path: '/rulesets', needs: ['metadata', 'read'] }, (call) =>
    page(call, call.repository.rulesets, (ruleset) => rulesetItemView(call.hub, call.repository, ruleset)),
  ),
  repositoryRoute({ method: 'GET', path: '/rulesets/{ruleset_id}', needs: ['metadata', 'read'] }, (call) => {
    return { status: 200, body: shown(call, rulesetOf(call.repository, call.params.ruleset_id)) };
  }),
  repositoryRoute({ method: 'POST', path: '/rulesets', needs: ['administration', 'write'] }, (call) => {
    const { hub, repository } = call;
    const id = addRuleset(hub, repository, wantedRuleset(call.body));
    return { status: 201, body: shown(call, rulesetOf(repository, id)) };
  }),
  repositoryRoute({ method: 'PUT', path: '/rulesets/{ruleset_id}', needs: ['administration', 'write'] }, (call) => {
    const { hub, repository, params, body } = call;
    const ruleset = rulesetOf(repository, params.ruleset_id);
    Object.assign(ruleset, wantedRuleset(body), { updatedAt: timestamp(hub) });
    hub.store.save(repository);
    return { status: 200, body: shown(call, ruleset) };
  }),
  repositoryRoute({ method: 'DELETE', path: '/rulesets/{ruleset_id}', needs: ['administration', 'write'] }, (call) => {
    const { hub, repository, params } = call;
    const { id } = rulesetOf(repository, params.ruleset_id);
    repository.rulesets = repository.rulesets.filter((ruleset) => ruleset.id !== id);
    hub.store.save(repository);
    return { status: 204 };
  }),
  // Protection is by rulesets alone; of the older kind there is none.
  repositoryRoute({ method: 'GET', path: '/branches/{branch}/protection', needs: ['metadata', 'read'] }, () => {
    throw new ApiError(404, 'Branch not protected');
  }),
];
