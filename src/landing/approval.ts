/** Whether an approval counts: it binds heads that the person could see (PROTOCOL 3, model). */
import type { Commit, Tip } from '../changeset.ts';
import { sameHeads } from './state.ts';

export interface ApprovalFacts {
  /** Commits that the person named: full ids or prefixes. */
  commits: Commit[];
  /** The pinned heads. */
  heads: Tip[];
  /** The heads in the comment that was last confirmed written. */
  shown?: Tip[];
}

export type Judgement = { kind: 'counts'; heads: Tip[] } | { kind: 'refused'; why: string };

export function judgeApproval(facts: ApprovalFacts): Judgement {
  const { commits, heads, shown } = facts;
  const strange = commits.find((commit) => !heads.some((tip) => tip.commit.startsWith(commit)));
  if (strange !== undefined) {
    return refused(
      `it names ${strange.slice(0, 12)}, but what would land is ${headsInWords(heads)}; look again, then approve those`,
    );
  }
  const all = heads.every((tip) => commits.some((commit) => tip.commit.startsWith(commit)));
  const seen = shown !== undefined && sameHeads(shown, heads);
  if (!seen && !all) {
    return refused(`the comment that shows ${headsInWords(heads)} was not written yet when it came; approve again`);
  }
  return { kind: 'counts', heads };
}

export function headsInWords(heads: Tip[]): string {
  return heads.map((tip) => `${tip.repository} ${tip.commit.slice(0, 7)}`).join(', ');
}

function refused(why: string): Judgement {
  return { kind: 'refused', why };
}
