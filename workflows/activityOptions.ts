/**
 * The one table of time-outs, heartbeats and retries. Rows:
 *
 * | activity                    | one attempt | silence  | retried                         | final                          |
 * | --------------------------- | ----------- | -------- | ------------------------------- | ------------------------------ |
 * | reads, prepare, stage,      | 45 min      | 5 s      | for ever, 0.5 s … 1 min         | a failure typed `permanent`    |
 * |   recheck, survey           |             |          |                                 |   (activities/failures)        |
 * | land, revert                | 45 min      | 5 s      | for ever, 0.5 s … 1 min         | never: their answers are values |
 * | runTests (other task queue) | 25 h        | 5 s      | until its tries took 25 h       | by the activity itself         |
 * | sweepWorkspaces (the same)  | 10 min      | 5 s      | for 10 min                      | left to the next run           |
 * | findStrays                  | 45 min      | 5 s      | for 45 min                      | left to the next run           |
 * | cleanUp                     | 45 min      | 5 s      | for 1 min                       | left to the janitor            |
 * | publish, status, merge      | 45 min      | 5 s      | for ever, 0.5 s … 5 min         | `permanent`: said, not fatal   |
 * | notify                      | 45 min      | 5 s      | for 1 h                         | then dropped with a log line   |
 * | awaitPipelines              | 24 h        | 5 s      | for ever                        | never                          |
 *
 * No attempt is limited by number: a worker's shutdown uses one up (TEMPORAL.md, Cancellation). None is limited by the time
 * since it was asked for, where something would fail by it: work waits for a worker as long as there is none. Every activity
 * heartbeats, or it would wait out its whole time-out after a crash. So an attempt may be long: what is killed at its end
 * is begun anew, and a first clone, which any of them may have to make, must come to its own limit before (30 min,
 * activities/git/options), with room for two lives of a push.
 */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

const HEARTBEAT = '5 seconds';

const ATTEMPT = '45 minutes';

const forEver = { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

const careful = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

export const READING: ActivityOptions = {
  ...careful,
  startToCloseTimeout: ATTEMPT,
  heartbeatTimeout: HEARTBEAT,
  retry: forEver,
};

export const LANDING: ActivityOptions = READING;

export const TESTING: ActivityOptions = {
  ...careful,
  taskQueue: 'lockstep-tests',
  startToCloseTimeout: '25 hours',
  heartbeatTimeout: HEARTBEAT,
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '10 seconds' },
};

export const SWEEPING: ActivityOptions = {
  ...careful,
  taskQueue: 'lockstep-tests',
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT,
  retry: forEver,
};

export const SEARCHING: ActivityOptions = { ...READING, scheduleToCloseTimeout: ATTEMPT };

/** What is left over is the janitor's: nobody waits for it longer. */
export const CLEANING: ActivityOptions = { ...READING, scheduleToCloseTimeout: '1 minute' };

export const REPORTING: ActivityOptions = {
  ...careful,
  startToCloseTimeout: ATTEMPT,
  heartbeatTimeout: HEARTBEAT,
  retry: { ...forEver, maximumInterval: '5 minutes' },
};

export const NOTIFYING: ActivityOptions = {
  ...careful,
  startToCloseTimeout: ATTEMPT,
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT,
  retry: forEver,
};

export const WATCHING: ActivityOptions = {
  ...careful,
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: HEARTBEAT,
  retry: forEver,
};
