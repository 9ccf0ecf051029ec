import { describe, expect, it } from '@jest/globals';
import { RequestError } from '@octokit/request-error';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { permanent, toFailure } from '../../activities/failures.ts';
import { GitError, reasonOf } from '../../activities/git/errors.ts';

const url = 'https://api.github.com/repos/acme/api/pulls/1';

function gitHub(status: number, message = 'said', headers: Record<string, string> = {}): RequestError {
  return new RequestError(message, status, {
    request: { method: 'GET', url, headers: { authorization: 'token ghs_0123456789abcdef0123' } },
    response: { status, url, headers, data: {} },
  });
}

function classed(error: unknown) {
  const failure = toFailure(error);
  if (!(failure instanceof ApplicationFailure)) throw new Error('expected an ApplicationFailure');
  return { type: failure.type, final: failure.nonRetryable, delay: failure.nextRetryDelay };
}

describe('GitHub by status', () => {
  it.each([400, 403, 404, 410, 422, 451])('%i is final', (status) => {
    expect(classed(gitHub(status))).toEqual({ type: 'Permanent', final: true, delay: undefined });
  });

  it.each([401, 409, 500, 502, 503])('%i is tried again', (status) => {
    expect(classed(gitHub(status))).toEqual({ type: 'WaitingForGitHub', final: false, delay: undefined });
  });

  it('F37: a suspended App is waited for, whatever was asked', () => {
    const expected = { type: 'WaitingForGitHub', final: false, delay: undefined };
    expect(classed(gitHub(403, 'This installation has been suspended'))).toEqual(expected);
    expect(reasonOf('remote: This installation has been suspended\nfatal: … returned error: 403')).toBe('unauthorized');
  });

  it('F34: a wait that GitHub asks for is kept', () => {
    const final = false;
    const type = 'WaitingForGitHub';
    expect(classed(gitHub(429, 'slow', { 'retry-after': '77' }))).toEqual({ type, final, delay: 77_000 });
    expect(classed(gitHub(403, 'You have exceeded a secondary rate limit'))).toEqual({ type, final, delay: 60_000 });
    const date = 'Thu, 05 Nov 2026 10:00:00 GMT';
    const reset = String(Date.parse(date) / 1000 + 90);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset, date };
    expect(classed(gitHub(403, 'API rate limit exceeded', headers))).toEqual({ type, final, delay: 91_000 });
  });
});

describe('git by reason', () => {
  it.each([
    ['network', 'WaitingForGitHub', false],
    ['unauthorized', 'WaitingForGitHub', false],
    ['unreadable', 'Permanent', true],
    ['missingCommit', 'WaitingForGitHub', false],
    ['failed', 'Git.failed', false],
  ] as const)('%s', (reason, type, final) => {
    expect(classed(new GitError(reason, 'said'))).toEqual({ type, final, delay: undefined });
  });

  it('a commit that its branch does not name any more is read again, but not for ever', () => {
    const failed = (attempt: number) => toFailure(new GitError('missingCommit', 'said'), attempt);
    expect([failed(10), failed(11)]).toMatchObject([
      { type: 'WaitingForGitHub', nonRetryable: false },
      { type: 'Permanent', nonRetryable: true },
    ]);
  });
});

it('a failure that was classed already, and a cancellation, pass', () => {
  const own = ApplicationFailure.nonRetryable('mine');
  const cancelled = new CancelledFailure('stop');
  const aborted = new DOMException('stop', 'AbortError');
  expect(toFailure(own)).toBe(own);
  expect(toFailure(cancelled)).toBe(cancelled);
  expect(toFailure(aborted)).toBe(aborted);
});

it('no secret is in a message', () => {
  const secrets = [
    'ghs_0123456789abcdef0123',
    'ghs_12_eyJh.bGci.OiJI0123456789',
    'github_pat_0123456789abcdefgh',
    'eyJhbGciOi.J9eyJpYXQ.iOjE3',
  ];
  for (const secret of secrets) {
    for (const error of [new Error(`x ${secret} y`), new GitError('network', secret), gitHub(500, `said ${secret}`)]) {
      expect(toFailure(error).message).not.toContain(secret);
    }
  }
  expect(toFailure(new Error('https://x-access-token:abc@github.com/a')).message).toBe(
    'https://[redacted]github.com/a',
  );
});

it('is text to its last character: half of one would end the worker', () => {
  const cut = `${'x'.repeat(1999)}\u{1f600}`.slice(0, 2000);
  const failures = [
    toFailure(permanent(cut, new Error(cut))),
    toFailure(new Error(cut)),
    toFailure(new GitError('network', cut)),
    toFailure(cut),
  ];
  for (const failure of failures) {
    for (let one: unknown = failure; one instanceof Error; one = one.cause) {
      expect(`${one.message} ${one.stack}`).not.toMatch(/\p{Surrogate}/u);
      expect(one.message).toContain('x\ufffd');
    }
  }
});
