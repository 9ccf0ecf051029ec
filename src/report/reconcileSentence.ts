/** What a run of the reconciliation says of itself. */
import { beginning, plain } from './text.ts';

export interface Reconciled {
  signalled: number;
  redelivered: number;
  strays: { begun: number; unanswered: number } | { failed: string };
}

export function reconcileSentence({ signalled, redelivered, strays }: Reconciled): string {
  const told = `Told the queue of ${signalled} pull requests, asked for ${redelivered} deliveries again`;
  if ('failed' in strays) {
    const why = beginning(plain(strays.failed), 300);
    return `${told}. The search for half landings did not come to its end (${why}); the next run searches again.`;
  }
  const begun = `${told}, began ${strays.begun} runs for strays.`;
  if (strays.unanswered === 0) return begun;
  return `${begun} Temporal gave no answer about ${strays.unanswered} changesets: whether they are half landed is not known; the next run asks again.`;
}
