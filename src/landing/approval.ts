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
  /** Since when it has them, and when the approval was written; both by GitHub's clock (ISO 8601). */
  shownAt?: string;
  writtenAt?: string;
}

export type Judgement = { kind: 'counts'; heads: Tip[] } | { kind: 'refused'; why: string };

export function judgeApproval(facts: ApprovalFacts): Judgement {
  const { commits, heads } = facts;
  const strange = commits.find((commit) => !heads.some((tip) => tip.commit.startsWith(commit)));
  if (strange !== undefined) {
    return refused(
      `it names ${strange.slice(0, 12)}, but what would land is ${headsInWords(heads)}; look again, then approve those`,
    );
  }
  // A prefix that is short enough to be read out can be forged: it says which heads were seen, not that no other could be meant.
  const all = heads.every((tip) => commits.includes(tip.commit));
  if (!all && !hasSeen(facts)) {
    return refused(`the comment that shows ${headsInWords(heads)} was not written yet when it came; approve again`);
  }
  return { kind: 'counts', heads };
}

/** A comment on its way may be older than what is shown now. GitHub's clock has whole seconds: in the same one nobody has read. */
function hasSeen({ heads, shown, shownAt, writtenAt }: ApprovalFacts): boolean {
  if (shown === undefined || !sameHeads(shown, heads)) return false;
  return writtenAt === undefined || (shownAt !== undefined && Date.parse(writtenAt) > Date.parse(shownAt));
}

export function headsInWords(heads: Tip[]): string {
  return heads.map((tip) => `${tip.repository} ${tip.commit.slice(0, 7)}`).join(', ');
}

function refused(why: string): Judgement {
  return { kind: 'refused', why };
}
