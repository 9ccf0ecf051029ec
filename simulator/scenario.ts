/** What a run is about, as a value: it is made from a seed, can be written down, and can be made smaller. */
import type { Random } from './random.ts';

export interface Scenario {
  /** Of the order in which things happen. */
  seed: number;
  members: string[];
  interference: 'repositories' | 'all';
  parallelism: number;
  pulls: Pull[];
  acts: Act[];
  faults: Fault[];
  /** In 100: webhooks that never come, and that come twice. */
  webhooks: { lost: number; twice: number };
  /** Events after which a workflow is asked to continue as new. */
  continueAsNewAfter: number;
  /** Workflows of this type get a task only when little else can happen: what others tell them waits. */
  slow?: 'queue' | 'pipeline' | 'changeset';
}

export interface Pull {
  changesets: Wanted[];
}

export interface Wanted {
  name: string;
  on: string[];
  approval: 'none' | 'required';
  priority: number;
  /** Its tests are red. */
  broken?: true;
  /** It changes a file that others change too. */
  shared?: true;
}

/** What people do. */
export type Act = { when: When } & (
  | { do: 'pushBranch' | 'skip' | 'approve' | 'terminate'; pull: number; changeset: string }
  | { do: 'pushManifest' | 'forcePush' | 'forge' | 'skipAll' | 'withdraw' | 'close' | 'draft'; pull: number }
  | { do: 'foreign' | 'revert' | 'undo' | 'reset' | 'rule'; on: string }
  | { do: 'pause' | 'resume' | 'killWorkers' }
);

/**
 * After so many steps; after so many pushes of Lockstep to a member's main; or near the nth activity of this type, where most of
 * what can go wrong goes wrong: so many steps after it was scheduled, or when it was completed and its workflow has not taken
 * the result. What concerns a changeset counts that changeset's activities.
 */
export type When =
  | { step: number }
  | { push: number }
  | { activity: NearActivity; nth: number; later: number }
  | { activity: NearActivity; nth: number; with: 'result' };

const NEAR = ['prepare', 'stage', 'recheck', 'land', 'revert', 'survey', 'writeStatus', 'mergeManifest'] as const;
type NearActivity = (typeof NEAR)[number];

/** What goes wrong with the nth effect outside, the nth push to a member's main, the nth effect within such activities. */
export interface Fault {
  on: 'anything' | 'push' | NearActivity;
  nth: number;
  kind: 'killBefore' | 'killAfter' | 'killLate' | 'lostReply' | 'failBefore' | 'late';
}

const FAULTS: Fault['kind'][] = ['killBefore', 'killAfter', 'killLate', 'lostReply', 'failBefore', 'late'];
const TO_CHANGESETS = ['pushBranch', 'pushBranch', 'skip', 'skip', 'approve', 'terminate'] as const;
const TO_PULLS = [
  'pushManifest',
  'pushManifest',
  'forcePush',
  'forge',
  'skipAll',
  'withdraw',
  'close',
  'draft',
] as const;
const TO_MEMBERS = ['foreign', 'revert', 'undo', 'rule'] as const;
const SLOW = ['queue', 'pipeline', 'changeset'] as const;

/** Half of them are crowded: all that people want meets in few repositories, and goes wrong where pushes are. */
export function scenarioOf(seed: number, random: Random): Scenario {
  const crowded = random.chance(50);
  const members = Array.from({ length: random.between(1, crowded ? 3 : 5) }, (_, i) => `acme/r${i}`);
  const pulls = Array.from({ length: random.between(crowded ? 2 : 1, 3) }, () => pullOf(members, random, crowded));
  const acts = Array.from({ length: random.between(0, crowded ? 6 : 5) }, () => actOf(members, pulls, random));
  return {
    seed,
    members,
    interference: random.chance(crowded ? 35 : 20) ? 'all' : 'repositories',
    parallelism: random.between(1, 4),
    pulls,
    acts,
    faults: Array.from({ length: random.between(0, 4) }, () => faultOf(random, crowded)),
    webhooks: { lost: random.pick([0, 0, 20, 100]), twice: random.pick([0, 30]) },
    continueAsNewAfter: random.pick([60, 200, 4000]),
    ...(random.chance(40) && { slow: random.pick(SLOW) }),
  };
}

function pullOf(members: string[], random: Random, crowded: boolean): Pull {
  return {
    changesets: Array.from(
      { length: random.between(1, random.chance(crowded ? 0 : 15) ? 12 : crowded ? 2 : 3) },
      (_, i) => ({
        name: `c${i}`,
        on: random.some(members),
        approval: random.chance(crowded ? 35 : 20) ? 'required' : 'none',
        priority: random.between(0, 2),
        ...(random.chance(15) && { broken: true as const }),
        ...(random.chance(15) && { shared: true as const }),
      }),
    ),
  };
}

function faultOf(random: Random, crowded: boolean): Fault {
  const on = random.chance(crowded ? 80 : 60) ? random.pick(['push', ...NEAR] as const) : 'anything';
  const most = on === 'anything' ? 250 : on === 'push' ? 10 : 30;
  return { on, nth: random.between(1, most), kind: random.pick(FAULTS) };
}

/** More than half of all acts come where they hurt most. */
function whenOf(random: Random, near: readonly NearActivity[]): When {
  if (random.chance(60)) {
    const [activity, nth] = [random.pick(near), random.pick([1, 1, 2, 3])];
    return random.chance(40) ? { activity, nth, with: 'result' } : { activity, nth, later: random.between(0, 8) };
  }
  return random.chance(50) ? { step: random.between(0, 600) } : { push: random.between(0, 8) };
}

function actOf(members: string[], pulls: Pull[], random: Random): Act {
  const pull = random.between(1, pulls.length);
  switch (random.between(1, 4)) {
    case 1:
      return {
        when: whenOf(random, ['prepare', 'stage', 'recheck', 'land', 'survey']),
        do: random.pick(TO_CHANGESETS),
        pull,
        changeset: random.pick(pulls[pull - 1]?.changesets ?? []).name,
      };
    case 2:
      return {
        when: whenOf(random, ['stage', 'recheck', 'land', 'survey', 'writeStatus', 'mergeManifest']),
        do: random.pick(TO_PULLS),
        pull,
      };
    case 3:
      return {
        when: whenOf(random, ['prepare', 'recheck', 'land', 'survey', 'revert']),
        do: random.pick(TO_MEMBERS),
        on: random.pick(members),
      };
    default:
      return {
        when: whenOf(random, ['stage', 'recheck', 'land']),
        do: random.pick(['pause', 'resume', 'killWorkers'] as const),
      };
  }
}
