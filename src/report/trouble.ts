/** Why a landing halted, began again or was taken back: clauses without a full stop, as comments and comparisons quote them. */
import type { Commit, Member, Outcome, RepositoryName, StopReason } from '../changeset.ts';
import type { Finding } from '../landing/state.ts';
import { outcomeWord } from './phases.ts';
import { few } from './text.ts';

export function mainBecame(repository: RepositoryName, found: Commit): string {
  return `main of ${repository} became ${short(found)} just before the landing`;
}

export function landingRefused(repository: RepositoryName, message: string): string {
  return `${repository} refused the landing: ${message}`;
}

export function cannotBeRead(repository: RepositoryName, message: string): string {
  return `${repository} cannot be read: ${message}`;
}

export function nothingCanBeSaid(repository: RepositoryName, reason: string): string {
  return `${repository} cannot be read, so that nothing can be said about the landing there (${reason})`;
}

export function notReverted(repository: RepositoryName, why: { message: string; reason: string }): string {
  return `${repository} could not be reverted: ${why.message} (${why.reason})`;
}

export const NOT_ALL_STAND = 'after the landing not every repository has its commit on main';

export function notAllGone(reason: string): string {
  return `after the reverts not every main is free of this changeset (${reason})`;
}

export function askedToUndo(by: string): string {
  return `${by} asked for it to be undone`;
}

export function undoneByHand(by: string, reason: string): string {
  return `${by} undid it by hand: ${reason}`;
}

/** What speaks against it comes first. */
export function checkFound(by: string, findings: Finding[], reason: string): string {
  const stands = findings.filter(({ standing }) => standing === 'stands');
  const others = findings.filter(({ standing }) => standing !== 'stands');
  return `check by ${by}: ${few([...others, ...stands].map(shows))} (${reason})`;
}

function shows({ repository, standing }: Finding): string {
  switch (standing) {
    case 'stands':
      return `${repository} shows it`;
    case 'absent':
    case 'reverted':
      return `${repository} does not show it (${standing})`;
    case 'unreadable':
      return `${repository} cannot be read`;
  }
}

export function finishFailed(why: string): string {
  return `finishing did not succeed: ${why}`;
}

export const EARLIER_HALF_LANDING = 'an earlier landing of this changeset stands on some of its repositories only';

export const FINISH_IS_RED = 'the tests of the landed members with the missing ones failed';

export const NOBODY_APPROVED = 'nobody approved it in the time allowed';

export function pullRequestWas(why: StopReason): string {
  return `the pull request was ${why}`;
}

export function movedTooOften(what: string, times: number): string {
  return `${what}, ${times} times`;
}

/** About a changeset that has ended: `undefined` when its run was cut off. */
export function strayStands(recorded: Outcome | undefined): string {
  const how =
    recorded === undefined ? 'its workflow was ended by hand or failed' : `it had ended as ${outcomeWord(recorded)}`;
  return `${how}, but commits of it stand on a main`;
}

export function branchDeleted({ branch, repository }: Member): string {
  return `branch ${branch} of ${repository} was deleted`;
}

export function branchMoved({ branch, repository }: Member, from: Commit, to: Commit): string {
  return `branch ${branch} of ${repository} ${fromTo(from, to)}`;
}

export function mainMoved(repository: RepositoryName, from: Commit, to: Commit): string {
  return `main of ${repository} ${fromTo(from, to)}`;
}

function fromTo(from: Commit, to: Commit): string {
  return `moved from ${short(from)} to ${short(to)}`;
}

function short(commit: Commit): string {
  return commit.slice(0, 7);
}

/** `again`: `10:41`, UTC. */
export function endedAgain({ runs, why, again }: { runs: number; why: string; again: string }): string {
  return `its workflow was ended by hand or failed ${runs} times (${why}); at ${again} UTC a new run looks at what stands of it, so nobody has to do anything but leave that run alone; to stop it for good, skip it`;
}
