/** Invariants about each commit that Lockstep put onto a main: 2, 3, 4, 7, 8. */
import { type Tip, toLand, type Vector } from '../src/changeset.ts';
import type { Happened, MainUpdate } from './happened.ts';
import { candidateOf, contains, firstParents, landings, mainsOf, short, stands } from './history.ts';
import type { Invariant } from './invariant.ts';

type Known = Required<Happened>;

export const TESTED: Invariant = {
  number: 2,
  name: 'tested',
  sentence: 'What lands was tested green, together, on the mains that it lands on.',
  needs: ['mains', 'attempts', 'greens'],
  check: (happened) => [
    ...landings(happened).flatMap((landing) => {
      const { changeset, repository, old } = landing;
      const greens = happened.greens.filter(
        (green) => green.changeset === changeset && green.at <= landing.at && isMadeFor(green.vector, landing),
      );
      if (greens.length === 0) {
        return [
          `${short(landing.new)} of ${changeset} came onto ${short(old)} of ${repository}, and was never tested green there`,
        ];
      }
      if (!isExclusive(happened, changeset)) return [];
      // The same commit may have been tested beside several states of the others.
      const missing = greens.map(({ vector }) => missingIn(happened, { ...landing, vector }));
      return missing.some((one) => one.length === 0) ? [] : (missing.at(-1) ?? []);
    }),
    ...happened.attempts.flatMap(({ changeset, settled }) => {
      const { outcome } = settled ?? {};
      if (outcome?.kind !== 'landed' || outcome.nothingToLand) return [];
      const together = happened.greens.some(
        (green) =>
          green.changeset === changeset &&
          toLand(outcome).every(({ repository, candidate }) =>
            green.vector.members.some((one) => one.repository === repository && one.candidate === candidate),
          ),
      );
      return together ? [] : [`${changeset} has landed, but its commits were never tested green together`];
    }),
  ],
};

function isMadeFor(vector: Vector, landing: MainUpdate): boolean {
  return vector.members.some(
    (member) =>
      member.repository === landing.repository &&
      member.candidate === landing.new &&
      member.base === landing.old &&
      !member.alreadyMerged,
  );
}

function isExclusive(happened: Known, changeset: string): boolean {
  return happened.attempts.some((attempt) => attempt.changeset === changeset && attempt.exclusive);
}

/** With `interference: all` no landing of Lockstep's elsewhere is missing from what was tested. */
function missingIn(happened: Known, landing: { at: number; changeset: string; vector: Vector }): string[] {
  return landing.vector.others.flatMap(({ repository, commit }) => {
    const before = landings(happened).filter((one) => one.repository === repository && one.at < landing.at);
    const last = before.at(-1);
    const still = last !== undefined && isOn(happened, repository, last.new, landing.at);
    if (last === undefined || !still || contains(happened.commits, commit, last.new)) return [];
    return [`${landing.changeset} landed, but was tested without ${last.changeset}, which had landed in ${repository}`];
  });
}

function isOn(happened: Known, repository: string, commit: string, at: number): boolean {
  const tip = mainsOf(happened, repository).findLast((update) => update.at < at)?.new;
  return tip !== undefined && contains(happened.commits, tip, commit);
}

/** Taken out by a revert and then finished by an operator, a commit comes again, made anew: that is no second time. */
export const ONCE: Invariant = {
  number: 3,
  name: 'once',
  sentence: "A changeset's attempt is at most once in the first-parent history of any main.",
  needs: ['mains', 'attempts'],
  check: (happened) =>
    landings(happened).flatMap(({ changeset, repository, old, new: commit }) => {
      const ours = happened.attempts
        .filter((attempt) => attempt.changeset === changeset)
        .map(({ decided }) => new Set(decided.flatMap(({ vector }) => toLand(vector)).map((one) => one.candidate)))
        .find((candidates) => candidates.has(commit));
      const before = old === null ? [] : firstParents(happened.commits, old);
      const twice = before.some((one) => ours?.has(one) && stands(happened.commits, one, old ?? ''));
      return twice ? [`one attempt of ${changeset} came onto main of ${repository} while it stood there`] : [];
    }),
};

function repositories(happened: Known): string[] {
  return [...new Set(happened.mains.map((update) => update.repository))];
}

export const ORDER: Invariant = {
  number: 4,
  name: 'order',
  sentence: 'Any two changesets that share repositories landed in the same order in all of them.',
  needs: ['mains', 'attempts'],
  check(happened) {
    const landed = happened.attempts.filter(({ settled }) => settled?.outcome.kind === 'landed');
    return landed.flatMap((one, i) =>
      landed.slice(i + 1).flatMap((other) => {
        const orders = new Map(
          repositories(happened).flatMap((repository) => {
            const places = [one, other].map((attempt) => placeOf(happened, repository, attempt.changeset));
            const [first, second] = places;
            if (first === undefined || second === undefined) return [];
            return [[first < second, repository] as const];
          }),
        );
        if (orders.size < 2) return [];
        return [
          `${one.changeset} landed before ${other.changeset} in ${orders.get(true)}, but after it in ${orders.get(false)}`,
        ];
      }),
    );
  },
};

function placeOf(happened: Known, repository: string, changeset: string): number | undefined {
  const place = mainsOf(happened, repository).findLastIndex(
    (update) => update.by === 'lockstep' && candidateOf(happened.commits, update.new) === changeset,
  );
  return place < 0 ? undefined : place;
}

export const APPROVED: Invariant = {
  number: 7,
  name: 'approved',
  sentence: 'The second parent of what landed is the pinned head, and the approved one.',
  needs: ['mains', 'attempts', 'approvals'],
  check: (happened) =>
    landings(happened).flatMap((landing) => {
      const { changeset, repository } = landing;
      const head = happened.commits.get(landing.new)?.parents[1];
      const attempts = happened.attempts.filter((attempt) => attempt.changeset === changeset);
      const pinned = attempts
        .flatMap(({ decided }) => decided)
        .find(({ vector }) => memberAt(vector, repository)?.candidate === landing.new)?.vector;
      if (pinned === undefined || memberAt(pinned, repository)?.head !== head) {
        return [
          `${short(landing.new)} of ${changeset} in ${repository} merges ${short(head ?? null)}, not the pinned head`,
        ];
      }
      if (!attempts.some((attempt) => attempt.approval === 'required')) return [];
      const approved = happened.approvals.some(
        (approval) => approval.changeset === changeset && approval.at <= landing.at && covers(approval.heads, pinned),
      );
      return approved ? [] : [`${changeset} landed ${short(head ?? null)} in ${repository}, which nobody approved`];
    }),
};

function memberAt(vector: Vector, repository: string) {
  return vector.members.find((member) => member.repository === repository);
}

function covers(heads: Tip[], vector: Vector): boolean {
  return vector.members.every((member) =>
    heads.some((tip) => tip.repository === member.repository && tip.commit === member.head),
  );
}

export const FORWARD: Invariant = {
  number: 8,
  name: 'forward',
  sentence: 'Lockstep never moves a main other than by fast-forward.',
  needs: ['mains'],
  check: ({ mains, commits }) =>
    mains
      .filter((update) => update.by === 'lockstep' && update.old !== null)
      .filter((update) => !contains(commits, update.new, update.old ?? ''))
      .map(
        (update) =>
          `main of ${update.repository} went from ${short(update.old)} to ${short(update.new)}, which drops it`,
      ),
};
