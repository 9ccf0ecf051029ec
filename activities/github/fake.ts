/** A forge in memory that answers as the adapter does: `test/contract/forge.test.ts` holds both to one suite. */
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import type {
  Annotation,
  ChangedFile,
  Check,
  Forge,
  MergeAnswer,
  Permission,
  PersonsComment,
  PullRequest,
  Reaction,
} from '../../src/ports.ts';
import { markedBody, sameText } from './comments.ts';

export interface FakePull extends Omit<PullRequest, 'merged'> {
  files: ChangedFile[];
  mergeCommit?: Commit;
  /** Why GitHub would not merge it. */
  blocked?: string;
  /** Which repository it is of; the coordinator's are those that the port reads. */
  repository: RepositoryName;
}

export interface FakeComment {
  id: number;
  repository: RepositoryName;
  number: number;
  author: string;
  body: string;
  edits: number;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
  reactions: Reaction[];
}

export interface FakeCheckRun extends Omit<Check, 'annotations'> {
  id: number;
  annotations: Annotation[];
}

/** What the forge holds; tests read it and play people with it. */
export interface FakeForgeState {
  pulls: FakePull[];
  comments: FakeComment[];
  checkRuns: FakeCheckRun[];
  /** `<repository> <login>` → permission. */
  permissions: Map<string, Permission>;
  /** Of each readable repository: sentences about its rules. */
  rules: Map<RepositoryName, string[]>;
  failedDeliveries: Date[];
}

export interface FakeForge extends Forge {
  state: FakeForgeState;
}

export const FAKE_LOGIN = 'lockstep[bot]';

export function createFakeForge({ coordinator }: { coordinator: RepositoryName }): FakeForge {
  const state: FakeForgeState = {
    pulls: [],
    comments: [],
    checkRuns: [],
    permissions: new Map(),
    rules: new Map(),
    failedDeliveries: [],
  };
  let lastId = 0;
  let seconds = 0;
  const nextTime = () => {
    seconds += 1;
    return new Date(seconds * 1000).toISOString();
  };
  const nextId = () => {
    lastId += 1;
    return lastId;
  };
  const find = (number: number) =>
    state.pulls.find((pull) => pull.repository === coordinator && pull.number === number);
  const comment = (
    where: { repository: RepositoryName; number: number },
    marked: { marker: string; body: string },
    ifMissing: 'create' | 'leave' = 'create',
  ) => putComment(state, where, { ...marked, nextId, ifMissing, now: nextTime });

  return {
    state,
    readPullRequest: async (number) => pullRequestOf(find(number)),
    listOpenPullRequests: async () =>
      state.pulls
        .filter((pull) => pull.repository === coordinator && pull.state === 'open')
        .flatMap((pull) => pullRequestOf(pull) ?? []),
    changedFiles: async (number) => structuredClone(find(number)?.files ?? []),
    permission: async (repository, login) => state.permissions.get(`${repository} ${login}`) ?? 'none',
    blockingRules: async (repository) => state.rules.get(repository)?.slice(),
    publishComment: async (number, marked) => comment({ repository: coordinator, number }, marked) ?? '',
    ownComments: async (number) =>
      state.comments
        .filter((one) => one.repository === coordinator && one.number === number && one.author === FAKE_LOGIN)
        .map(({ body }) => body),
    amendComment: async (number, marked) => void comment({ repository: coordinator, number }, marked, 'leave'),
    readComment: async (id) => personsComment(state.comments.find((one) => one.id === id)),
    commentsSince: async (since) =>
      state.comments
        .filter((one) => one.repository === coordinator && Date.parse(one.updatedAt) >= since.getTime())
        .flatMap((one) => personsComment(one) ?? []),
    async react(id, reaction) {
      const found = state.comments.find((one) => one.id === id);
      if (found && !found.reactions.includes(reaction)) found.reactions.push(reaction);
    },
    publishCheck: async (check) => putCheck(state, structuredClone(check), nextId),
    async readCheck(head) {
      return state.checkRuns.findLast((one) => one.head === head)?.state;
    },
    mergePullRequest: async (request) => merge(find(request.number), request),
    async commentOnBranch({ repository, branch, head, ...marked }) {
      const own = (pull: FakePull) =>
        pull.repository === repository && pull.headBranch === branch && pull.head === head;
      const pull = state.pulls.find((one) => own(one) && one.baseBranch === 'main');
      if (pull) comment({ repository, number: pull.number }, marked);
    },
    async redeliverFailed(since) {
      const again = state.failedDeliveries.filter((at) => at >= since);
      state.failedDeliveries = state.failedDeliveries.filter((at) => at < since);
      return again.length;
    },
  };
}

