/**
 * `terraform/`: what it would make is what the local GitHub enforces and the doctor asks for. Three depths, each as far as the
 * machine goes: the files as HCL (always), the plan of `rules/` (with OpenTofu or Terraform), the whole with the provider.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@cdktn/hcl2json';
import { afterAll, describe, expect, test } from '@jest/globals';
import { inspectRepository } from '../../activities/github/inspect.ts';
import { createSession } from '../../activities/github/session.ts';
import { createTokens } from '../../activities/github/tokens.ts';
import type { LocalGitHub } from '../../server/local/github/index.ts';
import { APP_EVENTS, APP_PERMISSIONS, CHECK, WEBHOOK_PATH } from '../../src/app.ts';
import { STAGING_PREFIX } from '../../src/changeset.ts';
import { judgeRepository, notInstalled } from '../../src/doctor/protection.ts';
import { rulesetFaults } from '../support/terraform/hold.ts';
import { copyModule, findProgram, MODULE, type Plan, type Terraform } from '../support/terraform/run.ts';
import { cleanUp, startGitHub } from './github-support.ts';

const COORDINATOR = 'acme/coordinator';
const MEMBERS = ['acme/api', 'acme/web'];

const undo: (() => Promise<unknown>)[] = [cleanUp];
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

type Blocks = Record<string, Record<string, unknown>[]>;

/** Only what these tests look at. */
interface Parsed {
  resource: { github_repository_ruleset: Blocks };
  variable: Blocks;
  module: Blocks;
  terraform: { required_providers: { github: { version: string } }[] }[];
}

async function hcl(path: string): Promise<Parsed> {
  return (await parse(path, readFileSync(join(MODULE, path), 'utf8'))) as unknown as Parsed;
}

const namesOf = (blocks: Blocks) => Object.keys(blocks).sort();

describe('the files', () => {
  test('use of the provider only what its documentation has', async () => {
    const [ruleset = {}] = (await hcl('main.tf')).resource.github_repository_ruleset.lockstep ?? [];
    expect(rulesetFaults(ruleset)).toEqual([]);
  });

  test('are held to it: a misspelt rule, a missing word and a block too many are seen', () => {
    const rules = [{ updates: true, dynamic: { required_status_checks: [{ content: [{}] }] } }];
    expect(rulesetFaults({ name: 'x', repository: 'y', target: 'branch', conditions: [{}, {}], rules })).toEqual([
      'github_repository_ruleset: lacks enforcement',
      'github_repository_ruleset: more than 1 of conditions',
      'github_repository_ruleset.conditions: lacks the block ref_name',
      'github_repository_ruleset.conditions: lacks the block ref_name',
      'github_repository_ruleset.rules: the provider has no updates',
      'github_repository_ruleset.rules.required_status_checks: lacks the block required_check',
    ]);
  });

  test('hand every variable on, and the example gives all that have no default', async () => {
    const [root, rules] = [await hcl('variables.tf'), await hcl('rules/variables.tf')];
    const [main, example] = [await hcl('main.tf'), await hcl('example/main.tf')];
    expect(namesOf(root.variable)).toEqual([...namesOf(rules.variable), 'owner'].sort());
    const [handedOn = {}] = main.module.rules ?? [];
    expect(Object.keys(handedOn).sort()).toEqual([...namesOf(rules.variable), 'source'].sort());
    const [given = {}] = example.module.lockstep ?? [];
    const needed = Object.entries(root.variable).filter(([, [one]]) => one !== undefined && !('default' in one));
    expect(Object.keys(given)).toEqual(expect.arrayContaining(needed.map(([name]) => name)));
    expect(namesOf(root.variable)).toEqual(
      expect.arrayContaining(Object.keys(given).filter((name) => name !== 'source')),
    );
  });

  test('ask for one version of the provider everywhere', async () => {
    const versions = (await Promise.all(['versions.tf', 'example/main.tf'].map(hcl))).map(
      ({ terraform: [settings] }) => settings?.required_providers[0]?.github.version,
    );
    expect(new Set(versions)).toEqual(new Set(['>= 6.13, < 7.0']));
  });
});

