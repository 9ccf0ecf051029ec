/** Time limits that stand in different places agree: nothing is killed from outside that would have come to its own end. */
import { expect, test } from '@jest/globals';
import { msToNumber } from '@temporalio/common/lib/time.js';
import { DEFAULT_FETCH_TIMEOUT_MS, DEFAULT_STAGING_TIMEOUT_MS } from '../../activities/git/options.ts';
import { LONGEST_PUSH_LIFE_MS, pushLimitMs } from '../../src/landing/push.ts';
import {
  CLEANING,
  LANDING,
  NOTIFYING,
  READING,
  REPORTING,
  SEARCHING,
  TESTING,
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

test('F51: work waits for a worker that is away, tests for a day at least', () => {
  for (const options of [READING, LANDING, REPORTING]) {
    expect([options.scheduleToCloseTimeout, options.scheduleToStartTimeout]).toEqual([undefined, undefined]);
  }
  expect(TESTING.scheduleToStartTimeout).toBeUndefined();
  expect(msToNumber(TESTING.scheduleToCloseTimeout ?? 0)).toBeGreaterThan(24 * 3600 * 1000);
});
