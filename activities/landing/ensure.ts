/** A worker may have lost its mirror since the candidates were built: they are fetched, or built again and compared. */
import type { ChangesetId, Landable, PinnedMember } from '../../src/changeset.ts';
import type { ControlDeps } from '../deps.ts';
import { MissingCommit } from '../git/errors.ts';
import { buildCandidate } from './build.ts';

/** The recorded id wins: `undefined` when it is there, else a sentence that says why it cannot be had again. */
export async function ensureCandidate(
  deps: ControlDeps,
  id: ChangesetId,
  vector: Landable,
  member: PinnedMember,
): Promise<string | undefined> {
  const { git } = deps;
  const { repository, candidate } = member;
  try {
    await git.fetch(repository, [candidate], deps.live());
    return undefined;
  } catch (error) {
    if (!(error instanceof MissingCommit)) throw error;
  }
  const found = await rebuilt(deps, id, { vector, member });
  if (found === candidate) return undefined;
  return `the merge commit ${candidate} of ${repository} was lost, and making it again gave ${found}`;
}

async function rebuilt(
  deps: ControlDeps,
  id: ChangesetId,
  { vector, member }: { vector: Landable; member: PinnedMember },
): Promise<string> {
  try {
    await deps.git.fetch(member.repository, [member.base, member.head], deps.live());
  } catch (error) {
    if (error instanceof MissingCommit) return 'nothing, for what it was made of is lost too';
    throw error;
  }
  const built = await buildCandidate(deps.git, { id, pin: member, pins: vector.members });
  return built.kind === 'built' ? built.candidate : 'nothing';
}
