/**
 * Strays (PROTOCOL 10): candidates that stand on a `main` although their changeset has ended otherwise, or was ended by
 * hand; and fences of such a changeset, which nobody else would ever free.
 */
import type { Member, Outcome, RepositoryName } from '../changeset.ts';
import type { Phase } from '../plan/progress.ts';

/** How the latest run of a changeset's workflow is, as Temporal has it. */
export type LatestRun =
  | { kind: 'running' }
  /** Temporal has forgotten it: too long ago to be judged. */
  | { kind: 'forgotten' }
  /** Terminated, timed out or failed. */
  | { kind: 'lost' }
  | { kind: 'completed'; outcome: Outcome };

export interface StrayFacts {
  latest: LatestRun;
  /** How far the pipeline has it that runs this pull request now; absent when none does, or none has begun it. */
  phase?: Phase['at'];
}

/** What a run gets that finds out first what stands: begun for a stray, or after a run that was ended by hand. */
export interface Stray {
  /** Where to look: the changeset's members, and whatever else of it was seen. */
  members: Member[];
  /** As which it had ended. */
  recorded?: Outcome;
  /** Its pipeline wants it still: where nothing of it stands, it begins anew. */
  wanted?: true;
}

/** What a run is begun with: the members that it had, and what else was seen of it. */
export function strayOf(members: Member[], seen: Member[], latest: LatestRun): Stray {
  const known = new Set(members.map((member) => member.repository));
  const others = seen.filter((member) => !known.has(member.repository) && known.add(member.repository));
  return { members: [...members, ...others], ...(latest.kind === 'completed' && { recorded: latest.outcome }) };
}

/**
 * Whether its candidates may stand in that repository. `later`: it is at work, or its pipeline is about to run it again,
 * which looks at what stands before anything else.
 */
export function mayStand(facts: StrayFacts, repository: RepositoryName): 'yes' | 'no' | 'later' {
  const { latest, phase } = facts;
  switch (latest.kind) {
    case 'running':
      return 'later';
    case 'forgotten':
      return 'yes';
    case 'completed': {
      const { outcome } = latest;
      const landed = outcome.kind === 'landed' && outcome.members.some((member) => member.repository === repository);
      return landed ? 'yes' : unlessBegun(phase);
    }
    case 'lost':
      return unlessBegun(phase);
  }
}

/** Whether fences that the queue keeps for it may stay. */
export function mayHoldFences(facts: StrayFacts): boolean {
  const { latest, phase } = facts;
  if (latest.kind === 'running' || latest.kind === 'forgotten') return true;
  return unlessBegun(phase) === 'later';
}

function unlessBegun(phase: Phase['at'] | undefined): 'no' | 'later' {
  return phase === undefined || phase === 'ended' ? 'no' : 'later';
}
