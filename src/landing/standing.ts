/** *Stands* (PROTOCOL): `main` contains the candidate, and no revert of it is on top. Never merely *contains* (model). */
import type { Commit } from '../changeset.ts';
import type { Standing } from './state.ts';
import { readTrailers } from './trailers.ts';

export interface StandingFacts {
  candidate: Commit;
  /** `main` contains the candidate. */
  contained: boolean;
  /** The candidate's tree is its base's: it brings nothing that could be seen undone. */
  bringsNothing: boolean;
  /** `main`'s first-parent history above the candidate, newest first. */
  above: { commit: Commit; message: string }[];
  /**
   * On the newest commit above the candidate on which it does not conflict, a three-way revert of the candidate would leave the
   * tree as it is.
   */
  takenOut: boolean;
}

export function standing(facts: StandingFacts): Exclude<Standing, 'unreadable'> {
  if (!facts.contained) return 'absent';
  const last = lastWord(facts.candidate, facts.above);
  if (last !== undefined) return last;
  if (!facts.bringsNothing && facts.takenOut) return 'reverted';
  return 'stands';
}

/** The bot's newest revert of the candidate, by its trailer: known also where the reply to its push was lost. */
export function botRevert(candidate: Commit, above: StandingFacts['above']): Commit | undefined {
  return above.find(({ message }) => readTrailers(message).reverts === candidate)?.commit;
}

/**
 * The newest commit that says it undoes or brings back the candidate; the rest of history cannot overrule it. Reverts can
 * be reverted, to any depth.
 */
function lastWord(candidate: Commit, above: StandingFacts['above']): 'stands' | 'reverted' | undefined {
  const broughtBy = new Set([candidate]);
  const undoneBy = new Set<Commit>();
  let word: 'stands' | 'reverted' | undefined;
  for (const { commit, message } of above.toReversed()) {
    const { reverts, personReverts, reapplies } = readTrailers(message);
    const undone = [reverts, personReverts].filter((one) => one !== undefined);
    if (undone.some((one) => broughtBy.has(one))) {
      undoneBy.add(commit);
      word = 'reverted';
    } else if ([...reapplies, ...undone].some((one) => undoneBy.has(one))) {
      broughtBy.add(commit);
      word = 'stands';
    }
  }
  return word;
}

/**
 * Commits that this history names as taken back. One that stands all the same was brought back by somebody: by a later
 * candidate, whose changeset answers for it, or by a person.
 */
export function takenBack(history: { message: string }[]): Set<Commit> {
  return new Set(
    history.flatMap(({ message }) => {
      const { reverts, personReverts } = readTrailers(message);
      return reverts ?? personReverts ?? [];
    }),
  );
}
