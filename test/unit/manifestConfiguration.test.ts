/** `lockstep.yaml`. */
import { describe, expect, it } from '@jest/globals';
import { problemLine } from '../../src/manifest/problem.ts';
import { readConfiguration } from '../../src/manifest/readConfiguration.ts';

const read = (text: string) => readConfiguration(text, { path: 'lockstep.yaml', coordinator: 'acme/coordinator' });
const told = (text: string) => {
  const result = read(text);
  return 'problems' in result ? result.problems.map(problemLine) : [];
};

describe('a good one', () => {
  it('is typed', () => {
    const text = `repositories:                 # the only repositories changesets may name
  - acme/contracts
  - acme/api
defaults:
  approval: required
  timeout: 90s
  approvalTimeout: 2h
  approvalByAuthor: true
parallelism: 8
interference: all
notify:
  mention: "@acme/release"
  slack: false
`;
    expect(read(text)).toEqual({
      configuration: {
        repositories: ['acme/contracts', 'acme/api'],
        defaults: {
          approval: 'required',
          timeoutMs: 90_000,
          approvalTimeoutMs: 7_200_000,
          limits: {},
          approvalByAuthor: true,
        },
        parallelism: 8,
        interference: 'all',
        notify: { mention: '@acme/release', slack: false },
      },
    });
  });

  it('has defaults for what it leaves out', () => {
    expect(read('repositories: [acme/api]')).toEqual({
      configuration: {
        repositories: ['acme/api'],
        defaults: {
          approval: 'none',
          timeoutMs: 1_800_000,
          approvalTimeoutMs: 604_800_000,
          limits: {},
          approvalByAuthor: false,
        },
        parallelism: 4,
        interference: 'repositories',
        notify: { slack: true },
      },
    });
  });
});

describe('a bad one', () => {
  it('is told everything at once', () => {
    const text =
      'repositores: [acme/api]\nrepositories:\n  - acme\ndefaults:\n  timeout: 30\n  approvalTimeout: 99d\nparallelism: 0\ninterference: some\nnotify:\n  mention: release\n  slack: yes\n';
    expect(told(text)).toEqual([
      'lockstep.yaml:1:1: repositores: unknown key "repositores"; did you mean "repositories"?',
      'lockstep.yaml:3:5: repositories[0]: "acme" is not a repository name (expected owner/name)',
      'lockstep.yaml:5:12: defaults.timeout: "30" is not a duration (expected 90s, 30m, 2h or 7d)',
      'lockstep.yaml:6:20: defaults.approvalTimeout: "99d" is out of range (expected 1s to 30d)',
      'lockstep.yaml:7:14: parallelism: expected a whole number from 1 to 100, found "0"',
      'lockstep.yaml:8:15: interference: expected repositories or all, found "some"',
      'lockstep.yaml:10:12: notify.mention: "release" is not a mention (expected "@user" or "@organization/team")',
      'lockstep.yaml:11:10: notify.slack: expected true or false, found "yes"',
    ]);
  });

  it('two repositories of one short name, one twice, or the coordinator', () => {
    expect(told('repositories:\n  - acme/api\n  - other/API\n  - Acme/Api\n  - acme/coordinator\n')).toEqual([
      'lockstep.yaml:3:5: repositories[1]: "other/API" has the same short name as "acme/api" on line 2: both would be ./API',
      'lockstep.yaml:4:5: repositories[2]: "Acme/Api" is there twice (first on line 2)',
      'lockstep.yaml:5:5: repositories[3]: "acme/coordinator" is the coordinator repository, which cannot be a member',
    ]);
  });

  it('empty', () => {
    expect(told('# nothing')).toEqual([
      'lockstep.yaml:1:1: the configuration is empty (expected repositories: with a list)',
    ]);
  });
});
