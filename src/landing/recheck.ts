/** The last comparison before the decision (PROTOCOL 5): heads as pinned, every `main` at its base. */
import type { Commit, RepositoryName, StopReason, Vector } from '../changeset.ts';
import { branchDeleted, branchMoved, mainMoved } from '../report/trouble.ts';
import type { Recheck } from './steps.ts';

export interface RecheckFacts {
  vector: Vector;
  interference: 'repositories' | 'all';
  /** `main` and the member's branch as they are now; a branch is absent when it was deleted. */
  now: { repository: RepositoryName; main: Commit; mainMovedByLockstep: boolean; head?: Commit }[];
  /** The manifest's pull request as it is now. */
  manifest: 'asPinned' | StopReason;
  /** Rules, permissions: sentences why this must not land, with the fix. */
  objections: string[];
}

export function recheck(facts: RecheckFacts): Recheck {
  if (facts.manifest !== 'asPinned') return { kind: 'stopped', why: facts.manifest };
  if (facts.objections.length > 0) return { kind: 'refused', sentences: facts.objections };
  const now = new Map(facts.now.map((fact) => [fact.repository, fact]));
  for (const member of facts.vector.members) {
    const found = now.get(member.repository);
    if (found?.head === undefined && !member.alreadyMerged) {
      return moved(branchDeleted(member));
    }
    if (found?.head !== undefined && found.head !== member.head) {
      return moved(branchMoved(member, member.head, found.head));
    }
    if (found !== undefined && found.main !== member.base) {
      return moved(mainMoved(member.repository, member.base, found.main), found.mainMovedByLockstep);
    }
  }
  if (facts.interference === 'all') {
    for (const other of facts.vector.others) {
      const found = now.get(other.repository);
      if (found !== undefined && found.main !== other.commit) {
        return moved(mainMoved(other.repository, other.commit, found.main), found.mainMovedByLockstep);
      }
    }
  }
  return { kind: 'clean' };
}

function moved(what: string, own = false): Recheck {
  return { kind: 'moved', what, own };
}
