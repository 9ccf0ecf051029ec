/** Invariants about the last look before each decision (PROTOCOL 5): what begins to land was still as it was pinned. */
import type { Commit, PinnedMember, RepositoryName, Tip } from '../src/changeset.ts';
import type { At, Attempt, Decision, Happened, Look } from './happened.ts';
import { mainsOf, short } from './history.ts';
import type { Invariant } from './invariant.ts';

type Known = Required<Happened>;
type Looked = Decision & { look: Look };

export const MAINS_LOOKED: Invariant = {
  number: 2,
  name: 'mains',
  sentence:
    'At the last look before a landing every main was where it was tested; with interference of all, every other too.',
  needs: ['mains', 'attempts', 'obstacles'],
  check: (happened) =>
    eachLook(happened, (attempt, decision) => {
      const members = decision.vector.members.map(({ repository, base }) => ({ repository, commit: base }));
      const tips = attempt.exclusive ? [...members, ...decision.vector.others] : members;
      return [
        ...tips
          .filter((tip) => !wasOn(happened, tip, decision))
          .map(({ repository, commit }) => `although main of ${repository} was no longer at ${short(commit)}`),
        ...members
          .filter(({ repository }) => stoodInTheWay(happened, { repository }, decision))
          .map(({ repository }) => `although a rule on main of ${repository} forbade it`),
      ];
    }),
};

export const HEADS_LOOKED: Invariant = {
  number: 7,
  name: 'heads',
  sentence:
    'At the last look before a landing every branch was at its pinned head, and the pull request was as it was read.',
  needs: ['attempts', 'branches', 'obstacles'],
  check: (happened) =>
    eachLook(happened, (_, decision) => {
      const { look, vector } = decision;
      if (look.finishing) return [];
      const { pullRequest } = look.manifest;
      return [
        ...vector.members
          .filter((member) => !member.alreadyMerged && !wasAtHead(happened, member, decision))
          .map(({ branch, repository }) => `although ${branch} of ${repository} had another head`),
        ...(stoodInTheWay(happened, { pullRequest }, decision) ? [`although #${pullRequest} was not open`] : []),
        ...(pushedOver(happened, look) ? [`although somebody had pushed to #${pullRequest}`] : []),
      ];
    }),
};

export const MERGED: Invariant = {
  number: 5,
  name: 'merged',
  sentence: 'What Lockstep merges on the coordinator is what it read, with nothing but its own status commits on top.',
  needs: ['merges', 'branches'],
  check: (happened) =>
    happened.merges
      .filter(({ at, manifest }) => pushedOver(happened, { since: at, manifest }))
      .map(({ manifest }) => `#${manifest.pullRequest} was merged with a push that nobody had read`),
};

export const SUPERSEDED: Invariant = {
  number: 5,
  name: 'superseded',
  sentence: 'Only a push of people supersedes a run: not a status commit of its own.',
  needs: ['attempts', 'branches'],
  check: (happened) =>
    happened.attempts.flatMap(({ changeset, manifest, settled }) => {
      const { outcome, at = 0 } = settled ?? {};
      if (manifest === undefined || outcome?.kind !== 'stopped' || outcome.why !== 'superseded') return [];
      return pushedOver(happened, { since: at, manifest })
        ? []
        : [`${changeset} was let go for a push, but nobody had pushed to #${manifest.pullRequest}`];
    }),
};

function eachLook(happened: Known, check: (attempt: Attempt, decision: Looked) => string[]): string[] {
  return happened.attempts.flatMap((attempt) =>
    attempt.decided.flatMap((decision) => {
      const { look } = decision;
      if (look === undefined) return [];
      return check(attempt, { ...decision, look }).map((why) => `${attempt.changeset} began to land ${why}`);
    }),
  );
}

/** At some moment from the beginning of the look to the decision. */
function wasOn(happened: Known, { repository, commit }: Tip, decision: Looked): boolean {
  return valuesIn(
    mainsOf(happened, repository).map((update) => ({ at: update.at, commit: update.new })),
    decision,
  ).includes(commit);
}

function wasAtHead(happened: Known, { repository, branch, head }: PinnedMember, decision: Looked): boolean {
  const updates = happened.branches.filter((one) => one.repository === repository && one.branch === branch);
  return valuesIn(
    updates.map((update) => ({ at: update.at, commit: update.new })),
    decision,
  ).includes(head);
}

function valuesIn(updates: { at: At; commit: Commit | null }[], { at, look }: Looked): (Commit | null)[] {
  const before = updates.findLast((update) => update.at <= look.since)?.commit ?? null;
  return [before, ...updates.filter((one) => one.at > look.since && one.at <= at).map(({ commit }) => commit)];
}

/** All the time from the beginning of the look to the decision. */
function stoodInTheWay(
  { obstacles }: Known,
  of: { repository: RepositoryName } | { pullRequest: number },
  { at, look }: Looked,
): boolean {
  const key = JSON.stringify(of);
  return obstacles.some(
    (one) => JSON.stringify(one.of) === key && one.from <= look.since && (one.until ?? Number.POSITIVE_INFINITY) > at,
  );
}

/** Above the head that the run was begun for there was more than status commits of the bot when the look began. */
function pushedOver({ branches }: Known, { since, manifest }: Pick<Look, 'since' | 'manifest'>): boolean {
  const { repository, branch, head } = manifest;
  const updates = branches.filter((one) => one.repository === repository && one.branch === branch && one.at <= since);
  const pinned = updates.findLastIndex((update) => update.new === head);
  return updates.some((update, i) => i > pinned && update.by === 'somebody');
}
