/** Time limits that stand in different places agree: nothing is killed from outside that would have come to its own end. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { TestDeps } from '../../activities/deps.ts';
import { DEFAULT_FETCH_TIMEOUT_MS, DEFAULT_STAGING_TIMEOUT_MS } from '../../activities/git/options.ts';
import { ALL_TRIES_MS, PAUSE_MS, runTests } from '../../activities/tests/runTests.ts';
import { LONGEST_PUSH_LIFE_MS, pushLimitMs } from '../../src/landing/push.ts';
import { USUAL_BOUNDS } from '../../src/limits.ts';
import {
  CLEANING,
  LANDING,
  NOTIFYING,
  READING,
  REPORTING,
  SEARCHING,
  TESTING,
  WATCHING,
} from '../../workflows/activityOptions.ts';

/** Reads of refs and of GitHub's API beside the long parts: each has a minute at the most. */
const READS_MS = 5 * 60_000;

const attemptMs = ({ startToCloseTimeout, scheduleToCloseTimeout = startToCloseTimeout }: typeof READING) =>
  Math.min(msToNumber(startToCloseTimeout ?? 0), msToNumber(scheduleToCloseTimeout ?? 0));

test.each([
  ['READING', READING],
  ['LANDING', LANDING],
  ['SEARCHING', SEARCHING],
  ['REPORTING', REPORTING],
  ['NOTIFYING', NOTIFYING],
])('an attempt of %s has room for a first clone, two lives of a push, and reads', (_, options) => {
  const longest = DEFAULT_FETCH_TIMEOUT_MS + 2 * LONGEST_PUSH_LIFE_MS + READS_MS;
  expect(attemptMs(options)).toBeGreaterThanOrEqual(longest);
  expect(options.heartbeatTimeout).toBe('5 seconds');
});

test('a push and the staging of a member end within an attempt too', () => {
  expect(pushLimitMs(LONGEST_PUSH_LIFE_MS)).toBeLessThan(LONGEST_PUSH_LIFE_MS);
  expect(DEFAULT_STAGING_TIMEOUT_MS + DEFAULT_FETCH_TIMEOUT_MS + READS_MS).toBeLessThanOrEqual(attemptMs(LANDING));
});

test('what is left over holds nobody up for long: it is the janitor’s', () => {
  expect(CLEANING).toMatchObject({ scheduleToCloseTimeout: '1 minute', heartbeatTimeout: '5 seconds' });
});

test('F51: work waits for a worker that is away, however long; only a try has an end', () => {
  for (const options of [READING, LANDING, TESTING, REPORTING, WATCHING]) {
    expect([options.scheduleToCloseTimeout, options.scheduleToStartTimeout]).toEqual([undefined, undefined]);
    expect(options.startToCloseTimeout).toBeDefined();
    expect(options.retry?.maximumAttempts).toBeUndefined();
  }
});

describe('F51: tests that start over and over', () => {
  const reached = new Error('the workspace is filled');
  const triesOf = (attempt: number, ranMs: number) => {
    const deps = {
      coordinator: 'acme/coordinator',
      git: { exportTree: () => Promise.reject(reached) },
      workspaces: mkdtempSync(join(tmpdir(), 'lockstep-tries-')),
      live: () => ({ signal: new AbortController().signal }),
      attempt: () => attempt,
      ranMs: () => ranMs,
      bounds: USUAL_BOUNDS,
    } as unknown as TestDeps;
    const id = { coordinator: 'acme/coordinator', pullRequest: 1, name: 'x' };
    const vector = { coordinator: 'c0', members: [], others: [] };
    return runTests(deps, { id, vector, timeoutMs: 1, run: 'run' });
  };

  test.each([
    ['a first try', 1, 0],
    ['one that was cut off late in a long run', 2, ALL_TRIES_MS - 2 * PAUSE_MS],
    ['one after many workers were shut down', 100, 3600_000],
  ])('%s is begun', async (_, attempt, ranMs) => {
    await expect(triesOf(attempt, ranMs)).rejects.toBe(reached);
  });

  test.each([
    ['after a try was cut off by its own limit', 2, ALL_TRIES_MS - PAUSE_MS],
    ['when each fails at once', 1 + ALL_TRIES_MS / PAUSE_MS, 0],
  ])('come to an end %s', async (_, attempt, ranMs) => {
    const end = { type: 'Permanent', nonRetryable: true, message: expect.stringContaining('never came to an end') };
    await expect(triesOf(attempt, ranMs)).rejects.toMatchObject(end);
  });

  test('their limits are those of the options', () => {
    expect(ALL_TRIES_MS).toBe(msToNumber(TESTING.startToCloseTimeout ?? 0));
    expect(PAUSE_MS).toBe(msToNumber(TESTING.retry?.maximumInterval ?? 0));
  });
});
