import type { RepositoryName } from '../../src/changeset.ts';

export type Access = 'read' | 'write';

export interface GitOptions {
  /** Mirrors are kept in `<dataDir>/mirrors/<owner>/<name>.git`. */
  dataDir: string;
  /** For private indexes; default `<dataDir>/mirrors/.tmp`. Of its own for who may only read the mirrors. */
  scratch?: string;
  /** Where a repository is fetched from and pushed to; without credentials in it. */
  remoteUrl(repository: RepositoryName): string;
  /**
   * A token for one call, of the least right that serves it. Absent: the remote asks
   * for none. `refused`: the one that the remote has just refused.
   */
  credentials?(repository: RepositoryName, access: Access, refused?: string): Promise<string>;
  /** What git may speak. Default: `https` only. */
  protocols?: readonly ('https' | 'http' | 'file')[];
  /** Author and committer of the bot's commits. A part of every commit id. */
  identity?: Identity;
  /**
   * A push to a branch that is not our own staging is killed after this time and counts as unanswered (`pushLimitMs`:
   * nothing is concluded before its longest life is over). Default: 1 minute.
   */
  pushTimeoutMs?: number;
  /** A push to a staging branch carries all that is new; nothing is concluded from its silence. Default: 8 minutes. */
  stagingTimeoutMs?: number;
  /** A fetch or a first clone is killed after this time. Default: 30 minutes. */
  fetchTimeoutMs?: number;
  /** Where PATH, proxies and certificate files are taken from; nothing else of it reaches git. */
  environment?: Readonly<Record<string, string | undefined>>;
}

export interface Identity {
  name: string;
  email: string;
}

export const DEFAULT_IDENTITY: Identity = { name: 'Lockstep', email: 'lockstep@users.noreply.github.com' };
export const DEFAULT_PUSH_TIMEOUT_MS = 60_000;
/** Both below the time that an attempt of an activity has (workflows/activityOptions). */
export const DEFAULT_STAGING_TIMEOUT_MS = 8 * 60_000;
export const DEFAULT_FETCH_TIMEOUT_MS = 30 * 60_000;
