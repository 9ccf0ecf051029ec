/** An operator asks the doctor: all is well on a good set-up, and each fault on purpose has its line, with what to do. */
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import type { Permissions } from '../../server/local/github/types.ts';
import { createNamespace } from '../../server/local/temporal/namespace.ts';
import { freePort } from '../../server/local/temporal/server.ts';
import { attributeFaults } from '../../server/temporal/search-attributes.ts';
import { APP_EVENTS, APP_PERMISSIONS } from '../../src/app.ts';
import { program } from '../support/program.ts';
import { until } from '../support/until.ts';
import { COORDINATOR, createWorld, type World } from '../support/world.ts';

const MEMBER = 'acme/api';
const SANDBOXED = process.env.LOCKSTEP_TEST_SANDBOX !== 'none';

let world: World;
let adminToken = '';
beforeAll(async () => {
  world = await createWorld({ members: [MEMBER, 'acme/web'], workers: false });
  adminToken = world.github.admin.addPerson('root').token;
  for (const name of [COORDINATOR, MEMBER, 'acme/web']) world.github.admin.setRole('root', name, 'admin');
});
afterAll(() => world.stop());

/** What a test changed is put back, so that each begins on a good set-up. */
const mend: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of mend.splice(0).reverse()) await step();
});

async function doctor(env: Record<string, string> = {}) {
  const run = await execa(process.execPath, program('server/doctor/main.ts'), {
    env: { PATH: process.env.PATH, ...world.environment, GITHUB_ADMIN_TOKEN: adminToken, ...env },
    extendEnv: false,
    reject: false,
  });
  const lines = run.stdout.split('\n').filter((line) => SANDBOXED || !line.includes('LOCKSTEP_SANDBOX=none'));
  const having = (word: string) => lines.filter((line) => line.startsWith(`${word} `));
  return { code: run.exitCode, stderr: run.stderr, lines, wrong: having('WRONG'), unknown: having('unknown') };
}

/** The one line that a fault gives, and nothing else wrong. */
async function faultLine(env: Record<string, string> = {}): Promise<string> {
  const { code, wrong, lines } = await doctor(env);
  expect(code).toBe(1);
  expect({ wrong, lines: wrong.length === 1 ? [] : lines }).toEqual({ wrong: [expect.anything()], lines: [] });
  return String(wrong[0]);
}

function changeRuleset(repository: string, name: string, change: Parameters<typeof edit>[2]): void {
  const before = world.github.admin.rulesets(repository).find((one) => one.name === name);
  if (before === undefined) throw new Error(`no ruleset ${name}`);
  mend.push(() => edit(repository, name, before));
  edit(repository, name, change);
}

function edit(repository: string, name: string, change: Parameters<World['github']['admin']['editRuleset']>[2]): void {
  world.github.admin.editRuleset(repository, name, change);
}

/** Nothing is on a branch of that name. */
const AWAY = { include: ['refs/heads/nowhere'] };
const UPDATES = 'only the App updates main';
const HISTORY = 'no force-push, no deletion';
const STAGING = 'only the App touches staging branches';
const CHECKS = 'required checks';

describe('on a good set-up', () => {
  test('all is well, one line for each thing', async () => {
    const { code, lines, wrong, unknown } = await doctor();
    expect({ wrong, unknown }).toEqual({ wrong: [], unknown: [] });
    if (SANDBOXED) expect(code).toBe(0);
    expect(lines.at(-1)).toMatch(/^doctor: \d+ ok, \d wrong, 0 unknown$/);
    for (const about of [
      /^ok {6}git: version 2/,
      /^ok {6}disk: .* GiB free in /,
      /^ok {6}Temporal: version .* answers at /,
      /^ok {6}search attributes: namespace e2e-/,
      /^ok {6}App lockstep: has the permissions that it needs, and no others$/,
      /^ok {6}App lockstep: hears check_run and issue_comment and pull_request$/,
      /^ok {6}App in acme: /,
      /^ok {6}webhook: GitHub sends to http.*, signed$/,
      /^ok {6}webhook ping: /,
      /^ok {6}webhook from GitHub: its last delivery, sent once more, was taken$/,
      /^ok {6}acme\/coordinator main: updates are restricted, and the App may pass$/,
      /^ok {6}acme\/coordinator main: the check lockstep of the App is required$/,
      /^ok {6}acme\/web main: updates are restricted, and the App may pass$/,
      /^ok {6}acme\/web main: force-pushes and deletion are forbidden, to the App too$/,
      /^ok {6}acme\/web lockstep\/…: staging branches are restricted, and the App may pass$/,
      /^ok {6}acme\/web bypass lists: nobody but the App could write to it$/,
    ]) {
      expect(lines.filter((line) => about.test(line))).toHaveLength(1);
    }
    expect(lines.join('\n')).not.toContain(adminToken);
  });

  test('without an administrator it says what it cannot see, and that this is no green', async () => {
    const { wrong, unknown, lines } = await doctor({ GITHUB_ADMIN_TOKEN: '' });
    expect(wrong).toEqual([]);
    expect(unknown).toEqual([expect.stringMatching(/bypass lists: .*GITHUB_ADMIN_TOKEN_FILE/)]);
    expect(lines.at(-1)).toMatch(/1 unknown$/);
  });
});

