/** Rules on branches, readable as GitHub shows them. They are set by the administrator (admin.ts), not by REST. */
import { ApiError, notFound } from '../errors.ts';
import { page, type Route, repositoryRoute } from '../rest.ts';
import { covers } from '../rules.ts';
import { subjectOf } from '../users.ts';
import { branchRuleViews, rulesetItemView, rulesetView } from '../views/ruleset.ts';

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
    const { hub, repository, params, actor } = call;
    const ruleset = repository.rulesets.find((one) => one.id === Number(params.ruleset_id));
    if (ruleset === undefined) throw notFound();
    const subject = subjectOf(hub, repository, actor.login);
    return { status: 200, body: rulesetView(hub, repository, { ruleset, subject }) };
  }),
  // Protection is by rulesets alone; of the older kind there is none.
  repositoryRoute({ method: 'GET', path: '/branches/{branch}/protection', needs: ['metadata', 'read'] }, () => {
    throw new ApiError(404, 'Branch not protected');
  }),
];