const program = await findProgram();

(program === undefined ? describe.skip : describe)('planned without the provider (tofu or terraform on PATH)', () => {
  let terraform: Terraform;
  const start = async () => {
    terraform ??= await copyModule(String(program));
    undo.push(terraform.remove);
    expect(await terraform.run(['init', '-no-color', '-input=false'], { in: 'rules' })).toMatchObject({ code: 0 });
  };
  const variables = { app_id: 1, coordinator: COORDINATOR, members: MEMBERS };
  const plan = (more: Record<string, unknown> = {}): Promise<Plan> =>
    terraform.plan({ in: 'rules', variables: { ...variables, ...more } });

  test('is formatted and valid', async () => {
    await start();
    expect(await terraform.run(['fmt', '-check', '-recursive', '-no-color'])).toEqual({
      code: 0,
      output: expect.anything(),
    });
    expect(await terraform.run(['validate', '-no-color'], { in: 'rules' })).toMatchObject({ code: 0 });
  });

  test('makes the very rulesets that the local GitHub enforces', async () => {
    const { outputs } = (await plan()).planned_values;
    const github = await startGitHub();
    for (const name of [COORDINATOR, ...MEMBERS]) await github.admin.createRepository(name);
    github.admin.protect(COORDINATOR, { coordinator: true, requiredChecks: [CHECK] });
    for (const name of MEMBERS) github.admin.protect(name);
    expect(plannedRulesets(outputs).sort(byName)).toEqual(enforcedRulesets(github).sort(byName));
    expect(outputs.required_check?.value).toEqual({ context: CHECK, integration_id: github.app.id });
  });

  test('lets nobody but those who are named past the coordinator, and them by a pull request', async () => {
    const team = { actor_type: 'Team', actor_id: 4711 };
    const { outputs } = (await plan({ maintainers: [team] })).planned_values;
    const rulesets = outputs.rulesets?.value as Record<string, { bypass: unknown[] }>;
    const [updates, checks] = [rulesets[`${COORDINATOR}/updates`], rulesets[`${COORDINATOR}/checks`]];
    const people = { ...team, bypass_mode: 'pull_request' };
    expect(updates?.bypass).toEqual([expect.objectContaining({ actor_type: 'Integration', actor_id: 1 }), people]);
    expect(checks?.bypass).toEqual([people]);
  });

  test('names the App and its least rights as the code has them', async () => {
    const webhook_url = `https://lockstep.example.org${WEBHOOK_PATH}`;
    const { outputs } = (await plan({ webhook_url, app_name: 'acme-lockstep' })).planned_values;
    expect(outputs.app_permissions?.value).toEqual(APP_PERMISSIONS);
    expect(outputs.app_events?.value).toEqual(APP_EVENTS);
    expect(JSON.parse(String(outputs.app_manifest?.value))).toEqual({
      name: 'acme-lockstep',
      url: `https://github.com/${COORDINATOR}`,
      public: false,
      hook_attributes: { url: webhook_url, active: true },
      default_permissions: APP_PERMISSIONS,
      default_events: APP_EVENTS,
    });
  });

  test.each([
    [{ app_id: 0 }, /Expected the App's id/],
    [{ coordinator: 'acme' }, /Expected owner\/name/],
    [{ members: ['api'] }, /Expected owner\/name for each/],
    [{ members: [] }, /Expected at least one member/],
    [{ members: ['acme/Coordinator'] }, /The coordinator cannot be a member/],
    [{ maintainers: [{ actor_type: 'Person', actor_id: 1 }] }, /Expected RepositoryRole, Team/],
    [{ webhook_url: 'https://lockstep.example.org/' }, /Expected an address that ends with \/webhooks\/github/],
  ])('refuses %j, and says why', async (more, says) => {
    await expect(plan(more)).rejects.toThrow(says);
  });
});

interface Named {
  repository: string;
  name: string;
}

const byName = (one: Named, other: Named) =>
  `${one.repository} ${one.name}` < `${other.repository} ${other.name}` ? -1 : 1;

function plannedRulesets(outputs: Plan['planned_values']['outputs']): Named[] {
  const rulesets = Object.values(outputs.rulesets?.value as Record<string, Named & { bypass: unknown }>);
  return rulesets.map(({ bypass, ...one }) => ({ ...one, bypassActors: bypass }));
}

function enforcedRulesets({ admin }: LocalGitHub): Named[] {
  return [COORDINATOR, ...MEMBERS].flatMap((repository) =>
    admin.rulesets(repository).map(({ name, include, rules, bypassActors }) => ({
      repository,
      name,
      include,
      rules: rules.map(({ type }) => type),
      bypassActors,
    })),
  );
}

/** Where the registry is reached, or the machine's own configuration names a mirror of it. */
const provided = program === undefined ? undefined : await copyWithProvider(program);

async function copyWithProvider(name: string): Promise<Terraform | undefined> {
  const terraform = await copyModule(name);
  undo.push(terraform.remove);
  const { code } = await terraform.run(['init', '-no-color', '-input=false'], { in: 'example' });
  return code === 0 ? terraform : undefined;
}

(provided === undefined ? describe.skip : describe)('with the provider (where its registry can be reached)', () => {
  const example = (args: string[], env = {}) => provided?.run(args, { in: 'example', env }) ?? Promise.reject();

  test('is valid', async () => {
    expect(await example(['validate', '-no-color'])).toMatchObject({ code: 0 });
  });

  test('is planned, made, and then the doctor has nothing to say; a second plan changes nothing', async () => {
    const github = await startGitHub({ app: { id: 123456, slug: 'lockstep' } });
    const all = [COORDINATOR, 'acme/contracts', ...MEMBERS];
    const { token } = github.admin.addPerson('root');
    for (const name of all) {
      await github.admin.createRepository(name);
      github.admin.setRole('root', name, 'admin');
    }
    const env = { GITHUB_BASE_URL: `${github.apiUrl}/`, GITHUB_TOKEN: token };
    const planned = await provided?.plan({ in: 'example', env });
    expect(planned?.resource_changes?.map(({ change }) => change.actions)).toEqual(Array(13).fill(['create']));
    expect(await example(['apply', '-no-color', '-auto-approve', 'plan'], env)).toMatchObject({ code: 0 });
    expect(await faults(github, all, token)).toEqual([]);
    expect(await example(['plan', '-no-color', '-detailed-exitcode'], env)).toMatchObject({ code: 0 });
  });
});

/** What the doctor finds wrong with the rules. */
async function faults(github: LocalGitHub, repositories: string[], adminToken: string) {
  const { id: appId, privateKeyPem: privateKey } = github.app;
  const common = { apiUrl: github.apiUrl, pacing: 'none' as const };
  const tokens = createTokens({ ...common, appId, privateKey });
  const session = createSession({ ...common, coordinator: COORDINATOR, serverUrl: github.url, tokens });
  const facts = await Promise.all(
    repositories.map((repository) => inspectRepository(session, { repository, coordinator: COORDINATOR, adminToken })),
  );
  const findings = facts.flatMap((one) =>
    one === undefined ? [notInstalled('a repository')] : judgeRepository(one, appId),
  );
  return findings.filter(({ state }) => state !== 'ok');
}

test('branches of landings are what the staging ruleset covers', () => {
  expect(readFileSync(join(MODULE, 'rules/main.tf'), 'utf8')).toContain(`["refs/heads/${STAGING_PREFIX}**/*"]`);
});

if (program === undefined || provided === undefined) {
  const what =
    program === undefined ? 'neither tofu nor terraform is on PATH' : "the provider's registry cannot be reached";
  process.stderr.write(`terraform/: ${what}, so it is tested only as far as that allows (see the skipped tests)\n`);
}
