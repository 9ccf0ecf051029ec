/** Activities as pipelines ask for them, each call with the sentence that the Web UI shows. */
import { ActivityFailure, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { READING, REPORTING } from './activityOptions.ts';

export function reading(summary: string) {
  return proxyActivities<Activities>({ ...READING, summary });
}

export function reporting(summary: string) {
  return proxyActivities<Activities>({ ...REPORTING, summary });
}

/** An activity that failed for good is said, and is never the end of a pipeline whose changesets run. */
export function refusedForGood(error: unknown): { kind: 'refused'; state: 'refused'; why: string } {
  if (!(error instanceof ActivityFailure)) throw error;
  const why = `${error.activityType} failed: ${error.cause?.message ?? error.message}`.slice(0, 1000);
  return { kind: 'refused', state: 'refused', why };
}
