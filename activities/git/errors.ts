/** Git's failures as one error class; `activities/failures.ts` decides which of them are retried. */

export type GitReason =
  /** A commit that neither the mirror nor the remote has. */
  | 'missingCommit'
  /** The remote says that there is no such repository, or none for us; or it is empty. */
  | 'unreadable'
  /** The remote refuses the token. */
  | 'unauthorized'
  /** The remote was not reached or broke off. */
  | 'network'
  /** The mirror is damaged. Seen outside only when a new one is damaged too. */
  | 'corrupt'
  /** Anything else: a fault of ours, or of the machine. */
  | 'failed';

export class GitError extends Error {
  override readonly name: string = 'GitError';
  readonly reason: GitReason;

  constructor(reason: GitReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The remote has no such commit (any more). */
export class MissingCommit extends GitError {
  override readonly name = 'MissingCommit';

  constructor(repository: string, commit: string) {
    super('missingCommit', `${repository} has no commit ${commit}`);
  }
}

const CORRUPT =
  /not a git repository|directory that does not exist|corrupt|unable to (read|find) [0-9a-f]{40}|could not read [0-9a-f]{40}|bad object refs\/|object file .* is empty|packfile .* (cannot be|does not match|is invalid|is far too short|has bad)|file .*\.(pack|idx) .*(far too short|does not match|is invalid|is too small)|index file .* is too small|inflate: |invalid sha1 pointer|hash mismatch|missing (blob|tree) |unable to parse object|did not send all necessary objects|bad tree object|garbage at end of/i;
const MISSING =
  /not our ref ([0-9a-f]{40})|(?:bad object|not a valid (?:object|commit) name|not a commit|invalid object|bad revision)\W+([0-9a-f]{40})|([0-9a-f]{40})(?:: (?:not a valid|bad) object| - not something we can merge)/i;
const UNAUTHORIZED =
  /authentication failed|returned error: 401|invalid username or (password|token)|could not read (username|password)|installation has been suspended/i;
const UNREADABLE =
  /returned error: (403|404|410|451|30\d)|repository .*not found|does not appear to be a git repository|couldn't find remote ref HEAD|access denied|unable to update url base from redirection/i;
const NETWORK =
  /unable to access|could not resolve host|connection (refused|reset|timed out)|early EOF|the remote end hung up|RPC failed|returned error: (429|5\d\d)|unexpected disconnect|timed out|expected flush|operation too slow/i;

/**
 * A rate limit answers 403 too. Git shows its words when it asks for the refs; after that, when the remote has let us in
 * already, git says no more than the number.
 */
const PASSES = /rate limit|RPC failed; HTTP 403/i;

/** Why a local or remote git call failed, from its standard error (always in English: `LC_ALL=C`). */
export function reasonOf(stderr: string): GitReason {
  if (PASSES.test(stderr)) return 'network';
  if (UNAUTHORIZED.test(stderr)) return 'unauthorized';
  if (UNREADABLE.test(stderr)) return 'unreadable';
  if (CORRUPT.test(stderr)) return 'corrupt';
  if (MISSING.test(stderr)) return 'missingCommit';
  if (NETWORK.test(stderr)) return 'network';
  return 'failed';
}

export function missingCommitIn(stderr: string): string | undefined {
  const match = MISSING.exec(stderr);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}
