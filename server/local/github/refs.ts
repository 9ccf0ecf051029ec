/**
 * What follows an update of a ref, whoever made it and however: the record, the pull requests it concerns, the events.
 */
import { emitPull, emitPush } from './events.ts';
import { isAncestor, moveRef, readRef } from './git.ts';
import { gitDirectory, type Hub, timestamp } from './hub.ts';
import { moving } from './moves.ts';
import type { RefChange } from './rules.ts';
import type { Mover, Pull, Repository } from './types.ts';

/**
 * Moves a ref as GitHub itself (no rules asked) and does what follows.
 * Returns false when the ref had another value than expected.
 */
export async function moveRefAs(hub: Hub, repository: Repository, change: RefChange, mover: Mover): Promise<boolean> {
  return moving(hub, repository, { changes: [change], mover }, async () => {
    const moved = await moveRef(gitDirectory(hub, repository), change.ref, { from: change.old, to: change.new });
    if (moved) await afterRefUpdate(hub, repository, change, mover);
    return moved;
  });
}

/** Takes note of a ref update that git has made. Resolves when pull requests and events have followed. */
export async function afterRefUpdate(hub: Hub, repository: Repository, change: RefChange, mover: Mover): Promise<void> {
  await record(hub, repository, change, mover);
  await hub.inOrder(repository, () => follow(hub, repository, change, mover));
}

/** The same, for work that has its turn on the repository already. */
export async function afterRefUpdateInTurn(
  hub: Hub,
  repository: Repository,
  change: RefChange,
  mover: Mover,
): Promise<void> {
  await record(hub, repository, change, mover);
  await follow(hub, repository, change, mover);
}

async function record(hub: Hub, repository: Repository, change: RefChange, mover: Mover): Promise<void> {
  await hub.outstanding.predecessorOf(repository, change);
  const at = new Date(hub.now()).toISOString();
  hub.store.record({ repository: repository.fullName, ...change, by: mover.login, via: mover.via, at });
  hub.outstanding.recorded(repository, change);
  hub.past.leaveRef(repository, change.ref, change.old);
}

async function follow(hub: Hub, repository: Repository, change: RefChange, mover: Mover): Promise<void> {
  const sender = mover.login;
  if (change.new === null) delete repository.refs[change.ref];
  else repository.refs[change.ref] = change.new;
  repository.pushedAt = timestamp(hub);
  hub.store.save(repository);
  if (!change.ref.startsWith('refs/heads/')) return;
  await emitPush(hub, repository, { change, sender });
  const branch = change.ref.slice('refs/heads/'.length);
  for (const pull of repository.pulls.filter((one) => one.state === 'open')) {
    if (pull.headRef === branch) await followHead(hub, repository, { pull, change, mover });
    if (pull.baseRef === branch && pull.state === 'open') await followBase(hub, repository, { pull, change, mover });
  }
}

interface Following {
  pull: Pull;
  change: RefChange;
  mover: Mover;
}

async function followHead(hub: Hub, repository: Repository, { pull, change, mover }: Following): Promise<void> {
  const sender = mover.login;
  if (change.new === null) return closePull(hub, repository, { pull, sender });
  const before = pull.headSha;
  if (before === change.new) return;
  const after = change.new;
  await pinHead(hub, repository, { pull, sha: after });
  changePull(hub, repository, pull, { headSha: after });
  await emitPull(hub, repository, { pull, sender, what: { action: 'synchronize', before, after } });
  // A head without a commit of its own leaves nothing to merge: GitHub closes such a pull request.
  const directory = gitDirectory(hub, repository);
  if (await isAncestor(directory, after, pull.baseSha)) await closePull(hub, repository, { pull, sender });
}

async function followBase(hub: Hub, repository: Repository, { pull, change, mover }: Following): Promise<void> {
  const sender = mover.login;
  if (change.new === null) return closePull(hub, repository, { pull, sender });
  if (pull.number === mover.merging || (await isAncestor(gitDirectory(hub, repository), pull.headSha, change.new))) {
    await closePull(hub, repository, { pull, sender, mergedAs: change.new });
  } else {
    changePull(hub, repository, pull, { baseSha: change.new });
  }
}

/** Keeps the head reachable as `refs/pull/N/head`, as GitHub does, whatever becomes of its branch. */
export async function pinHead(hub: Hub, repository: Repository, at: { pull: Pull; sha: string }): Promise<void> {
  const directory = gitDirectory(hub, repository);
  const ref = `refs/pull/${at.pull.number}/head`;
  await moveRef(directory, ref, { from: await readRef(directory, ref), to: at.sha });
}

/** Changes a pull request; REST may go on showing for a while how it was. */
export function changePull(hub: Hub, repository: Repository, pull: Pull, changes: Partial<Pull>): void {
  hub.past.leavePull(repository, pull.number, pull);
  Object.assign(pull, changes, { updatedAt: timestamp(hub) });
  hub.store.save(repository);
}

/** Closes a pull request, as merged when `mergedAs` names the commit that holds its head. */
export async function closePull(
  hub: Hub,
  repository: Repository,
  closing: { pull: Pull; sender: string; mergedAs?: string },
): Promise<void> {
  const { pull, sender, mergedAs } = closing;
  const closedAt = timestamp(hub);
  const merged = mergedAs === undefined ? {} : { mergedAt: closedAt, mergedBy: sender, mergeCommitSha: mergedAs };
  changePull(hub, repository, pull, { state: 'closed', closedAt, ...merged });
  await emitPull(hub, repository, { pull, sender, what: { action: 'closed' } });
}
