/** The one place that says which failures are tried again, and which are final (STYLE 7). No secret in any message. */
import { ApplicationFailure } from '@temporalio/common';

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
