/** A coordinator and two members on real git, with the control worker's dependencies on them. */
import { afterAll } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { createGit } from '../../activities/git/createGit.ts';
import { createFakeForge } from '../../activities/github/fake.ts';
import { parserInProcess } from '../../activities/manifest/parser/inProcess.ts';
import { alive, type TestRoot, testRoot } from './repositories.ts';

const COORDINATOR = 'acme/coordinator';

export const TWO_MEMBERS = ['acme/web', 'acme/api'].map((repository) => ({ repository, branch: 'feature' }));

/** A changeset of both, as it is planned. */
export const CHECKOUT = {
  name: 'checkout',
  priority: 0,
  approval: 'none' as const,
  members: TWO_MEMBERS,
  line: 1,
  after: [],
};

/** Made once for a test file, and copied for each test. */
let template: TestRoot | undefined;
afterAll(() => template?.remove());

function makeTemplate(): TestRoot {
  const root = testRoot();
  const coordinator = root.remote(COORDINATOR);
  coordinator.commit(
    { 'lockstep.yaml': 'repositories: [acme/api, acme/web]\n', 'scripts/run_integration_tests.sh': 'exit 0\n' },
    { branch: 'main' },
  );
  for (const { repository } of TWO_MEMBERS) {
    const remote = root.remote(repository);
    const base = remote.commit({ 'a.txt': 'one\n' }, { branch: 'main' });
    remote.commit({ 'a.txt': 'two\n' }, { parents: [base], branch: 'feature' });
  }
  return root;
}

export function twoMembers() {
  template ??= makeTemplate();
  const root = testRoot(template);
  const forge = createFakeForge({ coordinator: COORDINATOR });
  const remotes = { 'acme/api': root.remote('acme/api'), 'acme/web': root.remote('acme/web') };
  for (const name of Object.keys(remotes)) forge.state.rules.set(name, []);
  for (const name of [COORDINATOR, ...Object.keys(remotes)]) forge.state.permissions.set(`${name} ann`, 'write');
  /** Times that an activity waited, in ms; none of them passes. */
  const waited: number[] = [];
  const deps = {
    coordinator: COORDINATOR,
    git: createGit({
      dataDir: `${root.dir}/data`,
      remoteUrl: (repository) => `file://${root.dir}/remotes/${repository}.git`,
      protocols: ['file'],
    }),
    forge,
    parser: parserInProcess,
    settings: { pushLifeMs: 77, publishEveryMs: 0, refreshEveryMs: 1000, serverUrl: 'https://github.com' },
    now: () => 0,
    wait: async (ms: number) => {
      waited.push(ms);
    },
    live: alive,
    attempt: () => 1,
  } as Partial<ControlDeps> as ControlDeps;
  return { root, remotes, deps, waited };
}
