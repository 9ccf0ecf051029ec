/** A ruleset as REST is asked to make it; what the local GitHub cannot enforce is refused, never quietly left out. */
import { z } from 'zod';
import { bodyAs } from './rest.ts';
import type { BypassActor, Rule } from './types.ts';

const PLAIN = z.object({
  type: z.enum([
    'creation',
    'update',
    'deletion',
    'non_fast_forward',
    'required_linear_history',
    'required_signatures',
  ]),
  parameters: z.unknown().optional(),
});
const PULL_REQUEST = z.object({
  type: z.literal('pull_request'),
  parameters: z.object({ required_approving_review_count: z.number() }),
});
const CHECKS = z.object({
  type: z.literal('required_status_checks'),
  parameters: z.object({
    required_status_checks: z.array(z.object({ context: z.string(), integration_id: z.number().optional() })),
  }),
});
const RULESET = z.object({
  name: z.string().min(1),
  target: z.literal('branch').optional(),
  enforcement: z.literal('active'),
  bypass_actors: z
    .array(
      z.object({
        actor_type: z.enum(['Integration', 'RepositoryRole', 'Team', 'OrganizationAdmin', 'DeployKey']),
        actor_id: z.number().nullable(),
        bypass_mode: z.enum(['always', 'pull_request']).default('always'),
      }),
    )
    .optional(),
  conditions: z.object({ ref_name: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }) }),
  rules: z.array(z.discriminatedUnion('type', [PLAIN, PULL_REQUEST, CHECKS])),
});

export interface WantedRuleset {
  name: string;
  rules: Rule[];
  bypassActors: BypassActor[];
  include: string[];
  exclude: string[];
}

export function wantedRuleset(body: unknown): WantedRuleset {
  const { name, rules, bypass_actors: bypassActors = [], conditions } = bodyAs<z.infer<typeof RULESET>>(RULESET, body);
  return { name, bypassActors, rules: rules.map(ruleOf), ...conditions.ref_name };
}

function ruleOf(rule: z.infer<typeof RULESET>['rules'][number]): Rule {
  switch (rule.type) {
    case 'pull_request':
      return rule;
    case 'required_status_checks': {
      const checks = rule.parameters.required_status_checks.map(({ context, integration_id: id }) => ({
        context,
        ...(id !== undefined && { integration_id: id }),
      }));
      return { type: rule.type, parameters: { required_status_checks: checks } };
    }
    default:
      return { type: rule.type };
  }
}
