/** The GitHub App that Lockstep is: the least that it may do, and what it is told. `terraform/` and the doctor hold to it. */
import type { Level } from './doctor/facts.ts';

/** By GitHub's names. */
export const APP_PERMISSIONS: Readonly<Record<string, Level>> = {
  checks: 'write',
  contents: 'write',
  // GitHub tells of comments, also of those on pull requests, only who may read issues.
  issues: 'read',
  metadata: 'read',
  pull_requests: 'write',
};

export const APP_EVENTS: readonly string[] = ['check_run', 'issue_comment', 'pull_request'];

/** Below the server's public address. */
export const WEBHOOK_PATH = '/webhooks/github';

/** The check that is required on the coordinator. */
export const CHECK = 'lockstep';
