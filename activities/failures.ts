/** The one place that says which failures are tried again, and which are final (STYLE 7). No secret in any message. */
import { RequestError } from '@octokit/request-error';
import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import { GitError } from './git/errors.ts';
import { appRefusal } from './github/refusals.ts';

/** GitHub gave no answer that anything can be concluded from: the activity is tried again. */
export function waitsForGitHub(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message: message.slice(0, 2000), type: 'WaitingForGitHub', nonRetryable: false });
}

/** Trying again would give the same: a permission, a missing repository, a request that GitHub will never take. */
export function permanent(message: string, cause?: Error): ApplicationFailure {
  return ApplicationFailure.create({
    message: message.slice(0, 2000),
    type: 'Permanent',
    nonRetryable: true,
    ...(cause && { cause }),
  });
}

/** After as many tries a commit that a branch names and nobody has is a fault of its repository's. */
const MOVES_WAITED_FOR = 10;

/**
 * Any error of an activity as what Temporal shall make of it. Cancellations and failures that were classed already pass;
 * what is not known is tried again. `attempt`: 1 for the first.
 */
export function toFailure(error: unknown, attempt = 1): Error {
  return whole(classed(error, attempt));
}

/** Cut texts may end in half a character, which is no UTF-8: Temporal's core would end the whole worker over it. */
function whole(failure: Error): Error {
  for (let one: unknown = failure; one instanceof Error; one = one.cause) {
    one.message = one.message.replaceAll(HALF_CHARACTER, '\ufffd');
    if (one.stack !== undefined) one.stack = one.stack.replaceAll(HALF_CHARACTER, '\ufffd');
  }
  return failure;
}

const HALF_CHARACTER = /\p{Surrogate}/gu;

function classed(error: unknown, attempt: number): Error {
  if (error instanceof TemporalFailure || isAbort(error)) return error;
  if (error instanceof GitError) return ofGit(error, attempt);
  if (error instanceof RequestError) return ofGitHub(error);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({ message: redacted(message), type: name, nonRetryable: false });
}

function isAbort(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

function ofGit({ reason, message }: GitError, attempt: number): ApplicationFailure {
  switch (reason) {
    // A refused key is a rotated key or a suspended App: people repair it, and nothing may be lost until then.
    case 'unauthorized':
    case 'network':
      return waitsForGitHub(redacted(message));
    // The branch that named it a moment ago has moved: it is read again.
    case 'missingCommit':
      return attempt > MOVES_WAITED_FOR ? permanent(redacted(message)) : waitsForGitHub(redacted(message));
    case 'unreadable':
      return permanent(redacted(message));
    case 'corrupt':
    case 'failed':
      return ApplicationFailure.create({ message: redacted(message), type: `Git.${reason}`, nonRetryable: false });
  }
}

function ofGitHub(error: RequestError): ApplicationFailure {
  const { method, url } = error.request;
  const message = redacted(`${method} ${new URL(url).pathname}: ${error.status} ${error.message}`);
  const waitMs = askedToWaitMs(error);
  if (waitMs !== undefined) {
    return ApplicationFailure.create({
      message,
      type: 'WaitingForGitHub',
      nonRetryable: false,
      nextRetryDelay: waitMs,
    });
  }
  if (appRefusal(error) !== undefined) return waitsForGitHub(message);
  switch (error.status) {
    case 400:
    case 403:
    case 404:
    case 410:
    case 422:
    case 451:
      return permanent(message);
    default:
      return waitsForGitHub(message);
  }
}

const UNSAID_WAIT_MS = 60_000;

/** How long GitHub wants to be left alone; `undefined` when it said nothing about that. */
function askedToWaitMs(error: RequestError): number | undefined {
  const headers = error.response?.headers ?? {};
  const limited = error.status === 429 || (error.status === 403 && /rate limit|abuse/i.test(error.message));
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after > 0) return after * 1000;
  if (headers['x-ratelimit-remaining'] === '0' && (error.status === 403 || limited)) {
    // Both times are GitHub's: its clock and ours may differ.
    const now = Date.parse(headers.date ?? '');
    const wait = Number(headers['x-ratelimit-reset']) * 1000 - now;
    return Number.isFinite(wait) ? Math.max(1_000, wait + 1_000) : UNSAID_WAIT_MS;
  }
  return limited ? UNSAID_WAIT_MS : undefined;
}

const SECRETS =
  /gh[opsur]_[A-Za-z0-9_.-]{16,}|github_pat_[A-Za-z0-9_]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]+|-----BEGIN[\s\S]*?PRIVATE KEY-----[\s\S]*|(?<=:\/\/)[^/\s@]+@/g;

function redacted(message: string): string {
  return message.replace(SECRETS, '[redacted]').slice(0, 2000);
}