describe('rules', () => {
  test.each([
    [
      UPDATES,
      MEMBER,
      /acme\/api main: no ruleset restricts who updates it, so everybody with write access pushes past/,
    ],
    [STAGING, MEMBER, /acme\/api lockstep\/…: everybody with write access can make, move, delete them/],
    [
      CHECKS,
      COORDINATOR,
      /acme\/coordinator main: the check lockstep is not required, so a manifest's pull request can/,
    ],
  ])('without the ruleset "%s"', async (name, repository, says) => {
    changeRuleset(repository, name, AWAY);
    expect(await faultLine()).toMatch(says);
  });

  test('without the ruleset about history: force-pushes and deletion', async () => {
    changeRuleset(MEMBER, HISTORY, AWAY);
    const { code, wrong } = await doctor();
    expect(code).toBe(1);
    expect(wrong).toEqual([
      expect.stringContaining('acme/api main: no ruleset forbids force-pushes'),
      expect.stringContaining('acme/api main: no ruleset forbids deletion'),
    ]);
  });

  const APP = { actor_type: 'Integration', bypass_mode: 'always' } as const;
  const app = () => ({ ...APP, actor_id: world.github.app.id });
  const WRITERS = { actor_type: 'RepositoryRole', actor_id: 4 } as const;

  test.each([
    [
      'another App',
      () => [app(), { ...APP, actor_id: 99 }],
      /the App 99 can write to main past Lockstep: take them off/,
    ],
    [
      'a role',
      () => [app(), { ...WRITERS, bypass_mode: 'always' as const }],
      /everybody with the role write can write to main past Lockstep/,
    ],
    [
      'a role by pull requests',
      () => [app(), { ...WRITERS, bypass_mode: 'pull_request' as const }],
      /everybody with the role write \(by a pull request\) can write to main past Lockstep/,
    ],
  ])('with %s on the bypass list of a member', async (_, bypassActors, says) => {
    changeRuleset(MEMBER, UPDATES, { bypassActors: bypassActors() });
    expect(await faultLine()).toMatch(says);
  });

  test('with a second ruleset that does not name the other, nobody else gets through', async () => {
    changeRuleset(MEMBER, UPDATES, { bypassActors: [app(), { ...APP, actor_id: 99 }] });
    changeRuleset('acme/api', STAGING, {
      include: ['~DEFAULT_BRANCH', 'refs/heads/lockstep/**/*'],
    });
    expect((await doctor()).wrong).toEqual([]);
  });

  test('where the App may not pass', async () => {
    changeRuleset(MEMBER, UPDATES, { bypassActors: [] });
    expect(await faultLine()).toMatch(
      /"only the App updates main" on main of acme\/api .* put the App on its bypass list/,
    );
  });

  test('where the App itself may force-push', async () => {
    changeRuleset(MEMBER, HISTORY, { bypassActors: [app()], rules: [{ type: 'non_fast_forward' }] });
    changeRuleset(MEMBER, STAGING, { rules: [{ type: 'creation' }, { type: 'update' }, { type: 'deletion' }] });
    const { wrong } = await doctor();
    expect(wrong).toEqual([
      expect.stringContaining(
        'acme/api main: the ruleset "no force-push, no deletion" forbids force-pushes, but not to all',
      ),
      expect.stringContaining('acme/api main: no ruleset forbids deletion'),
    ]);
  });

  test('where people push past the rules of the coordinator', async () => {
    changeRuleset(COORDINATOR, CHECKS, { bypassActors: [{ ...WRITERS, bypass_mode: 'always' }] });
    expect(await faultLine()).toMatch(
      /the role write can push past the required check: let them bypass "For pull requests/,
    );
  });

  test('where anybody can set the check', async () => {
    const rule = {
      type: 'required_status_checks' as const,
      parameters: { required_status_checks: [{ context: 'lockstep' }] },
    };
    changeRuleset(COORDINATOR, CHECKS, { rules: [rule] });
    expect(await faultLine()).toMatch(
      /the check lockstep is required, but anybody with write access can set it: choose the App/,
    );
  });

  test('where Lockstep cannot make its own branches', async () => {
    changeRuleset(MEMBER, STAGING, { bypassActors: [] });
    expect(await faultLine()).toMatch(/"only the App touches staging branches" keeps Lockstep from its own branches/);
  });

  test('where the App is not installed', async () => {
    world.github.admin.setInstalled(MEMBER, false);
    mend.push(() => world.github.admin.setInstalled(MEMBER, true));
    expect(await faultLine()).toMatch(/acme\/api: the App is not installed on it/);
  });

  test('where the token that was lent may not see bypass lists', async () => {
    const { token } = world.github.admin.addPerson('ann');
    const { wrong, unknown } = await doctor({ GITHUB_ADMIN_TOKEN: token });
    expect(wrong).toEqual([]);
    expect(unknown).toHaveLength(3);
    expect(unknown[0]).toMatch(/GITHUB_ADMIN_TOKEN may not see who steps over "only the App updates main"/);
  });
});