function pullRequestOf(pull: FakePull | undefined): PullRequest | undefined {
  if (!pull) return undefined;
  const { files: _files, mergeCommit, blocked: _blocked, repository: _repository, ...rest } = pull;
  return { ...rest, merged: mergeCommit !== undefined };
}

function putComment(
  state: FakeForgeState,
  where: { repository: RepositoryName; number: number },
  comment: { marker: string; body: string; nextId: () => number; ifMissing: 'create' | 'leave'; now: () => string },
): string | undefined {
  const carries = (one: FakeComment) =>
    one.repository === where.repository &&
    one.number === where.number &&
    one.author === FAKE_LOGIN &&
    one.body.startsWith(comment.marker);
  const [kept, ...twins] = state.comments.filter(carries);
  state.comments = state.comments.filter((one) => !twins.includes(one));
  const body = markedBody(comment);
  if (!kept && comment.ifMissing === 'create') {
    const at = comment.now();
    const made = { id: comment.nextId(), ...where, author: FAKE_LOGIN, body };
    state.comments.push({ ...made, edits: 0, createdAt: at, updatedAt: at, reactions: [] });
    return at;
  }
  if (kept && !sameText(kept.body, body)) {
    Object.assign(kept, { body, edits: kept.edits + 1, updatedAt: comment.now() });
  }
  return kept?.updatedAt;
}

function personsComment(comment: FakeComment | undefined): PersonsComment | undefined {
  if (!comment) return undefined;
  const { id, number: pullRequest, body, author: by, createdAt: writtenAt, updatedAt } = comment;
  return { id, pullRequest, body, by, isPerson: by !== FAKE_LOGIN, writtenAt, edited: updatedAt !== writtenAt };
}

function isCompleted({ state }: Pick<Check, 'state'>): boolean {
  return state !== 'queued' && state !== 'in_progress';
}

function putCheck(state: FakeForgeState, check: Check, nextId: () => number): void {
  const latest = state.checkRuns.findLast((run) => run.head === check.head);
  if (!latest || (isCompleted(latest) && !isCompleted(check))) {
    state.checkRuns.push({ ...check, id: nextId() });
    return;
  }
  const key = ({ path, line, message }: Annotation) => `${path}:${line}:${message}`;
  const known = new Set(latest.annotations.map(key));
  const annotations = [...latest.annotations, ...check.annotations.filter((one) => !known.has(key(one)))];
  Object.assign(latest, check, { annotations });
}

function merge(pull: FakePull | undefined, request: { head: Commit; title: string }): MergeAnswer {
  if (!pull) throw new Error('there is no such pull request');
  if (pull.mergeCommit !== undefined) return { kind: 'merged', commit: pull.mergeCommit };
  if (pull.head !== request.head) return { kind: 'headMoved' };
  if (pull.state === 'closed') return { kind: 'refused', message: 'Pull Request is not mergeable' };
  if (pull.blocked !== undefined) return { kind: 'refused', message: pull.blocked };
  const commit = `${pull.head.slice(0, 32)}${'0'.repeat(8)}`;
  Object.assign(pull, { mergeCommit: commit, state: 'closed' });
  return { kind: 'merged', commit };
}
