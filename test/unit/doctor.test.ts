/** The doctor's verdicts on what a real set-up on one machine does not show. */
import { describe, expect, test } from '@jest/globals';
import { missingPrerequisites } from '../../scripts/setup/prerequisites.mjs';
import { APP_EVENTS, APP_PERMISSIONS } from '../../src/app.ts';
import { judgeApp, judgeHook, judgePing, judgeRedelivery } from '../../src/doctor/app.ts';
import type { AppFacts, BypassActor, RepositoryFacts, RulesetOnBranch } from '../../src/doctor/facts.ts';
import { type Finding, findingLine, summary } from '../../src/doctor/finding.ts';
import { judgeDisk, judgeGit, judgeSandbox, judgeTemporal, OLDEST_GIT } from '../../src/doctor/machine.ts';
import { judgeRepository } from '../../src/doctor/protection.ts';

const APP = 7;
const us: BypassActor = { type: 'Integration', id: APP, mode: 'always' };

function ruleset(name: string, types: string[], actors: BypassActor[]): RulesetOnBranch {
  const bypass = actors.some(({ id }) => id === APP) ? 'always' : 'never';
  return { id: name.length, name, url: `https://x/${name}`, types, checks: [], bypass, actors };
}

/** A member on which all is well, with changes. */
function member(change: Partial<RepositoryFacts> = {}): RepositoryFacts {
  return {
    repository: 'acme/api',
    isCoordinator: false,
    askedAsAdmin: true,
    url: 'https://x/acme/api',
    defaultBranch: 'main',
    onMain: [ruleset('updates', ['update'], [us]), ruleset('history', ['non_fast_forward', 'deletion'], [])],
    onStaging: [ruleset('staging', ['creation', 'update', 'deletion'], [us])],
    blocking: [],
    ...change,
  };
}

const wrongs = (findings: Finding[]) => findings.filter(({ state }) => state === 'wrong').map(({ says }) => says);
const faultsOf = (change: Partial<RepositoryFacts>) => wrongs(judgeRepository(member(change), APP));

