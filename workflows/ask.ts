/** Activities as workflows ask for them, each call with the sentence that the Web UI shows. */
import { ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { CLEANING, LANDING, NOTIFYING, READING, REPORTING, TESTING } from './activityOptions.ts';

export function reading(summary: string) {
  return proxyActivities<Activities>({ ...READING, summary });
}

export function landing(summary: string) {
  return proxyActivities<Activities>({ ...LANDING, summary });
}

export function cleaning(summary: string) {
  return proxyActivities<Activities>({ ...CLEANING, summary });
}

export function testing(summary: string) {
  return proxyActivities<Activities>({ ...TESTING, summary });
}

export function reporting(summary: string) {
  return proxyActivities<Activities>({ ...REPORTING, summary });
}

export function notifying(summary: string) {
  return proxyActivities<Activities>({ ...NOTIFYING, summary });
}

/** An activity that failed for good is said, and is never the end of a pipeline whose changesets run. */
export function refusedForGood(error: unknown): { kind: 'refused'; state: 'refused'; why: string } {
  if (!(error instanceof ActivityFailure)) throw error;
  const why = `${error.activityType} failed: ${error.cause?.message ?? error.message}`.slice(0, 1000);
  return { kind: 'refused', state: 'refused', why };
}
