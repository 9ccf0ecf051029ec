/** Looks at what stands, pins a changeset, looks at the rules before tests are paid for, builds its candidates (PROTOCOL 1, 2). */
import type { ChangesetId, Failure, Pin, PinnedMember } from '../../src/changeset.ts';
import type { Prepared } from '../../src/landing/steps.ts';
import type { ControlDeps } from '../deps.ts';
import type { PrepareRequest } from '../types.ts';
import { type Built, buildCandidate } from './build.ts';
import { whatStands } from './halfLanding.ts';
import { look, type Seen, standingIn } from './look.ts';
import { pinMembers, pinOthers } from './pin.ts';
import { preflight } from './preflight.ts';

const PATHS_NAMED = 50;

export async function prepare(deps: ControlDeps, request: PrepareRequest): Promise<Prepared> {
  const { id, changeset, finishing } = request;
  const members = finishing?.halted.members ?? changeset.members;
  const seen = await look(deps, id, members);
  // A person's choice to finish is the one case in which the missing members of a half landing are landed (model).
  const landed = finishing ? undefined : await whatStands(deps, id, seen);
  if (landed) return landed;
  const names = members.map((member) => member.repository);
  return pinAndBuild(deps, request, { seen: seen.filter((one) => names.includes(one.member.repository)) });
}

async function pinAndBuild(deps: ControlDeps, request: PrepareRequest, { seen }: { seen: Seen[] }): Promise<Prepared> {
  const { id, author, finishing } = request;
  const names = seen.map((one) => one.member.repository);
  const [pins, surroundings] = await Promise.all([
    pinMembers(deps, { seen, ...(finishing && { finishing }) }),
    pinOthers(deps, names),
  ]);
  if ('refused' in pins) return failed({ kind: 'refused', sentences: pins.refused });
  const objections = await preflight(deps, { members: pins.pinned, author });
  if (objections.length > 0) return failed({ kind: 'refused', sentences: objections });
  const built = await buildAll(deps, id, { pins: pins.pinned, seen });
  if ('failure' in built) return failed(built.failure);
  const vector = { members: built.members, ...surroundings };
  return vector.members.every((member) => member.alreadyMerged)
    ? { kind: 'nothing', vector }
    : { kind: 'ready', vector };
}

/** A candidate for every member that is not on its `main` yet; of those that cannot be built the first is told. */
async function buildAll(
  deps: ControlDeps,
  id: ChangesetId,
  { pins, seen }: { pins: Pin[]; seen: Seen[] },
): Promise<{ members: PinnedMember[] } | { failure: Failure }> {
  const members: PinnedMember[] = [];
  for (const pin of pins) {
    const { repository, branch, head, base } = pin;
    const pinned = { repository, branch, head, base };
    const landed = seen
      .filter((one) => one.member.repository === repository)
      .flatMap((one) => standingIn(one) ?? [])[0];
    if (landed) {
      members.push({ ...pinned, candidate: landed.candidate, alreadyMerged: true, landedBefore: true });
      continue;
    }
    const built = await buildCandidate(deps.git, { id, pin, pins });
    if (built.kind === 'built') members.push({ ...pinned, candidate: built.candidate, alreadyMerged: false });
    else if (built.kind === 'alreadyMerged') members.push({ ...pinned, candidate: base, alreadyMerged: true });
    else return { failure: failureOf(pin, built) };
  }
  return { members };
}

function failureOf({ repository, branch }: Pin, built: Extract<Built, { kind: 'refused' | 'conflict' }>): Failure {
  if (built.kind === 'refused') return { kind: 'refused', sentences: [built.sentence] };
  const paths = built.paths.slice(0, PATHS_NAMED);
  return { kind: 'conflict', repository, branch, paths, morePaths: built.paths.length - paths.length };
}

function failed(reason: Failure): Prepared {
  return { kind: 'failed', reason };
}
