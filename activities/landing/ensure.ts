/** A worker may have lost its mirror since the candidates were built: they are fetched, or built again and compared. */
import type { ChangesetId, PinnedMember, Vector } from '../../src/changeset.ts';
import type { ControlDeps } from '../deps.ts';
import { MissingCommit } from '../git/errors.ts';
import { buildCandidate } from './build.ts';

/** The recorded id wins: a rebuild that gives another one is an error, for it was not what the tests saw. */
export async function ensureCandidate(
  deps: ControlDeps,
  id: ChangesetId,
  vector: Vector,
  member: PinnedMember,
): Promise<void> {
  const { git } = deps;
  const { repository, candidate } = member;
  try {
    await git.fetch(repository, [candidate], deps.live());
    return;
  } catch (error) {
    if (!(error instanceof MissingCommit)) throw error;
  }
  await git.fetch(repository, [member.base, member.head], deps.live());
  const built = await buildCandidate(git, { id, pin: member, pins: vector.members });
  const found = built.kind === 'built' ? built.candidate : built.kind;
  if (found !== candidate) {
    throw new Error(`rebuilding the candidate of ${repository}: expected ${candidate}, found ${found}`);
  }
}
