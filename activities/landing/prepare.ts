/** Pins a changeset, looks at the rules before tests are paid for, and builds its candidates (PROTOCOL 1 and 2). */
import {
  type ChangesetId,
  type Commit,
  changesetLabel,
  type Failure,
  type PinnedMember,
  type Tip,
  type Vector,
} from '../../src/changeset.ts';
import type { Finding } from '../../src/landing/state.ts';
import type { Prepared } from '../../src/landing/steps.ts';
import { readTrailers } from '../../src/landing/trailers.ts';
import type { ControlDeps } from '../deps.ts';
import { readConfigurationAt } from '../manifest/configuration.ts';
import type { PrepareRequest } from '../types.ts';
import { buildCandidate, type Pin } from './build.ts';
import { preflight } from './preflight.ts';
import { standingOn } from './standing.ts';
import { isUnreadable } from './unreadable.ts';

/** First-parent commits of `main` that are searched for an earlier landing of the same changeset. */
const OWN_HISTORY = 1000;
const PATHS_NAMED = 50;

export async function prepare(deps: ControlDeps, request: PrepareRequest): Promise<Prepared> {
  const { id, changeset } = request;
  const objections = await preflight(deps, request);
  if (objections.length > 0) return failed({ kind: 'refused', sentences: objections });

  const pins = await pinMembers(deps, request);
  if ('refused' in pins) return failed({ kind: 'refused', sentences: pins.refused });
  const surroundings = await pinOthers(
    deps,
    changeset.members.map((member) => member.repository),
  );

  const own = await ownCandidates(deps, id, pins.pinned);
  const standing = own.filter((finding) => finding.standing === 'stands');
  const members: PinnedMember[] = [];
  for (const pin of pins.pinned) {
    const landed = standing.find((finding) => finding.repository === pin.repository);
    if (landed) {
      members.push({ ...pin, candidate: landed.candidate, alreadyMerged: true });
      continue;
    }
    const built = await buildCandidate(deps.git, { id, pin, pins: pins.pinned });
    switch (built.kind) {
      case 'built':
        members.push({ ...pin, candidate: built.candidate, alreadyMerged: false });
        break;
      case 'alreadyMerged':
        members.push({ ...pin, candidate: pin.base, alreadyMerged: true });
        break;
      case 'refused':
        return failed({ kind: 'refused', sentences: [built.sentence] });
      case 'conflict': {
        const { repository, branch } = pin;
        const paths = built.paths.slice(0, PATHS_NAMED);
        return failed({ kind: 'conflict', repository, branch, paths, morePaths: built.paths.length - paths.length });
      }
    }
  }
  const vector: Vector = { members, ...surroundings };
  const missing = members.filter((member) => !member.alreadyMerged);
  if (missing.length === 0) return { kind: 'nothing', vector };
  // A person's choice to finish is the one case in which the missing members of a half landing are to be landed.
  if (standing.length > 0 && !request.finishing) return halfLanded(vector, standing);
  return { kind: 'ready', vector };
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

async function pinMembers(
  deps: ControlDeps,
  request: PrepareRequest,
): Promise<{ pinned: Pin[] } | { refused: string[] }> {
  const { git } = deps;
  const live = deps.live();
  const refused: string[] = [];
  const pinned: Pin[] = [];
  const members = request.changeset.members.toSorted((a, b) => (a.repository < b.repository ? -1 : 1));
  for (const { repository, branch } of members) {
    try {
      const refs = await git.readRefs(repository, [`refs/heads/${branch}`, 'refs/heads/lockstep'], live);
      const head = refs.refs[`refs/heads/${branch}`];
      if (refs.refs['refs/heads/lockstep']) {
        refused.push(
          `${repository} has a branch named lockstep, which keeps Lockstep from making its staging branches: rename it.`,
        );
      }
      if (branch === refs.defaultBranch)
        refused.push(`${branch} is the default branch of ${repository}: name the branch to land on it.`);
      else if (head === undefined)
        refused.push(`${repository} has no branch ${branch}: push it, or correct the manifest.`);
      else {
        await git.fetch(repository, [head, refs.main], live);
        pinned.push({ repository, branch, head, base: refs.main });
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      refused.push(`the App is not installed on ${repository}: ask an admin to install it.`);
    }
  }
  return refused.length > 0 ? { refused } : { pinned };
}

/** Everything else that the tests see: the other repositories and the coordinator, at their `main`. */
async function pinOthers(deps: ControlDeps, members: string[]): Promise<{ others: Tip[]; coordinator: Commit }> {
  const { git, coordinator } = deps;
  const live = deps.live();
  const { main } = await git.readRefs(coordinator, [], live);
  await git.fetch(coordinator, [main], live);
  const configuration = await readConfigurationAt(git, coordinator, main);
  const names = configuration.repositories.filter((name) => !members.includes(name)).toSorted();
  const others: Tip[] = [];
  for (const repository of names) {
    const refs = await git.readRefs(repository, [], live);
    await git.fetch(repository, [refs.main], live);
    others.push({ repository, commit: refs.main });
  }
  return { others, coordinator: main };
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
