/** Pins a changeset, looks at the rules before tests are paid for, and builds its candidates (PROTOCOL 1 and 2). */

import PQueue from 'p-queue';
import {
  type ChangesetId,
  type Commit,
  changesetLabel,
  type Failure,
  type Member,
  type PinnedMember,
  type RepositoryName,
  type Tip,
  type Vector,
} from '../../src/changeset.ts';
import type { Finding } from '../../src/landing/state.ts';
import type { Prepared } from '../../src/landing/steps.ts';
import { readTrailers } from '../../src/landing/trailers.ts';
import { nearest } from '../../src/manifest/problem.ts';
import type { ControlDeps } from '../deps.ts';
import { readConfigurationAt } from '../manifest/configuration.ts';
import type { PrepareRequest } from '../types.ts';
import { type Built, buildCandidate, type Pin } from './build.ts';
import { type Landable, notInstalled, preflight } from './preflight.ts';
import { standingOn } from './standing.ts';
import { isUnreadable } from './unreadable.ts';

/** Repositories that are read at the same time. */
const READ_AT_ONCE = 8;
/** First-parent commits of `main` that are searched for an earlier landing of the same changeset. */
const OWN_HISTORY = 1000;
const PATHS_NAMED = 50;

export async function prepare(deps: ControlDeps, request: PrepareRequest): Promise<Prepared> {
  const { id, changeset, author } = request;
  const [pins, surroundings] = await Promise.all([
    pinMembers(deps, request),
    pinOthers(
      deps,
      changeset.members.map((member) => member.repository),
    ),
  ]);
  if ('refused' in pins) return failed({ kind: 'refused', sentences: pins.refused });
  const objections = await preflight(deps, { members: pins.pinned, author });
  const own = await ownCandidates(deps, id, pins.pinned);
  const standing = own.filter((finding) => finding.standing === 'stands');
  if (objections.length > 0 && standing.length === 0) return failed({ kind: 'refused', sentences: objections });
  const { members, failure } = await buildAll(deps, request, { pins: pins.pinned, standing });
  const vector: Vector = { members, ...surroundings };
  const missing = members.filter((member) => !member.alreadyMerged);
  // A person's choice to finish is the one case in which the missing members of a half landing are to be landed; without
  // it not even a conflict may end as a plain failure, for something of it is on a main (model).
  if (standing.length > 0 && missing.length > 0 && !request.finishing) return halfLanded(vector, standing);
  if (objections.length > 0) return failed({ kind: 'refused', sentences: objections });
  if (failure) return failed(failure);
  return missing.length === 0 ? { kind: 'nothing', vector } : { kind: 'ready', vector };
}

/** A candidate for every member; one that cannot be built stands in with its head, and the first such is told. */
async function buildAll(
  deps: ControlDeps,
  { id }: PrepareRequest,
  { pins, standing }: { pins: Pin[]; standing: Finding[] },
): Promise<{ members: PinnedMember[]; failure?: Failure }> {
  const failures: Failure[] = [];
  const members: PinnedMember[] = [];
  for (const pin of pins) {
    const landed = standing.find((finding) => finding.repository === pin.repository);
    if (landed) {
      members.push(memberOf(pin, { candidate: landed.candidate, alreadyMerged: true, landedBefore: true }));
      continue;
    }
    const built = await buildCandidate(deps.git, { id, pin, pins });
    if (built.kind === 'built') members.push(memberOf(pin, { candidate: built.candidate, alreadyMerged: false }));
    else if (built.kind === 'alreadyMerged') members.push(memberOf(pin, { candidate: pin.base, alreadyMerged: true }));
    else {
      members.push(memberOf(pin, { candidate: pin.head, alreadyMerged: false }));
      failures.push(failureOf(pin, built));
    }
  }
  const [failure] = failures;
  return { members, ...(failure && { failure }) };
}

function failureOf({ repository, branch }: Pin, built: Extract<Built, { kind: 'refused' | 'conflict' }>): Failure {
  if (built.kind === 'refused') return { kind: 'refused', sentences: [built.sentence] };
  const paths = built.paths.slice(0, PATHS_NAMED);
  return { kind: 'conflict', repository, branch, paths, morePaths: built.paths.length - paths.length };
}

function memberOf(pin: Pin, made: Pick<PinnedMember, 'candidate' | 'alreadyMerged' | 'landedBefore'>): PinnedMember {
  const { repository, branch, head, base } = pin;
  return { repository, branch, head, base, ...made };
}

function failed(reason: Failure): Prepared {
  return { kind: 'failed', reason };
}

