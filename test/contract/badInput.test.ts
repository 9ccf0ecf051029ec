/** Bad input that only real repositories show, from the pull request to the very sentence that people get. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import type { FakeForge } from '../../activities/github/fake.ts';
import { prepare } from '../../activities/landing/prepare.ts';
import { readPlan } from '../../activities/manifest/readPlan.ts';
import type { Member } from '../../src/changeset.ts';
import { failureSentence, outcomeSentence } from '../../src/report/phases.ts';
import type { Files, TestRoot } from '../support/repositories.ts';
import { CHECKOUT, twoMembers } from '../support/twoMembers.ts';
import { manifest } from '../support/world.ts';

const COORDINATOR = 'acme/coordinator';
const id = { coordinator: COORDINATOR, pullRequest: 12, name: 'checkout' };
const SCRIPT = 'scripts/run_integration_tests.sh';
const GOOD = manifest({ name: 'checkout', on: { 'acme/api': 'feature' } });

let root: TestRoot;
let remotes: ReturnType<typeof twoMembers>['remotes'];
let deps: ControlDeps;
let forge: FakeForge;

beforeEach(() => {
  ({ root, remotes, deps } = twoMembers());
  forge = deps.forge as FakeForge;
});
afterEach(() => root.remove());

/** What people read of a manifest pull request with these files, on a `main` with those. */
async function told(files: Files, { main = {}, from = COORDINATOR }: { main?: Files; from?: string } = {}) {
  const coordinator = root.remote(COORDINATOR);
  const configured: Files = {
    'lockstep.yaml': 'repositories: [acme/api, acme/web]\n',
    [SCRIPT]: { mode: '100755', content: 'exit 0\n' },
    ...main,
  };
  const base = coordinator.commit(configured, { branch: 'main' });
  const head = coordinator.commit({ ...configured, ...files }, { parents: [base], branch: 'change' });
  const about = { number: 12, title: 'Change', url: '', state: 'open' as const, draft: false, author: 'ann' };
  forge.state.pulls = [
    {
      ...about,
      ...{ repository: COORDINATOR, headRepository: from, head, headBranch: 'change', baseBranch: 'main' },
      files: Object.keys(files).map((path) => ({ path, change: 'added' as const })),
    },
  ];
  expect(await readPlan(deps, { pullRequest: 12 })).toEqual({ kind: 'invalid' });
  const [comment, ...more] = forge.state.comments.map(({ body }) => body);
  expect(more).toEqual([]);
  return comment?.split('\n').filter((line) => line.startsWith('- '));
}

/** What a changeset with these members comes to before its tests. */
async function comesTo(...members: Member[]): Promise<string> {
  const prepared = await prepare(deps, { id, changeset: { ...CHECKOUT, members }, author: 'ann' });
  if (prepared.kind === 'failed') return failureSentence(prepared.reason);
  if (prepared.kind !== 'nothing') return prepared.kind;
  return outcomeSentence({ kind: 'landed', members: prepared.vector.members, nothingToLand: true });
}

const api = (branch = 'feature') => ({ repository: 'acme/api', branch });

it('I25: a manifest from a fork is refused, and told what to do', async () => {
  expect(await told({ 'changesets/x.yaml': GOOD }, { from: 'mallory/coordinator' })).toEqual([
    '- `changesets/x.yaml:1:1` the branch is in a fork, where status commits cannot be pushed: push it to this repository and open the pull request from there',
  ]);
});

