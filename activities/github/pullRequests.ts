/** Pull requests of the coordinator, as Lockstep reads and merges them. */
import { RequestError } from '@octokit/request-error';
import type { ChangedFile, MergeAnswer, PullRequest } from '../../src/ports.ts';
import type { Client } from './client.ts';
import { type Place, type Session, unlessMissing } from './session.ts';

type PullData = Awaited<ReturnType<Client['rest']['pulls']['list']>>['data'][number];

export function readPullRequest(session: Session, number: number): Promise<PullRequest | undefined> {
  return session.in(session.options.coordinator, { pull_requests: 'read' }, async (client, at) => {
    const found = await unlessMissing(client.rest.pulls.get({ ...at, pull_number: number }));
    return found && pullRequestOf(found.data);
  });
}

export function listOpenPullRequests(session: Session): Promise<PullRequest[]> {
  return session.in(session.options.coordinator, { pull_requests: 'read' }, async (client, at) => {
    const all = await client.paginate(client.rest.pulls.list, { ...at, state: 'open', per_page: 100 });
    return all.map(pullRequestOf);
  });
}

type PullFields = Pick<PullData, 'number' | 'title' | 'state' | 'merged_at' | 'user' | 'html_url'> & {
  draft?: boolean | undefined;
  head: { ref: string; sha: string; repo: { full_name: string } | null };
  base: { ref: string };
};

function pullRequestOf(data: PullFields): PullRequest {
  return {
    number: data.number,
    title: data.title,
    state: data.state === 'open' ? 'open' : 'closed',
    merged: data.merged_at !== null,
    draft: data.draft ?? false,
    author: data.user?.login ?? 'ghost',
    ...(data.head.repo ? { headRepository: data.head.repo.full_name } : {}),
    headBranch: data.head.ref,
    head: data.head.sha,
    baseBranch: data.base.ref,
    url: data.html_url,
  };
}

export function changedFiles(session: Session, number: number): Promise<ChangedFile[]> {
  return session.in(session.options.coordinator, { pull_requests: 'read' }, async (client, at) => {
    const files = await client.paginate(client.rest.pulls.listFiles, { ...at, pull_number: number, per_page: 100 });
    return files.map(({ filename, status }) => ({ path: filename, change: changeOf(status) }));
  });
}

function changeOf(status: string): ChangedFile['change'] {
  switch (status) {
    case 'added':
    case 'modified':
    case 'removed':
    case 'renamed':
      return status;
    case 'changed':
      return 'modified';
    default:
      return 'other';
  }
}

export interface Merge {
  number: number;
  head: string;
  title: string;
}

const BASE_MOVED_TRIES = 3;

/** Merges at that head only. What GitHub refuses is read back first: a reply may have been lost. */
export function mergePullRequest(session: Session, request: Merge): Promise<MergeAnswer> {
  return session.in(session.options.coordinator, { contents: 'write', pull_requests: 'write' }, async (client, at) => {
    const merge_method = await methodOf(client, at);
    const wanted = { ...at, pull_number: request.number, sha: request.head, commit_title: request.title, merge_method };
    for (let tries = 1; ; tries += 1) {
      try {
        const { data } = await client.rest.pulls.merge(wanted);
        return { kind: 'merged', commit: data.sha };
      } catch (error) {
        if (!(error instanceof RequestError && [403, 405, 409, 422].includes(error.status))) throw error;
        const answer = await readBack(client, at, { request, error });
        if (answer !== 'again') return answer;
        if (tries === BASE_MOVED_TRIES) throw error;
      }
    }
  });
}

async function readBack(
  client: Client,
  at: Place,
  refused: { request: Merge; error: RequestError },
): Promise<MergeAnswer | 'again'> {
  const { request, error } = refused;
  const { data } = await client.rest.pulls.get({ ...at, pull_number: request.number });
  if (data.merged) return { kind: 'merged', commit: data.merge_commit_sha ?? '' };
  if (data.head.sha !== request.head) return { kind: 'headMoved' };
  const message = messageOf(error);
  if (/rate limit/i.test(message)) throw error;
  if (/base branch was modified/i.test(message)) return 'again';
  // GitHub's own record of the head is ahead of what it lets us read.
  if (/head branch was modified/i.test(message)) return { kind: 'headMoved' };
  // GitHub may say so before it has found out.
  if (/not mergeable/i.test(message) && data.state === 'open' && data.mergeable === null) {
    throw new RequestError(message, 503, { request: error.request });
  }
  return { kind: 'refused', message };
}

function messageOf(error: RequestError): string {
  const data: unknown = error.response?.data;
  const said = typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : error.message;
  return said.trim();
}

/** A merge commit keeps the bot's status commits as they are; a repository may allow other ways only. */
async function methodOf(client: Client, at: Place): Promise<'merge' | 'squash' | 'rebase'> {
  const { data } = await client.rest.repos.get(at);
  if (data.allow_merge_commit !== false) return 'merge';
  return data.allow_squash_merge !== false ? 'squash' : 'rebase';
}
