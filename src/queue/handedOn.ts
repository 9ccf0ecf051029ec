/** What a pipeline hands on to the next of the same pull request, through the queue. */
import type { Commit } from '../changeset.ts';

export interface HandedOn {
  /** The bot's last status commit: what has ended is known from it. */
  lastStatus?: Commit;
  /** The head at which people withdrew it: it comes back with another, not with a webhook that was late. */
  withdrawn?: Commit;
}

/** A signal of ours can be sent by anyone who reaches Temporal. */
export function isHandedOn(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  const { lastStatus, withdrawn }: { lastStatus?: unknown; withdrawn?: unknown } = payload;
  return [lastStatus, withdrawn].every((commit) => commit === undefined || typeof commit === 'string');
}
