/**
 * The ports of the activities over abstract objects. What cannot change is computed at once; what the world answers, and
 * may answer otherwise a moment later, is asked through `ask`: those are the points between which everything may happen.
 */

import type { ControlDeps } from '../activities/deps.ts';
import { GitError } from '../activities/git/errors.ts';
import { parserInProcess } from '../activities/manifest/parser/inProcess.ts';
import type { Commit, RepositoryName } from '../src/changeset.ts';
import type { Forge, Git, Push, PushAnswer, RemoteRefs } from '../src/ports.ts';
import { ModelFault } from './modelFault.ts';
import { type Objects, printTree, readTree } from './objects.ts';

export type Call =
  | { ask: 'refs'; repository: RepositoryName; refs: string[] }
  | { ask: 'rules'; repository: RepositoryName }
  | { ask: 'pullRequest'; number: number }
  | { ask: 'push'; push: Push }
  | { ask: 'wait' };

interface Answers {
  refs: RemoteRefs;
  rules: string[];
  pullRequest: { state: 'open' | 'closed' };
  push: PushAnswer;
  waited: true;
}

export type Answer = { [Key in keyof Answers]: Record<Key, Answers[Key]> }[keyof Answers] | { unreadable: true };

export type Ask = (call: Call) => Promise<Answer>;

export const COORDINATOR = 'acme/coordinator';
export const AUTHOR = 'ann';
export const MANIFEST_BRANCH = 'manifest';
const STAGING = 'refs/heads/lockstep/';

export function createDeps(
  objects: Objects,
  about: { ask: Ask; attempt(): number; coordinator: Commit; configuration: string },
): ControlDeps {
  const { ask, attempt } = about;
  return {
    coordinator: COORDINATOR,
    git: createGit(objects, about),
    parser: parserInProcess,
    forge: createForge(ask),
    workflows: partly('workflows', {}),
    logs: partly('logs', {}),
    ages: partly('ages', {}),
    settings: { pushLifeMs: 1, publishEveryMs: 1, refreshEveryMs: 1, serverUrl: 'https://github.example' },
    now: () => 0,
    wait: async () => {
      await ask({ ask: 'wait' });
    },
    live: () => ({ signal: new AbortController().signal }),
    attempt,
  };
}

function createGit(objects: Objects, about: { ask: Ask; coordinator: Commit; configuration: string }): Git {
  const { ask, coordinator, configuration } = about;
  return partly<Git>('git', {
    async readRefs(repository, refs) {
      if (repository === COORDINATOR) {
        const asked = refs.map((ref) => [ref, coordinator] as const);
        return { defaultBranch: 'main', main: coordinator, refs: Object.fromEntries(asked) };
      }
      const answer = await ask({ ask: 'refs', repository, refs });
      if ('unreadable' in answer) throw new GitError('unreadable', `${repository} does not exist`);
      return expected(answer, 'refs');
    },
    branchNames: async () => [],
    // A mirror keeps what it has, and commits are named by their content.
    fetch: async () => undefined,
    isAncestor: async (_, ancestor, descendant) => objects.isAncestor(ancestor, descendant),
    mergeBase: async (_, one, other) => objects.mergeBase(one, other),
    treeOf: async (_, commit) => printTree(objects.get(commit).tree),
    mergeTree: async ({ ours, theirs, base }) => objects.merge(ours, theirs, base),
    commitTree: async ({ tree, parents, message }) => objects.add({ tree: readTree(tree), parents, message }),
    commitInfo: async (_, commit) => objects.info(commit),
    firstParents: async ({ from, until, limit }) => objects.firstParents(from, until, limit),
    changedPaths: async (_, from, to) => {
      const [one, other] = [objects.get(from).tree, objects.get(to).tree];
      return [...new Set([one, other].flatMap(Object.keys))].filter((path) => one[path] !== other[path]);
    },
    readFile: async () => ({
      mode: '100644',
      bytes: configuration.length,
      content: new TextEncoder().encode(configuration),
    }),
    async push(push) {
      const { ref, commit, expected: lease } = push;
      // As in the git adapter: other branches than our own only move forward.
      if (!ref.startsWith(STAGING) && (commit === null || lease === null || !objects.isAncestor(lease, commit))) {
        throw new GitError('failed', `refusing to push ${commit} to ${ref}: expected a descendant of ${lease}`);
      }
      return expected(await ask({ ask: 'push', push }), 'push');
    },
  });
}

function createForge(ask: Ask): Forge {
  return partly<Forge>('forge', {
    permission: async () => 'write',
    async blockingRules(repository) {
      const answer = await ask({ ask: 'rules', repository });
      return 'unreadable' in answer ? undefined : expected(answer, 'rules');
    },
    async readPullRequest(number) {
      const { state } = expected(await ask({ ask: 'pullRequest', number }), 'pullRequest');
      return {
        number,
        title: 'Changesets',
        state,
        merged: false,
        draft: false,
        author: AUTHOR,
        headRepository: COORDINATOR,
        headBranch: MANIFEST_BRANCH,
        head: '',
        baseBranch: 'main',
        url: '',
      };
    },
    commentOnBranch: async () => undefined,
    ownComments: async () => [],
  });
}

function expected<Key extends keyof Answers>(answer: Answer, key: Key): Answers[Key] {
  if (key in answer) return (answer as Record<Key, Answers[Key]>)[key];
  throw new ModelFault(`expected an answer with ${key}, found ${JSON.stringify(answer)}`);
}

/** A port of which only some is known here: a call of anything else is a fault of the model, and says so. */
function partly<Port extends object>(name: string, known: Partial<Port>): Port {
  return new Proxy(known as Port, {
    get(target, method) {
      if (method in target) return target[method as keyof Port];
      throw new ModelFault(`the model knows no ${name}.${String(method)}`);
    },
  });
}