describe('rules', () => {
  test('that are as they should be', () => {
    expect(judgeRepository(member(), APP).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  test.each<[BypassActor, string]>([
    [{ type: 'OrganizationAdmin', id: 1, mode: 'always' }, 'every owner of the organization'],
    [{ type: 'DeployKey', id: null, mode: 'always' }, 'every deploy key with write access'],
    [{ type: 'Team', id: 12, mode: 'pull_request' }, 'team 12 (by a pull request)'],
    [{ type: 'User', id: 3, mode: 'exempt' }, 'user 3'],
    [{ type: 'RepositoryRole', id: 2, mode: 'always' }, 'everybody with the role maintain'],
    [{ type: 'RepositoryRole', id: 99, mode: 'always' }, 'everybody with the role 99'],
  ])('that let %j through: it is named', (actor, who) => {
    const history = ruleset('history', ['non_fast_forward', 'deletion'], []);
    const faults = faultsOf({ onMain: [ruleset('updates', ['update'], [us, actor]), history] });
    expect(faults).toEqual([expect.stringContaining(`${who} can write to main past Lockstep`)]);
  });

  test('with someone on the list of one of two rulesets only: the other stops them', () => {
    const other: BypassActor = { type: 'Team', id: 1, mode: 'always' };
    const history = ruleset('history', ['non_fast_forward', 'deletion'], []);
    const both = [ruleset('one', ['update'], [us, other]), ruleset('two', ['update'], [us])];
    expect(faultsOf({ onMain: [...both, history] })).toEqual([]);
  });

  test('about history that somebody may bypass, and a ruleset that holds the App too', () => {
    const admins: BypassActor = { type: 'RepositoryRole', id: 5, mode: 'always' };
    const history = ruleset('history', ['non_fast_forward', 'deletion'], [admins]);
    expect(faultsOf({ onMain: [ruleset('updates', ['update'], [us]), history] })).toEqual([
      expect.stringContaining('forbids force-pushes, but not to all (everybody with the role admin)'),
      expect.stringContaining('forbids deletion, but not to all'),
    ]);
  });

  test('about history that the App may bypass, seen without anybody’s token', () => {
    const { actors: _, ...history } = ruleset('history', ['non_fast_forward', 'deletion'], [us]);
    const { actors: __, ...updates } = ruleset('updates', ['update'], [us]);
    expect(faultsOf({ askedAsAdmin: false, onMain: [updates, history] })).toEqual([
      expect.stringContaining('forbids force-pushes, but not to all (the App may step over it)'),
      expect.stringContaining('forbids deletion, but not to all (the App may step over it)'),
    ]);
  });

  test('that restrict nobody are not called well because no list was seen', () => {
    const history = ruleset('history', ['non_fast_forward', 'deletion'], []);
    const findings = judgeRepository(member({ onMain: [history] }), APP);
    expect(findings.find(({ about }) => about.endsWith('bypass lists'))).toBeUndefined();
    expect(wrongs(findings)).toEqual([expect.stringContaining('no ruleset restricts who updates it')]);
  });

  test('on staging branches that a rule for all branches gets in the way of', () => {
    const staging = ruleset('staging', ['creation', 'update', 'deletion'], [us]);
    const all = ruleset('signed everywhere', ['required_signatures'], []);
    expect(faultsOf({ onStaging: [staging, all] })).toEqual([
      expect.stringContaining('"signed everywhere" keeps Lockstep from its own branches'),
    ]);
  });

  test('on the coordinator whose check is of another App', () => {
    const checks = { ...ruleset('checks', ['required_status_checks'], []), checks: [{ context: 'lockstep', app: 8 }] };
    const findings = judgeRepository(member({ isCoordinator: true, onMain: [...member().onMain, checks] }), APP);
    expect(wrongs(findings)).toEqual([expect.stringContaining('only App 8 can set it: choose the App 7')]);
  });
});

describe('the App', () => {
  const app: AppFacts = {
    id: APP,
    slug: 'lockstep',
    settingsUrl: 'https://x/apps/lockstep',
    permissions: { ...APP_PERMISSIONS },
    events: [...APP_EVENTS],
    installations: [],
  };
  const there = { account: 'acme', url: 'https://x/installations/1', permissions: app.permissions, events: app.events };

  test('that may do more than read what it should only read', () => {
    const permissions = { ...app.permissions, metadata: 'write', workflows: 'write' };
    expect(wrongs(judgeApp({ ...app, permissions }))).toEqual([
      expect.stringContaining('has the permission metadata: write'),
      expect.stringContaining('has the permission workflows: write'),
    ]);
  });

  test('that is suspended', () => {
    expect(wrongs(judgeApp({ ...app, installations: [{ ...there, suspended: true }] }))).toEqual([
      expect.stringContaining('the App is suspended there, so nothing of acme can land'),
    ]);
  });

  test('without a webhook, or without its secret', () => {
    const hook = { hasSecret: false, verifiesTls: true, contentType: 'json' };
    expect(wrongs(judgeHook(hook, 'https://x', undefined))).toEqual([expect.stringContaining('has no webhook URL')]);
    const url = 'https://lockstep.example/webhooks/github';
    expect(wrongs(judgeHook({ ...hook, url }, 'https://x', undefined))).toEqual([
      expect.stringContaining('has no secret'),
    ]);
  });

  test.each([
    [judgePing({ kind: 'answered', code: 404 }, 'https://x'), 'wrong', /answered 404, expected 202/],
    [
      judgePing({ kind: 'failed', why: 'ECONNREFUSED' }, 'https://x'),
      'wrong',
      /cannot be reached from here \(ECONNREFUSED\)/,
    ],
    [judgeRedelivery({ kind: 'none' }, 'https://x'), 'unknown', /has sent nothing in the last days/],
    [judgeRedelivery({ kind: 'silent', afterS: 20 }, 'https://x'), 'unknown', /had not after 20 s/],
    [
      judgeRedelivery({ kind: 'answered', code: 503, status: '' }, 'https://x'),
      'wrong',
      /hand its delivery on to Temporal/,
    ],
  ])('whose webhook is tried', ([finding], state, says) => {
    expect(finding).toMatchObject({ state, says: expect.stringMatching(says) });
  });
});

describe('the machine', () => {
  const GIB = 1024 ** 3;

  test('with a full disk, or one without files left', () => {
    const disk = { folder: '/data', freeBytes: 80 * GIB };
    expect(wrongs(judgeDisk(disk))).toEqual([]);
    expect(wrongs(judgeDisk({ ...disk, freeBytes: 2 * GIB }))).toEqual([
      expect.stringContaining('/data has 2.0 GiB free'),
    ]);
    expect(wrongs(judgeDisk({ ...disk, freeFiles: 100 }))).toEqual([
      expect.stringContaining('room for 100 files more'),
    ]);
  });

  test('with a git as old as every command refuses, and no older', () => {
    const oldest = OLDEST_GIT.join('.');
    expect(wrongs(judgeGit(`git version ${oldest}.0 (Apple Git-1)`))).toEqual([]);
    expect(missingPrerequisites({ node: '20.0.0', git: `${oldest}.0` })).toEqual([]);
    const older = `${OLDEST_GIT[0]}.${OLDEST_GIT[1] - 1}.9`;
    expect(wrongs(judgeGit(`git version ${older}`))).toHaveLength(1);
    expect(missingPrerequisites({ node: '20.0.0', git: older })).toHaveLength(1);
    expect(wrongs(judgeGit('git version 3.0'))).toEqual([]);
    expect(wrongs(judgeGit(undefined))).toEqual([expect.stringContaining('found none on PATH')]);
    expect(wrongs(judgeGit('something else'))).toEqual([expect.stringContaining('found "something else"')]);
  });

  test('whose sandbox works', () => {
    expect(judgeSandbox('bubblewrap', undefined)).toEqual([expect.objectContaining({ state: 'ok' })]);
  });

  test('with a search attribute of another type', () => {
    const attributes = [{ name: 'LockstepStatus', type: 'Keyword', found: 'Int' }];
    const facts = { address: 'a:1', namespace: 'n', version: '1', hasNamespace: true, attributes };
    expect(wrongs(judgeTemporal(facts))).toEqual([
      expect.stringMatching(/is of type Int, expected Keyword.*search-attribute remove .* then temporal .* create/),
    ]);
  });
});

test('a finding is one line, whatever a name from outside holds', () => {
  const line = findingLine({ state: 'wrong', about: 'a', says: 'the ruleset "x\nok      y\u001b[31m\u202e\u2028z"' });
  expect(line).toBe('WRONG   a: the ruleset "x ok      y [31m z"');
});

test('only what is wrong fails, and what is unknown is counted', () => {
  const of = (state: Finding['state']): Finding => ({ state, about: 'a', says: 's' });
  expect(summary([of('ok'), of('unknown')])).toEqual({ line: 'doctor: 1 ok, 0 wrong, 1 unknown', isWell: true });
  expect(summary([of('ok'), of('wrong')]).isWell).toBe(false);
});