describe('the App', () => {
  const permissions = { ...APP_PERMISSIONS } as Permissions;
  const events = [...APP_EVENTS];
  const setApp = (change: Parameters<World['github']['admin']['setApp']>[0]) => {
    mend.push(() => world.github.admin.setApp({ permissions, events, granted: undefined }));
    world.github.admin.setApp(change);
  };

  test('lacks a permission', async () => {
    setApp({ permissions: { ...permissions, checks: 'read' } });
    expect(await faultLine()).toMatch(
      /App lockstep: lacks the permission checks: write \(found read\).*settings\/apps\/lockstep/,
    );
  });

  test('has one that it does not need', async () => {
    setApp({ permissions: { ...permissions, administration: 'write' } });
    expect(await faultLine()).toMatch(/has the permission administration: write, which it does not need/);
  });

  test('does not hear an event', async () => {
    setApp({ events: events.filter((event) => event !== 'check_run') });
    expect(await faultLine()).toMatch(/does not hear the event check_run/);
  });

  test('waits for an owner to accept', async () => {
    setApp({ granted: { permissions: { ...permissions, checks: 'read' }, events: ['check_run'] } });
    expect(await faultLine()).toMatch(
      /App in acme: has not accepted .*\(checks: write, issue_comment, pull_request\): an owner accepts it/,
    );
  });

  test('has another key', async () => {
    const { code, wrong } = await doctor({ GITHUB_APP_ID: '4711' });
    expect(code).toBe(1);
    expect(wrong[0]).toMatch(/App: GitHub refuses the App's key/);
  });
});

describe('the webhook', () => {
  const { url, secret } = { url: () => `${world.serverUrl}/webhooks/github`, secret: () => world.secret };
  const setWebhook = async (...args: Parameters<World['github']['admin']['setWebhook']>) => {
    mend.push(async () => {
      world.github.admin.setWebhook(url(), secret());
      await world.github.admin.settled();
    });
    world.github.admin.setWebhook(...args);
    await world.github.admin.settled();
  };

  test('has another secret at GitHub', async () => {
    await setWebhook(url(), 'another');
    expect(await faultLine()).toMatch(
      /webhook from GitHub: GitHub signs with another secret than the server's \(401\)/,
    );
  });

  test('has another secret here', async () => {
    const line = await faultLine({ GITHUB_WEBHOOK_SECRET: 'another' });
    expect(line).toMatch(/webhook ping: the server at .* refuses the webhook secret of this environment \(401\)/);
  });

  test('goes somewhere else', async () => {
    const elsewhere = `http://127.0.0.1:${await freePort()}/webhooks/github`;
    await setWebhook(elsewhere, secret());
    const { wrong } = await doctor();
    expect(wrong).toEqual([
      expect.stringContaining(`webhook: GitHub sends to ${elsewhere}, expected ${url()} (LOCKSTEP_PUBLIC_URL)`),
      expect.stringContaining('sent once more, was not taken (502 failed to connect to host)'),
    ]);
  });

  test('goes to another path', async () => {
    await setWebhook(`${world.serverUrl}/hooks`, secret());
    const { wrong } = await doctor({ LOCKSTEP_PUBLIC_URL: '' });
    expect(wrong).toEqual([
      expect.stringContaining('but Lockstep listens at /webhooks/github only'),
      expect.stringContaining('was not taken (404'),
    ]);
  });

  test('is neither JSON nor safe', async () => {
    await setWebhook(url(), secret(), { contentType: 'form', insecureSsl: '1' });
    const { wrong } = await doctor();
    expect(wrong).toEqual([
      expect.stringContaining('webhook: its content type is form'),
      expect.stringContaining('webhook: TLS is not verified'),
    ]);
  });
});

describe('Temporal', () => {
  test('lacks a search attribute', async () => {
    const namespace = `${world.namespace}-bare`;
    await createNamespace(world.address, namespace);
    const connection = await Connection.connect({ address: world.address });
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['LockstepStatus'] });
    await until('it to be gone', async () => (await attributeFaults(connection, namespace)).length > 0);
    await connection.close();
    const create = `temporal operator search-attribute create --namespace ${namespace} --name LockstepStatus --type Keyword`;
    expect(await faultLine({ TEMPORAL_NAMESPACE: namespace })).toContain(create);
  });

  test('lacks the namespace', async () => {
    expect(await faultLine({ TEMPORAL_NAMESPACE: 'nowhere' })).toMatch(
      /there is no namespace nowhere: temporal operator namespace create/,
    );
  });

  test('is away', async () => {
    const line = await faultLine({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` });
    expect(line).toMatch(/Temporal: cannot be reached at 127\.0\.0\.1:\d+ \(/);
  });
});

describe('the machine', () => {
  /** A PATH with one git and nothing else. */
  const pathWith = (git: { says: string } | { is: string }) => {
    const folder = mkdtempSync(join(world.folder, 'path-'));
    if ('is' in git) symlinkSync(git.is, join(folder, 'git'));
    else writeFileSync(join(folder, 'git'), `#!/bin/sh\necho "${git.says}"\n`, { mode: 0o755 });
    return folder;
  };

  test('has an old git', async () => {
    const PATH = `${pathWith({ says: 'git version 2.34.1' })}:${process.env.PATH}`;
    expect(await faultLine({ PATH })).toMatch(/git: git 2\.38 or newer is needed, found 2\.34\.1/);
  });

  test('has no sandbox', async () => {
    const { stdout: git } = await execa('which', ['git']);
    const line = await faultLine({ PATH: pathWith({ is: git }), LOCKSTEP_SANDBOX: 'bubblewrap' });
    expect(line).toMatch(/sandbox: bubblewrap .*not.*: install or mend it|sandbox: bubblewrap needs Linux/);
  });

  test('runs tests without one by choice', async () => {
    const { code, stdout } = await execa(process.execPath, program('server/doctor/main.ts'), {
      env: { PATH: process.env.PATH, ...world.environment, LOCKSTEP_SANDBOX: 'none' },
      extendEnv: false,
      reject: false,
    }).then(({ exitCode, stdout }) => ({ code: exitCode, stdout }));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^WRONG {3}sandbox: LOCKSTEP_SANDBOX=none/m);
  });

  test('has a bad environment: everything at once, and nothing is looked at', async () => {
    const { code, stderr, lines } = await doctor({
      LOCKSTEP_COORDINATOR: '',
      GITHUB_ADMIN_TOKEN: '',
      GITHUB_ADMIN_TOKEN_FILE: '/nonexistent',
    });
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /2 problems[\s\S]*LOCKSTEP_COORDINATOR: is not set[\s\S]*GITHUB_ADMIN_TOKEN_FILE: \/nonexistent cannot be read/,
    );
    expect(lines).toEqual(['']);
  });
});

test('where GitHub is away, that is the line, and not a stack', async () => {
  const { code, wrong, lines } = await doctor({ GITHUB_API_URL: `http://127.0.0.1:${await freePort()}/api/v3` });
  expect(code).toBe(1);
  expect(wrong[0]).toMatch(/GitHub: could not be looked at \(/);
  expect(lines.join('\n')).not.toMatch(/\n\s+at /);
});
