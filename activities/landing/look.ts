/**
 * The first look at every `main`: which candidates of this changeset, of any attempt, stand there (PROTOCOL 2). It comes
 * before anything is refused, for what stands on some members only is nobody's plain failure, whatever became of the
 * branches.
 */
import PQueue from 'p-queue';
import { type ChangesetId, changesetLabel, type Member, type Pin, type RepositoryName } from '../../src/changeset.ts';
import type { RemoteRefs } from '../../src/ports.ts';
import type { ControlDeps } from '../deps.ts';
import { type OwnCandidate, ownCandidates } from './standing.ts';
import { isUnreadable } from './unreadable.ts';

/** Repositories that are read at the same time. */
export const READ_AT_ONCE = 8;

/** Blocks every branch of the staging folder. */
export const BLOCKING_REF = 'refs/heads/lockstep';

/** What was read of one member's repository. */
export interface Seen {
  member: Member;
  /** Absent: GitHub says that it does not exist for us. */
  now?: RemoteRefs;
  /** Newest first. */
  own: OwnCandidate[];
}

/** The members, and those that candidates of earlier attempts name beside them. */
export async function look(deps: ControlDeps, id: ChangesetId, members: Member[]): Promise<Seen[]> {
  const seen = await readAll(deps, id, members);
  const known = new Set(members.map((member) => member.repository));
  const named = new Map<RepositoryName, Member>();
  for (const { repository, branch } of seen.flatMap(({ own }) => own.flatMap(({ pins }) => pins))) {
    if (!known.has(repository)) named.set(repository, { repository, branch });
  }
  const all = [...seen, ...(await readAll(deps, id, [...named.values()]))];
  return all.sort((one, other) => (one.member.repository < other.member.repository ? -1 : 1));
}

function readAll(deps: ControlDeps, id: ChangesetId, members: Member[]): Promise<Seen[]> {
  const queue = new PQueue({ concurrency: READ_AT_ONCE });
  return queue.addAll(members.map((member) => () => read(deps, id, member)));
}

async function read(deps: ControlDeps, id: ChangesetId, member: Member): Promise<Seen> {
  const { git } = deps;
  const { repository, branch } = member;
  try {
    const now = await git.readRefs(repository, [`refs/heads/${branch}`, BLOCKING_REF], deps.live());
    await git.fetch(repository, [now.main], deps.live());
    return { member, now, own: await ownCandidates(git, { label: changesetLabel(id), repository, tip: now.main }) };
  } catch (error) {
    if (isUnreadable(error)) return { member, own: [] };
    throw error;
  }
}

/** The newest candidate of this changeset that stands there. */
export function standingIn({ own }: Seen): OwnCandidate | undefined {
  return own.find((one) => one.standing === 'stands');
}

/** As the attempt pinned it whose candidate stands here or, where none does, elsewhere. */
export function pinOf(seen: Seen, all: Seen[]): { pin: Pin; pins: Pin[] } | undefined {
  const standing = [seen, ...all].flatMap((one) => standingIn(one) ?? []);
  for (const { pins } of standing) {
    const pin = pins.find(({ repository }) => repository === seen.member.repository);
    if (pin) return { pin, pins };
  }
  return undefined;
}
