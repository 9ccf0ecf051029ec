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
  | { do: 'pushManifest' | 'forcePush' | 'skipAll' | 'withdraw' | 'close' | 'draft'; pull: number }
  | { do: 'foreign' | 'revert' | 'reset' | 'rule'; on: string }
  | { do: 'pause' | 'resume' | 'killWorkers' }
);

/** After so many steps, or after so many pushes of Lockstep: most of what can go wrong goes wrong near one. */
export type When = { step: number } | { push: number };

/** What goes wrong with the nth effect outside, or the nth push. */
export interface Fault {
  on: 'anything' | 'push';
  nth: number;
  kind: 'killBefore' | 'killAfter' | 'killLate' | 'lostReply' | 'failBefore' | 'late';
}

const FAULTS: Fault['kind'][] = ['killBefore', 'killAfter', 'killLate', 'lostReply', 'failBefore', 'late'];
const TO_CHANGESETS = ['pushBranch', 'skip', 'approve'] as const;
const TO_PULLS = ['pushManifest', 'forcePush', 'skipAll', 'withdraw', 'close', 'draft'] as const;
const TO_MEMBERS = ['foreign', 'revert', 'rule'] as const;

export function scenarioOf(seed: number, random: Random): Scenario {
  const members = Array.from({ length: random.between(1, 5) }, (_, i) => `acme/r${i}`);
  const pulls = Array.from({ length: random.between(1, 3) }, () => pullOf(members, random));
  return {
    seed,
    members,
    interference: random.chance(20) ? 'all' : 'repositories',
    parallelism: random.between(1, 4),
    pulls,
    acts: Array.from({ length: random.between(0, 5) }, () => actOf(members, pulls, random)),
    faults: Array.from({ length: random.between(0, 4) }, () => faultOf(random)),
    webhooks: { lost: random.pick([0, 0, 20, 100]), twice: random.pick([0, 30]) },
    continueAsNewAfter: random.pick([60, 200, 4000]),
  };
}

function pullOf(members: string[], random: Random): Pull {
  return {
    changesets: Array.from({ length: random.between(1, random.chance(15) ? 12 : 3) }, (_, i) => ({
      name: `c${i}`,
      on: random.some(members),
      approval: random.chance(20) ? 'required' : 'none',
      priority: random.between(0, 2),
      ...(random.chance(15) && { broken: true as const }),
      ...(random.chance(15) && { shared: true as const }),
    })),
  };
}

function faultOf(random: Random): Fault {
  const on = random.pick(['anything', 'push'] as const);
  return { on, nth: random.between(1, on === 'push' ? 20 : 250), kind: random.pick(FAULTS) };
}

function actOf(members: string[], pulls: Pull[], random: Random): Act {
  const when: When = random.chance(50) ? { push: random.between(0, 12) } : { step: random.between(0, 600) };
  const pull = random.between(1, pulls.length);
  switch (random.between(1, 4)) {
    case 1:
      return {
        when,
        do: random.pick(TO_CHANGESETS),
        pull,
        changeset: random.pick(pulls[pull - 1]?.changesets ?? []).name,
      };
    case 2:
      return { when, do: random.pick(TO_PULLS), pull };
    case 3:
      return { when, do: random.pick(TO_MEMBERS), on: random.pick(members) };
    default:
      return { when, do: random.pick(['pause', 'resume', 'killWorkers'] as const) };
  }
}
