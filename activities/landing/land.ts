/** The pushes: staging, `main`, reverts. What an answer means is decided in `src/landing/push`. */
import {
  type ChangesetId,
  type Landable,
  type PinnedMember,
  type RepositoryName,
  stagingRef,
  toLand,
} from '../../src/changeset.ts';
import { nextPushStep } from '../../src/landing/push.ts';
import type { Pushed, Reverted, Staged } from '../../src/landing/steps.ts';
import { revertMessage } from '../../src/landing/trailers.ts';
import type { ControlDeps } from '../deps.ts';
import { waitsForGitHub } from '../failures.ts';
import { ensureCandidate } from './ensure.ts';
import { find, findAny } from './standing.ts';
import { isUnreadable } from './unreadable.ts';

export interface Landing {
  id: ChangesetId;
  vector: Landable;
  repository: RepositoryName;
}

/** Moves `main` of one repository to its candidate, or finds out for certain that it cannot. */
export async function land(deps: ControlDeps, landing: Landing): Promise<Pushed> {
  const member = memberOf(landing);
  const lost = await ensureCandidate(deps, landing.id, landing.vector, member);
  if (lost !== undefined) return { kind: 'lost', what: lost };
  const { git } = deps;
  const live = deps.live();
  // A try before this one may have sent a push whose answer nobody heard.
  let outstanding = deps.attempt() > 1;
  let answered = false;
  let refused: string | undefined;
  for (;;) {
    const { tip, standing, mainRef } = await find(deps, member);
    const facts = { candidate: member.candidate, base: member.base, tip, standing, outstanding };
    const next = nextPushStep({ ...facts, ...(refused !== undefined && { refused }) });
    switch (next.do) {
      case 'conclude':
        return next.pushed;
      case 'waitOutLife':
        await deps.wait(deps.settings.pushLifeMs, live.signal);
        outstanding = false;
        break;
      case 'push': {
        // The answer and the refs contradict each other, as on a replica that lags: later they will not.
        if (answered) throw waitsForGitHub(`${member.repository} answered a push, but its main does not show it yet`);
        const answer = await git.push(
          { repository: member.repository, ref: known(mainRef), commit: member.candidate, expected: member.base },
          live,
        );
        if (answer.kind === 'unanswered') throw waitsForGitHub(answer.message);
        answered = true;
        refused = answer.kind === 'refused' ? answer.message : undefined;
        break;
      }
    }
  }
}

/** Candidates under Lockstep's own names: refusals about content show here, before any `main` moved (PROTOCOL 4). */
export async function stage(deps: ControlDeps, request: { id: ChangesetId; vector: Landable }): Promise<Staged> {
  const { git } = deps;
  const live = deps.live();
  const ref = stagingRef(request.id);
  const sentences: string[] = [];
  for (const member of toLand(request.vector)) {
    const lost = await ensureCandidate(deps, request.id, request.vector, member);
    if (lost !== undefined) return { kind: 'lost', what: lost };
    const { repository, candidate } = member;
    const now = (await git.readRefs(repository, [ref], live)).refs[ref];
    if (now === candidate) continue;
    const answer = await git.push({ repository, ref, commit: candidate, expected: now ?? null }, live);
    if (answer.kind === 'unanswered' || answer.kind === 'stale') {
      throw waitsForGitHub(
        answer.kind === 'stale' ? `${ref} of ${repository} moved while it was staged` : answer.message,
      );
    }
    if (answer.kind === 'refused') sentences.push(`${repository} refuses these commits: ${answer.message}`);
  }
  return sentences.length > 0 ? { kind: 'refused', sentences } : { kind: 'staged' };
}

/** A revert commit on the tip, by lease; never a force-push (PROTOCOL 8). */
export async function revert(deps: ControlDeps, landing: Landing & { reason: string }): Promise<Reverted> {
  const member = memberOf(landing);
  const { git } = deps;
  const live = deps.live();
  const { repository } = member;
  // A push of an earlier try could arrive between the read and the conclusion.
  if (deps.attempt() > 1) await deps.wait(deps.settings.pushLifeMs, live.signal);
  const { tip, standing, mainRef, candidate } = await findAny(deps, landing.id, member);
  if (standing === 'unreadable' || tip === undefined) {
    return { kind: 'impossible', message: 'the repository cannot be read' };
  }
  if (standing !== 'stands') return { kind: 'notStanding' };
  const { parents } = await git.commitInfo(repository, candidate);
  const before = parents[0];
  if (before === undefined) throw new Error(`candidate ${candidate} of ${repository}: expected a parent, found none`);
  const tree = await git.mergeTree({ repository, ours: tip, theirs: before, base: candidate });
  if (tree.kind === 'conflict') {
    return { kind: 'impossible', message: `it does not apply cleanly any more: ${tree.paths.slice(0, 20).join(', ')}` };
  }
  const message = revertMessage({ changeset: landing.id, candidate, reason: landing.reason });
  const commit = await git.commitTree({ repository, tree: tree.tree, parents: [tip], message, dateOf: tip });
  const answer = await git.push({ repository, ref: known(mainRef), commit, expected: tip }, live);
  switch (answer.kind) {
    case 'pushed':
      return { kind: 'reverted', commit };
    case 'refused':
      return { kind: 'impossible', message: answer.message };
    case 'stale':
      throw waitsForGitHub(`main of ${repository} moved while it was reverted`);
    case 'unanswered':
      throw waitsForGitHub(answer.message);
  }
}

/** Staging refs of a changeset that has ended. A ref that is gone already is fine. */
export async function cleanUp(
  deps: ControlDeps,
  request: { id: ChangesetId; repositories: RepositoryName[] },
): Promise<void> {
  const ref = stagingRef(request.id);
  for (const repository of request.repositories) {
    try {
      await removeRef(deps, repository, ref);
    } catch (error) {
      // What GitHub does not know any more keeps nothing of ours, and must not keep us from the others.
      if (!isUnreadable(error)) throw error;
    }
  }
}

async function removeRef({ git, live }: ControlDeps, repository: RepositoryName, ref: string): Promise<void> {
  const now = (await git.readRefs(repository, [ref], live())).refs[ref];
  if (now === undefined) return;
  const answer = await git.push({ repository, ref, commit: null, expected: now }, live());
  // A ref that may not be deleted must not keep a changeset from its end: the janitor goes on trying.
  if (answer.kind === 'pushed' || answer.kind === 'refused') return;
  throw waitsForGitHub(`${ref} of ${repository} could not be removed: ${answer.kind}`);
}

function memberOf({ vector, repository }: Landing): PinnedMember {
  const member = vector.members.find((one) => one.repository === repository);
  if (member === undefined) throw new Error(`expected a member ${repository} in the vector, found none`);
  return member;
}

function known(ref: string | undefined): string {
  if (ref === undefined) throw new Error('expected the name of the default branch, found none');
  return ref;
}
