/** Whether GitHub refuses the App itself: that says nothing about a repository, and people can mend it. */
import { RequestError } from '@octokit/request-error';

export type AppRefusal =
  /** It does not know the App's key. */
  | 'key'
  /** An owner has suspended the installation. */
  | 'suspended';

const SUSPENDED = /installation has been suspended/i;

export function appRefusal(error: unknown): AppRefusal | undefined {
  if (!(error instanceof RequestError)) return undefined;
  if (error.status === 401) return 'key';
  return error.status === 403 && SUSPENDED.test(error.message) ? 'suspended' : undefined;
}