describe('I27: what is no regular file', () => {
  it.each<[string, Files]>([
    ['a symbolic link', { 'changesets/x.yaml': { mode: '120000', content: '/etc/passwd' } }],
    [
      'no regular file of at most 1 MiB',
      { 'changesets/x.yaml': { mode: '160000', content: '0123456789012345678901234567890123456789' } },
    ],
    ['no regular file of at most 1 MiB', { 'changesets/x.yaml': 'x'.repeat(1024 * 1024 + 1) }],
  ])('as a manifest: %s', async (what, files) => {
    expect(await told(files)).toEqual([`- \`changesets/x.yaml:1:1\` the manifest is ${what}: make it a regular file`]);
  });

  it.each([
    ['100644', 'exit 0\n'],
    ['120000', '/bin/true'],
  ])('as the script: mode %s', async (mode, content) => {
    const main = { [SCRIPT]: { mode, content } };
    expect(await told({ 'changesets/x.yaml': GOOD, [SCRIPT]: { mode, content } }, { main })).toEqual([
      `- \`${SCRIPT}:1:1\` it is not an executable file on the default branch (mode ${mode}): git update-index --chmod=+x ${SCRIPT.replaceAll('_', '\\_')}`,
    ]);
  });

  it('as lockstep.yaml', async () => {
    const main = { 'lockstep.yaml': { mode: '120000', content: '/etc/passwd' } };
    expect(await told({ 'changesets/x.yaml': GOOD, ...main }, { main })).toEqual([
      '- `lockstep.yaml:1:1` lockstep.yaml is no regular file',
    ]);
  });
});

it('I18: a repository that the App is not installed on, and one that is not there, are told with the same words', async () => {
  forge.state.rules.delete('acme/api');
  const words = (repository: string) => `the App is not installed on ${repository}: ask an admin to install it.`;
  expect(await comesTo(api())).toBe(words('acme/api'));
  expect(await comesTo({ repository: 'acme/nowhere', branch: 'feature' })).toBe(words('acme/nowhere'));
});

it('I23: a branch that is not there is told with the nearest one', async () => {
  expect(await comesTo(api('featuer'))).toBe(
    'acme/api has no branch featuer (did you mean feature?): push it, or correct the manifest.',
  );
  expect(await comesTo(api('something-else'))).toBe(
    'acme/api has no branch something-else: push it, or correct the manifest.',
  );
});

it('I49: among ten thousand branches too', async () => {
  const main = remotes['acme/api'].git('rev-parse', 'main');
  const lines = Array.from({ length: 10_000 }, (_, i) => `create refs/heads/many/${i} ${main}\n`).join('');
  execFileSync('git', [`--git-dir=${remotes['acme/api'].path}`, 'update-ref', '--stdin'], { input: lines });
  expect(await comesTo(api('many/9999x'))).toBe(
    'acme/api has no branch many/9999x (did you mean many/9999?): push it, or correct the manifest.',
  );
});

it('I22: a default branch of another name is no branch to land', async () => {
  const { git } = remotes['acme/api'];
  git('branch', 'trunk', 'main');
  git('symbolic-ref', 'HEAD', 'refs/heads/trunk');
  expect(await comesTo(api('trunk'))).toBe('trunk is the default branch of acme/api: name the branch to land on it.');
});

it('I24: a branch that is on main already lands as it is, and says so', async () => {
  remotes['acme/api'].git('update-ref', 'refs/heads/feature', 'main');
  expect(await comesTo(api())).toBe('Landed: everything in it was on main already.');
});

describe('I26: a branch that cannot be merged', () => {
  it('names the paths in conflict, fifty at most', async () => {
    const remote = remotes['acme/api'];
    const files = (word: string) => Object.fromEntries(Array.from({ length: 52 }, (_, i) => [`${100 + i}.txt`, word]));
    const base = remote.commit(files('one\n'), { branch: 'main' });
    remote.commit(files('two\n'), { parents: [base], branch: 'feature' });
    remote.commit(files('three\n'), { parents: [base], branch: 'main' });
    const named = Array.from({ length: 50 }, (_, i) => `${100 + i}.txt`).join(', ');
    expect(await comesTo(api())).toBe(`feature conflicts with main of acme/api in ${named} and 2 more.`);
  });

  it('of an unrelated history is refused', async () => {
    remotes['acme/api'].commit({ 'z.txt': 'z' }, { branch: 'feature' });
    expect(await comesTo(api())).toBe('feature of acme/api shares no history with main: start it from main.');
  });
});
