/** What on a branch would refuse the App's push: rulesets without bypass for it, and classic protection. */
import { RequestError } from '@octokit/request-error';
import type { RepositoryName } from '../../src/changeset.ts';
import { type BlockingRule, blockingRuleSentence, standsInTheWay } from '../../src/report/blockingRules.ts';
import type { Client } from './client.ts';
import { rulesetsOn } from './rulesets.ts';
import { type Place, type Session, unlessUnreadable } from './session.ts';

export async function blockingRules(
  session: Session,
  repository: RepositoryName,
  branch: string,
): Promise<string[] | undefined> {
  const { slug } = await session.app();
  const permissions = { metadata: 'read', contents: 'read' } as const;
  const found = await unlessUnreadable(
    session.in(repository, permissions, async (client, at) => {
      const rulesets = await rulesetsInTheWay(client, at, branch);
      const types = await protectionInTheWay(client, at, { branch, slug });
      return { rulesets, types };
    }),
  );
  if (!found) return undefined;
  const home = `${session.options.serverUrl}/${repository}`;
  const rules: BlockingRule[] = found.rulesets.map((ruleset) => ({ repository, branch, ...ruleset }));
  if (found.types.length > 0) rules.push({ repository, branch, url: `${home}/settings/branches`, types: found.types });
  return rules.map(blockingRuleSentence);
}

async function rulesetsInTheWay(
  client: Client,
  at: Place,
  branch: string,
): Promise<(Pick<BlockingRule, 'url' | 'types'> & { ruleset: string })[]> {
  const rulesets = await rulesetsOn(client, at, { branch, about: standsInTheWay });
  return rulesets
    .filter(({ bypass }) => bypass !== 'always')
    .map(({ name, url, types }) => ({ ruleset: name, url, types }));
}

async function protectionInTheWay(client: Client, at: Place, of: { branch: string; slug: string }): Promise<string[]> {
  const { data } = await client.rest.repos.getBranch({ ...at, branch: of.branch });
  if (data.protection?.enabled !== true) return [];
  try {
    const { data: protection } = await client.rest.repos.getBranchProtection({ ...at, branch: of.branch });
    return protectionTypes(protection, of.slug);
  } catch (error) {
    if (!(error instanceof RequestError && [403, 404].includes(error.status))) throw error;
    // Without administration rights only the checks are shown; the rest is seen when the push is refused.
    const checks = data.protection.required_status_checks;
    return checks && checks.enforcement_level !== 'off' && (checks.contexts ?? []).length > 0
      ? ['required_status_checks']
      : [];
  }
}

interface Protection {
  required_status_checks?: unknown;
  required_pull_request_reviews?: { bypass_pull_request_allowances?: { apps?: { slug?: string }[] } };
  required_signatures?: { enabled?: boolean };
  required_linear_history?: { enabled?: boolean };
  lock_branch?: { enabled?: boolean };
  restrictions?: { apps?: { slug?: string }[] } | null;
}

function protectionTypes(protection: object, slug: string): string[] {
  const given: Protection = protection;
  const allows = (apps: { slug?: string }[] | undefined) => (apps ?? []).some((app) => app.slug === slug);
  const reviews = given.required_pull_request_reviews;
  return [
    given.required_status_checks ? 'required_status_checks' : '',
    reviews && !allows(reviews.bypass_pull_request_allowances?.apps) ? 'pull_request' : '',
    given.required_signatures?.enabled ? 'required_signatures' : '',
    given.required_linear_history?.enabled ? 'required_linear_history' : '',
    given.lock_branch?.enabled ? 'lock_branch' : '',
    given.restrictions && !allows(given.restrictions.apps) ? 'restrictions' : '',
  ].filter(Boolean);
}
