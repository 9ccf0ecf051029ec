import { GitError } from '../git/errors.ts';

/** GitHub says that the repository does not exist for us: removed, renamed, or the App is not installed on it any more. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof GitError && error.reason === 'unreadable';
}
