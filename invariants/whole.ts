/** Invariant 1: in all repositories or in none. */
import { type Commit, type PinnedMember, toLand } from '../src/changeset.ts';
import type { Attempt, Happened, MainUpdate, Settled } from './happened.ts';
import { landings, mainsOf, short, stands } from './history.ts';
import type { Invariant } from './invariant.ts';

type Known = Required<Happened>;
type Concluded = Attempt & { settled: Settled };

export const WHOLE: Invariant = {
  number: 1,
  name: 'whole',
  sentence: 'Each settled changeset is on main of all its repositories, of none, or of all with all reverted.',
  needs: ['mains', 'attempts'],
  check: (happened) =>
    happened.attempts.flatMap((attempt) => {
      const { settled } = attempt;
      return settled === undefined ? [] : checkOne(happened, { ...attempt, settled });
    }),
};

function checkOne(happened: Known, attempt: Concluded): string[] {
  const { outcome } = attempt.settled;
  switch (outcome.kind) {
    case 'landed':
      return [
        ...(outcome.nothingToLand ? [] : toLand(outcome)).flatMap((member) =>
          asSaid(happened, attempt, { ...member, expected: true }),
        ),
        ...outcome.members.flatMap((member) => wasThere(happened, attempt, member)),
      ];
    case 'rolledBack':
      return decidedMembers(attempt).flatMap((member) => asSaid(happened, attempt, { ...member, expected: false }));
    case 'failed':
    case 'skipped':
    case 'stopped':
      return [...untouched(happened, attempt), ...pushedSince(happened, attempt)];
  }
}

/** A member that was left alone because it was merged already: its work is to be seen there, where the caller can tell. */
function wasThere({ commits }: Known, { changeset }: Concluded, member: PinnedMember): string[] {
  const shows = member.alreadyMerged ? commits.get(member.base)?.shows : undefined;
  if (shows === undefined || shows.includes(changeset)) return [];
  return [`${changeset} was said to be landed, but nothing of it is on main of ${member.repository}`];
}

function decidedMembers(attempt: Attempt): PinnedMember[] {
  return attempt.decided.flatMap(({ vector }) => toLand(vector));
}

type Said = { repository: string; candidate: Commit; expected: boolean };

/** The concluding look saw what was said, and Lockstep itself changed nothing of it afterwards. */
function asSaid(happened: Known, attempt: Concluded, said: Said): string[] {
  const { settled, changeset } = attempt;
  const { repository, candidate, expected } = said;
  const look = settled.looked.find((one) => one.repository === repository);
  const what = `${changeset} was said to be ${settled.outcome.kind}`;
  if (look === undefined) return [`${what}, but nobody had looked at main of ${repository}`];
  if (stands(happened.commits, candidate, look.tip) !== expected) {
    return [
      `${what}, but its commit ${short(candidate)} ${expected ? 'does not stand' : 'stands'} on main of ${repository}`,
    ];
  }
  return changedSince(happened, attempt, { ...said, tip: look.tip }).map(
    (update) =>
      `${what}, and then Lockstep moved main of ${repository} to ${short(update.new)}, where its commit ${expected ? 'stands no more' : 'stands again'}`,
  );
}

function changedSince(happened: Known, attempt: Concluded, said: Said & { tip: Commit }): MainUpdate[] {
  const { commits } = happened;
  const updates = mainsOf(happened, said.repository);
  const seen = updates.findLastIndex((update) => update.new === said.tip && update.at <= attempt.settled.at);
  const next = laterAttempt(happened, attempt);
  return updates.filter(
    (update, i) =>
      i > seen &&
      update.by === 'lockstep' &&
      update.old !== null &&
      update.at < next &&
      stands(commits, said.candidate, update.old) === said.expected &&
      stands(commits, said.candidate, update.new) !== said.expected,
  );
}

function laterAttempt(happened: Known, attempt: Concluded): number {
  const later = happened.attempts
    .filter((one) => one.changeset === attempt.changeset && one.attempt !== attempt.attempt)
    .flatMap((one) => one.decided.map(({ at }) => at))
    .filter((at) => at > attempt.settled.at);
  return Math.min(Number.POSITIVE_INFINITY, ...later);
}

/** An end without a landing: nothing of what was decided stands on a main by Lockstep's hand. */
function untouched(happened: Known, attempt: Concluded): string[] {
  const others = happened.attempts.filter((one) => one !== attempt && one.attempt !== attempt.attempt);
  // What another attempt made of the same commit is judged there.
  const elsewhere = new Set(others.flatMap(decidedMembers).map((member) => member.candidate));
  const ours = decidedMembers(attempt).filter(({ candidate }) => !elsewhere.has(candidate));
  const unique = new Map(ours.map((member) => [`${member.repository} ${member.candidate}`, member]));
  return [...unique.values()]
    .filter((member) => whoMadeItStand(happened, member) === 'lockstep')
    .map(
      ({ candidate, repository }) =>
        `${attempt.changeset} was said to be ${attempt.settled.outcome.kind}, but its commit ${short(candidate)} stands on main of ${repository}`,
    );
}

/** What nobody had heard the end of when it was settled may not arrive afterwards. */
function pushedSince(happened: Known, attempt: Concluded): string[] {
  const { changeset, settled } = attempt;
  const next = laterAttempt(happened, attempt);
  return landings(happened)
    .filter((landing) => landing.changeset === changeset && landing.at > settled.at && landing.at < next)
    .map(
      ({ new: commit, repository }) =>
        `${changeset} was said to be ${settled.outcome.kind}, and then its commit ${short(commit)} came onto main of ${repository}`,
    );
}

/** Whose push brought it onto the main on which it stands now; `undefined` where it does not. */
function whoMadeItStand(happened: Known, { repository, candidate }: PinnedMember): MainUpdate['by'] | undefined {
  let by: MainUpdate['by'] | undefined;
  for (const update of mainsOf(happened, repository)) {
    if (!stands(happened.commits, candidate, update.new)) by = undefined;
    else by ??= update.by;
  }
  return by;
}
