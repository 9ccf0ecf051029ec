/** What stands of a changeset, as a vector that an operator can finish or undo: read from the candidates themselves. */
import { type ChangesetId, type Commit, type Pin, type PinnedMember, UNKNOWN_COMMIT } from '../../src/changeset.ts';
import type { Finding } from '../../src/landing/state.ts';
import type { Prepared } from '../../src/landing/steps.ts';
import type { ControlDeps } from '../deps.ts';
import { GitError } from '../git/errors.ts';
import { buildCandidate, isMerged } from './build.ts';
import { pinOf, type Seen, standingIn } from './look.ts';

type Landed = Extract<Prepared, { kind: 'nothing' | 'halfLanded' }>;

/** One member of what landed, and what its `main` shows of it. `merged`: people did that themselves. */
interface Part {
  member: PinnedMember;
  shows: Finding['standing'] | 'merged';
  tip?: Commit;
}

/** `undefined`: no candidate of this changeset stands anywhere. */
export async function whatStands(deps: ControlDeps, id: ChangesetId, all: Seen[]): Promise<Landed | undefined> {
  if (all.every((one) => standingIn(one) === undefined)) return undefined;
  const parts: Part[] = [];
  for (const seen of all) parts.push(await partOf(deps, id, { seen, all }));
  const { main: coordinator } = await deps.git.readRefs(deps.coordinator, [], deps.live());
  const whole = parts.every(({ shows }) => shows === 'stands' || shows === 'merged');
  if (whole) return { kind: 'nothing', vector: { members: parts.map(asLanded), others: [], coordinator } };
  const vector = { members: parts.map(({ member }) => member), others: [], coordinator };
  return { kind: 'halfLanded', vector, findings: parts.flatMap(findingOf) };
}

async function partOf(deps: ControlDeps, id: ChangesetId, { seen, all }: { seen: Seen; all: Seen[] }): Promise<Part> {
  const { member, now } = seen;
  const landed = standingIn(seen);
  const tip = now && { tip: now.main };
  const { pin, pins } = pinOf(seen, all) ?? { pin: unpinned(seen), pins: [] };
  if (landed) {
    return { member: { ...pin, candidate: landed.candidate, alreadyMerged: false }, shows: 'stands', ...tip };
  }
  if (now && (await triedOr(false, () => mergedByPeople(deps, { ...pin, base: now.main })))) {
    const { repository, branch } = member;
    const merged = { repository, branch, head: pin.head, base: now.main, candidate: now.main, alreadyMerged: true };
    return { member: merged, shows: 'merged', ...tip };
  }
  const candidate = await triedOr(UNKNOWN_COMMIT, () => rebuilt(deps, id, { pin, pins }));
  const shows = now === undefined ? 'unreadable' : (seen.own[0]?.standing ?? 'absent');
  return { member: { ...pin, candidate, alreadyMerged: false }, shows, ...tip };
}

/** Its landing never knew it: as it is now. */
function unpinned({ member, now }: Seen): Pin {
  const head = now?.refs[`refs/heads/${member.branch}`] ?? UNKNOWN_COMMIT;
  return { ...member, head, base: now?.main ?? UNKNOWN_COMMIT };
}

async function mergedByPeople(deps: ControlDeps, pin: Pin): Promise<boolean> {
  await deps.git.fetch(pin.repository, [pin.head], deps.live());
  return isMerged(deps.git, pin);
}

/** The very candidate of that landing: a push of it that nobody heard the end of may still arrive. */
async function rebuilt(deps: ControlDeps, id: ChangesetId, from: { pin: Pin; pins: Pin[] }): Promise<Commit> {
  const { pin, pins } = from;
  await deps.git.fetch(pin.repository, [pin.head, pin.base], deps.live());
  const built = await buildCandidate(deps.git, { id, pin, pins: pins.length > 0 ? pins : [pin] });
  return built.kind === 'built' ? built.candidate : UNKNOWN_COMMIT;
}

/** Commits that nobody has any more, and repositories that cannot be read, keep no half landing from being told. */
async function triedOr<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof GitError && (error.reason === 'missingCommit' || error.reason === 'unreadable'))
      return otherwise;
    throw error;
  }
}

function asLanded({ member, tip, shows }: Part): PinnedMember {
  const base = tip ?? member.base;
  return { ...member, base, alreadyMerged: true, ...(shows === 'stands' && { landedBefore: true as const }) };
}

function findingOf({ member, shows, tip }: Part): Finding[] {
  if (shows === 'merged') return [];
  const { repository, candidate } = member;
  return [{ repository, candidate, ...(tip !== undefined && { tip }), standing: shows }];
}
