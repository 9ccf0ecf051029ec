/** What a pipeline hands on to the next of the same pull request, through the queue. */
import type { Commit } from '../changeset.ts';

export interface HandedOn {
  /** The bot's last status commit: what has ended is known from it. */
  lastStatus?: Commit;
  /** People withdrew it: it comes back with another head, not with a webhook that was late. */
  withdrawn?: AtHead;
  /** People skipped all of it, and it could not be merged then: a draft, or closed. */
  skip?: AtHead & { by: string; reason: string };
}

/** Without heads: at the one that the next pipeline reads. */
interface AtHead {
  heads?: Commit[];
}

export function concerns(order: AtHead | undefined, head: Commit): boolean {
  return order !== undefined && (order.heads === undefined || order.heads.includes(head));
}