/** What stands counts as to be undone or finished; so do the members that are missing. */
function halfLanded(vector: Vector, standing: Finding[]): Prepared {
  const members = vector.members.map((member) => {
    const stands = standing.some((finding) => finding.repository === member.repository);
    return stands ? { ...member, alreadyMerged: false } : member;
  });
  const findings = members
    .filter((member) => !member.alreadyMerged)
    .map(({ repository, candidate, base }): Finding => {
      const stands = standing.some((finding) => finding.repository === repository);
      return { repository, candidate, tip: base, standing: stands ? 'stands' : 'absent' };
    });
  return { kind: 'halfLanded', vector: { ...vector, members }, findings };
}

type Pinned = Pin & Landable;

async function pinMembers(
  deps: ControlDeps,
  request: PrepareRequest,
): Promise<{ pinned: Pinned[] } | { refused: string[] }> {
  const members = request.changeset.members.toSorted((a, b) => (a.repository < b.repository ? -1 : 1));
  // A finish lands what was tested and approved, whatever became of the branches since.
  const halted = request.finishing?.halted.members;
  const all = await Promise.all(
    members.map((member) => {
      const head = halted?.find((one) => one.repository === member.repository)?.head;
      return pinMember(deps, { ...member, ...(head !== undefined && { head }) });
    }),
  );
  const refused = all.flatMap((one) => ('refused' in one ? one.refused : []));
  return refused.length > 0 ? { refused } : { pinned: all.flatMap((one) => ('refused' in one ? [] : [one])) };
}

async function pinMember(
  deps: ControlDeps,
  { repository, branch, head: pinned }: Member & { head?: Commit },
): Promise<Pinned | { refused: string[] }> {
  const { git } = deps;
  const live = deps.live();
  try {
    const { refs, defaultBranch, main } = await git.readRefs(
      repository,
      [`refs/heads/${branch}`, 'refs/heads/lockstep'],
      live,
    );
    const head = pinned ?? refs[`refs/heads/${branch}`];
    const refused = [
      ...(refs['refs/heads/lockstep'] ? [blocksStaging(repository)] : []),
      ...(branch === defaultBranch ? [isDefault(repository, branch)] : []),
    ];
    if (head === undefined) refused.push(await noBranch(deps, { repository, branch }));
    if (head === undefined || refused.length > 0) return { refused };
    await git.fetch(repository, [head, main], live);
    return { repository, branch, head, base: main, defaultBranch };
  } catch (error) {
    if (isUnreadable(error)) return { refused: [notInstalled(repository)] };
    throw error;
  }
}

function blocksStaging(repository: RepositoryName): string {
  return `${repository} has a branch named lockstep, which keeps Lockstep from making its staging branches: rename it.`;
}

function isDefault(repository: RepositoryName, branch: string): string {
  return `${branch} is the default branch of ${repository}: name the branch to land on it.`;
}

async function noBranch(deps: ControlDeps, { repository, branch }: Member): Promise<string> {
  const near = nearest(branch, await deps.git.branchNames(repository, deps.live()));
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  return `${repository} has no branch ${branch}${hint}: push it, or correct the manifest.`;
}

/** Everything else that the tests see: the other repositories and the coordinator, at their `main`. */
async function pinOthers(deps: ControlDeps, members: string[]): Promise<{ others: Tip[]; coordinator: Commit }> {
  const { git, coordinator } = deps;
  const main = await tipOf(deps, coordinator);
  const configuration = await readConfigurationAt(git, coordinator, main);
  const names = configuration.repositories.filter((name) => !members.includes(name)).toSorted();
  const queue = new PQueue({ concurrency: READ_AT_ONCE });
  const others = await queue.addAll(
    names.map((repository) => async () => ({ repository, commit: await tipOf(deps, repository) })),
  );
  return { others, coordinator: main };
}

/** `main` of a repository, present in its mirror. */
async function tipOf(deps: ControlDeps, repository: RepositoryName): Promise<Commit> {
  const { main } = await deps.git.readRefs(repository, [], deps.live());
  await deps.git.fetch(repository, [main], deps.live());
  return main;
}

/** Candidates of this changeset, of any attempt, that `main` contains. */
async function ownCandidates(deps: ControlDeps, id: ChangesetId, pins: Pin[]): Promise<Finding[]> {
  const { git } = deps;
  const label = changesetLabel(id);
  const found: Finding[] = [];
  for (const { repository, base } of pins) {
    const history = await git.firstParents({ repository, from: base, limit: OWN_HISTORY });
    for (const { commit, message } of history) {
      const trailers = readTrailers(message);
      if (trailers.changeset !== label || trailers.reverts !== undefined) continue;
      const standing = await standingOn(git, { repository, candidate: commit }, base);
      found.push({ repository, candidate: commit, tip: base, standing });
    }
  }
  return found;
}
