/** GitHub in memory: pull requests over the repositories in memory, webhooks that may be lost, and what people may do there. */
import { createFakeForge, type FakeForge } from '../activities/github/fake.ts';
import type { Forge } from '../src/ports.ts';
import type { Remote, Repositories } from './git.ts';

export const COORDINATOR = 'acme/coordinator';

export interface GitHub {
  forge: Forge;
  state: FakeForge['state'];
  /** Webhooks on their way. */
  webhooks: { pullRequest: number; delivery: string }[];
  open(branch: string): number;
  /** A branch of the coordinator moved: pull requests follow it, perhaps later, as REST lags behind git. */
  follow(branch: string): void;
  /** What REST has not noticed yet. */
  lagging: string[];
  notice(branch: string): void;
  edit(pullRequest: number, change: { state?: 'open' | 'closed'; draft?: boolean }): void;
  branchOf(pullRequest: number): string;
}

export function createGitHub(about: {
  repositories: Repositories;
  members: string[];
  remote: Remote;
  /** How often a webhook comes: 0, 1, 2. */
  copies(): number;
  lags(): boolean;
  /** Somebody closed it, made it a draft, or opened it again. */
  openness(pullRequest: number, isOpen: boolean): void;
}): GitHub {
  const { repositories, remote, members } = about;
  const fake = createFakeForge({ coordinator: COORDINATOR });
  const { state } = fake;
  for (const name of members) state.rules.set(name, []);
  for (const name of [COORDINATOR, ...members]) state.permissions.set(`${name} ann`, 'write');
  const webhooks: GitHub['webhooks'] = [];
  const lagging: string[] = [];
  let deliveries = 0;
  const find = (number: number) => {
    const pull = state.pulls.find((one) => one.number === number);
    if (pull === undefined) throw new Error(`there is no pull request #${number}`);
    return pull;
  };
  const tell = (pullRequest: number) => {
    deliveries += 1;
    for (let i = about.copies(); i > 0; i--) webhooks.push({ pullRequest, delivery: `d${deliveries}` });
  };

  function notice(branch: string): void {
    for (const pull of state.pulls) {
      if (pull.headBranch !== branch || pull.state === 'closed') continue;
      pull.head = repositories.ref(COORDINATOR, branch) ?? pull.head;
      tell(pull.number);
    }
  }

  const forge: Forge = {
    ...wrapped(fake, remote),
    changedFiles: (number) =>
      remote(`files of #${number}`, () => {
        const { head } = find(number);
        const main = repositories.filesOf(repositories.ref(COORDINATOR, 'main') ?? '');
        const files = repositories.filesOf(head);
        const paths = Object.keys(files).filter((path) => files[path] !== main[path]);
        return paths.map((path) => ({ path, change: 'added' as const }));
      }),
    mergePullRequest: (request) =>
      remote(`merge #${request.number}`, () => {
        const pull = find(request.number);
        if (pull.mergeCommit !== undefined) return { kind: 'merged', commit: pull.mergeCommit };
        if (pull.head !== request.head) return { kind: 'headMoved' };
        if (pull.state === 'closed') return { kind: 'refused', message: 'Pull Request is not mergeable' };
        const main = repositories.ref(COORDINATOR, 'main') ?? '';
        const files = { ...repositories.filesOf(main), ...repositories.filesOf(pull.head) };
        const commit = repositories.make({ files, parents: [main, pull.head], message: request.title });
        repositories.move({ repository: COORDINATOR, ref: 'refs/heads/main', new: commit, by: 'lockstep' });
        Object.assign(pull, { mergeCommit: commit, state: 'closed' });
        return { kind: 'merged', commit };
      }),
  };

  return {
    forge,
    state,
    webhooks,
    open(branch) {
      const number = state.pulls.length + 1;
      state.pulls.push({
        repository: COORDINATOR,
        headRepository: COORDINATOR,
        number,
        title: branch,
        url: `https://github.test/${COORDINATOR}/pull/${number}`,
        state: 'open',
        draft: false,
        author: 'ann',
        headBranch: branch,
        head: repositories.ref(COORDINATOR, branch) ?? '',
        baseBranch: 'main',
        files: [],
      });
      tell(number);
      return number;
    },
    lagging,
    follow(branch) {
      if (about.lags()) lagging.push(branch);
      else notice(branch);
    },
    notice(branch) {
      lagging.splice(lagging.indexOf(branch), 1);
      notice(branch);
    },
    edit(number, change) {
      const pull = find(number);
      const head = repositories.ref(COORDINATOR, pull.headBranch) ?? pull.head;
      Object.assign(pull, change, change.state === 'open' && { head });
      about.openness(number, pull.state === 'open' && !pull.draft);
      tell(number);
    },
    branchOf: (number) => find(number).headBranch,
  };
}

/** Every call is an effect outside. */
function wrapped(fake: FakeForge, remote: Remote): Forge {
  const methods = Object.entries(fake).filter(([, method]) => typeof method === 'function');
  const around = methods.map(([name, method]) => [
    name,
    async (...args: unknown[]) => {
      // The fake does its work at once: its promise is only its shape.
      const promise = await remote(name, () => (method as (...args: unknown[]) => Promise<unknown>)(...args));
      return promise;
    },
  ]);
  return Object.fromEntries(around) as unknown as Forge;
}
