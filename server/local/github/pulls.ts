/** Opening and editing pull requests. */
import { invalid } from './errors.ts';
import { emitPull } from './events.ts';
import { isAncestor, readRef } from './git.ts';
import { gitDirectory, type Hub, timestamp } from './hub.ts';
import { changePull, closePull, pinHead } from './refs.ts';
import type { Pull, Repository } from './types.ts';
import { ensureUser } from './users.ts';

export interface NewPull {
  title: string;
  body: string | null;
  head: string;
  base: string;
  draft: boolean;
  author: string;
}

/** Opens a pull request between two branches; throws GitHub's 422 when it cannot be. */
export async function openPull(hub: Hub, repository: Repository, wanted: NewPull): Promise<Pull> {
  const directory = gitDirectory(hub, repository);
  const headRef = wanted.head.includes(':') ? wanted.head.slice(wanted.head.indexOf(':') + 1) : wanted.head;
  return hub.inOrder(repository, async () => {
    const headSha = await readRef(directory, `refs/heads/${headRef}`);
    const baseSha = await readRef(directory, `refs/heads/${wanted.base}`);
    if (headSha === null) throw invalid('PullRequest', 'head', `head ${headRef} is not a branch`);
    if (baseSha === null) throw invalid('PullRequest', 'base', `base ${wanted.base} is not a branch`);
    refuseTwin(repository, { headRef, baseRef: wanted.base });
    if (await isAncestor(directory, headSha, baseSha)) {
      throw invalid('PullRequest', 'head', `No commits between ${wanted.base} and ${headRef}`);
    }
    const pull = newPull(hub, { ...wanted, headRef, headSha, baseSha, number: repository.lastNumber + 1 });
    repository.lastNumber = pull.number;
    repository.pulls.push(pull);
    hub.past.leavePull(repository, pull.number, null);
    hub.store.save(repository);
    await pinHead(hub, repository, { pull, sha: headSha });
    await emitPull(hub, repository, { pull, sender: pull.author, what: { action: 'opened' } });
    return pull;
  });
}

function refuseTwin(repository: Repository, wanted: { headRef: string; baseRef: string }): void {
  const twin = repository.pulls.find(
    (pull) => pull.state === 'open' && pull.headRef === wanted.headRef && pull.baseRef === wanted.baseRef,
  );
  if (twin === undefined) return;
  throw invalid('PullRequest', 'head', `A pull request already exists for ${repository.owner}:${wanted.headRef}.`);
}

function newPull(
  hub: Hub,
  wanted: NewPull & { headRef: string; headSha: string; baseSha: string; number: number },
): Pull {
  const time = timestamp(hub);
  return {
    id: hub.store.takeId(),
    number: wanted.number,
    title: wanted.title,
    body: wanted.body,
    author: ensureUser(hub, wanted.author).login,
    draft: wanted.draft,
    state: 'open',
    headRef: wanted.headRef,
    headSha: wanted.headSha,
    baseRef: wanted.base,
    baseSha: wanted.baseSha,
    createdAt: time,
    updatedAt: time,
    closedAt: null,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
  };
}

export interface PullEdit {
  title?: string | undefined;
  body?: string | null | undefined;
  base?: string | undefined;
  state?: 'open' | 'closed' | undefined;
}

/** Edits a pull request and emits what changed: `edited`, `closed`, `reopened`. */
export async function editPull(
  hub: Hub,
  repository: Repository,
  edit: PullEdit & { pull: Pull; sender: string },
): Promise<void> {
  const { pull, sender } = edit;
  await hub.inOrder(repository, async () => {
    const changes = await applyTexts(hub, repository, edit);
    if (Object.keys(changes).length > 0) {
      await emitPull(hub, repository, { pull, sender, what: { action: 'edited', changes } });
    }
    if (edit.state === 'closed' && pull.state === 'open') await closePull(hub, repository, { pull, sender });
    if (edit.state === 'open' && pull.state === 'closed') await reopenPull(hub, repository, { pull, sender });
  });
}

/** Title, body and base; returns what an `edited` event says about them. */
async function applyTexts(hub: Hub, repository: Repository, edit: PullEdit & { pull: Pull }) {
  const { pull } = edit;
  const changes: Record<string, unknown> = {};
  if (edit.base !== undefined && edit.base !== pull.baseRef) {
    const baseSha = await readRef(gitDirectory(hub, repository), `refs/heads/${edit.base}`);
    if (baseSha === null || pull.state === 'closed') throw invalid('PullRequest', 'base', 'cannot be changed to that');
    changes.base = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
    changePull(hub, repository, pull, { baseRef: edit.base, baseSha });
  }
  if (edit.title !== undefined && edit.title !== pull.title) {
    changes.title = { from: pull.title };
    changePull(hub, repository, pull, { title: edit.title });
  }
  if (edit.body !== undefined && edit.body !== pull.body) {
    changes.body = { from: pull.body ?? '' };
    changePull(hub, repository, pull, { body: edit.body });
  }
  return changes;
}

async function reopenPull(
  hub: Hub,
  repository: Repository,
  { pull, sender }: { pull: Pull; sender: string },
): Promise<void> {
  const directory = gitDirectory(hub, repository);
  const headSha = await readRef(directory, `refs/heads/${pull.headRef}`);
  const baseSha = await readRef(directory, `refs/heads/${pull.baseRef}`);
  if (pull.mergedAt !== null || headSha === null || baseSha === null) {
    throw invalid('PullRequest', 'state', 'state cannot be changed. The pull request cannot be reopened.');
  }
  await pinHead(hub, repository, { pull, sha: headSha });
  changePull(hub, repository, pull, { state: 'open', closedAt: null, headSha, baseSha });
  await emitPull(hub, repository, { pull, sender, what: { action: 'reopened' } });
}

/** Turns a draft into a pull request that is ready, or back. GitHub offers this to people on the page and by GraphQL. */
export async function setDraft(
  hub: Hub,
  repository: Repository,
  wanted: { pull: Pull; draft: boolean; sender: string },
): Promise<void> {
  const { pull, draft, sender } = wanted;
  await hub.inOrder(repository, async () => {
    if (pull.draft === draft) return;
    changePull(hub, repository, pull, { draft });
    const action = draft ? 'converted_to_draft' : 'ready_for_review';
    await emitPull(hub, repository, { pull, sender, what: { action } });
  });
}
