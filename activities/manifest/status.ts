/** The pull request's own branch: what came on top of it, status commits, and its merge (PROTOCOL, Status commits). */
import type { Commit } from '../../src/changeset.ts';
import { isSameStatus, type StatusOf } from '../../src/manifest/reviewStatusChanges.ts';
import type { PullRequestNow } from '../../src/pipeline/take.ts';
import type { ControlDeps } from '../deps.ts';
import { waitsForGitHub } from '../failures.ts';
import type { LookRequest, Merged, StatusRequest, StatusWritten } from '../types.ts';
import { makeStatusCommit, ownCommitsBetween, readText } from './ownCommits.ts';
import { unlessUnreadable } from './unreadable.ts';

/** What the pull request is now, seen from the commit that a run knows. */
export async function readPullRequestNow(deps: ControlDeps, request: LookRequest): Promise<PullRequestNow> {
  const { pullRequest: number, tip, ended } = request;
  const pullRequest = await deps.forge.readPullRequest(number);
  if (pullRequest === undefined || pullRequest.state === 'closed') return { state: 'closed', moved: 'no', head: tip };
  const { head, defaultBranch } = await headOf(deps, pullRequest.headBranch);
  // Retargeted, it would carry its statuses to another branch: that is no manifest pull request any more.
  if (head === undefined || pullRequest.baseBranch !== defaultBranch)
    return { state: 'closed', moved: 'no', head: tip };
  const state = pullRequest.draft ? 'draft' : 'open';
  if (head === tip) return { state, moved: 'no', head };
  const own = await ownCommitsBetween(deps, { from: tip, to: head, pullRequest: number, ended });
  return { state, moved: own ? 'own' : 'person', head };
}

async function headOf(deps: ControlDeps, branch: string): Promise<{ head?: Commit; defaultBranch: string }> {
  const ref = `refs/heads/${branch}`;
  const { refs, defaultBranch } = await deps.git.readRefs(deps.coordinator, [ref], deps.live());
  const head = refs[ref];
  return { defaultBranch, ...(head !== undefined && { head }) };
}

/**
 * One status commit, on the pinned head or on the bot's last one. On a person's push only where the entry is unchanged,
 * and there with the other statuses that a force-push dropped.
 */
export async function writeStatus(deps: ControlDeps, request: StatusRequest): Promise<StatusWritten> {
  const { id, manifest, status, tip, ended } = request;
  const { pullRequest: number, name } = id;
  const pullRequest = await deps.forge.readPullRequest(number);
  const { head } = pullRequest ? await headOf(deps, pullRequest.headBranch) : {};
  if (pullRequest === undefined || head === undefined) {
    return { kind: 'impossible', why: 'the branch of the pull request is gone, so that its status cannot be written' };
  }
  const found = await ownCommitsBetween(deps, { from: tip, to: head, pullRequest: number, ended });
  const onPersons = found === undefined;
  if (found?.some((own) => own.name === name && own.status === status)) return { kind: 'written', tip: head };
  const statuses = await statusesFor(deps, { ...request, head, onPersons });
  if (statuses.length === 0) return { kind: 'moved', head, written: false };
  let commit = head;
  for (const one of statuses) {
    commit = await makeStatusCommit(deps, { parent: commit, manifest, pullRequest: number, ...one });
  }
  const ref = `refs/heads/${pullRequest.headBranch}`;
  const answer = await deps.git.push({ repository: deps.coordinator, ref, commit, expected: head }, deps.live());
  switch (answer.kind) {
    case 'pushed':
      return onPersons ? { kind: 'moved', head: commit, written: true } : { kind: 'written', tip: commit };
    case 'refused':
      return { kind: 'impossible', why: `GitHub refuses the status commit: ${answer.message}` };
    case 'stale':
    case 'unanswered':
      // The next try reads again, and finds either this commit or what came before it.
      throw waitsForGitHub(answer.kind === 'stale' ? `${ref} moved while a status was written` : answer.message);
  }
}

/** What is to be written on this head: nothing on top of words that are not known to be the bot's, they would pass for its own. */
async function statusesFor(
  deps: ControlDeps,
  at: StatusRequest & { head: Commit; onPersons: boolean },
): Promise<StatusOf[]> {
  const { git, parser, coordinator } = deps;
  const { id, manifest, status, pinned, tip, head, ended, onPersons } = at;
  const ours = { name: id.name, status };
  await git.fetch(coordinator, [pinned, tip, head], deps.live());
  const before = await readText(git, coordinator, { commit: pinned, path: manifest });
  const after = await readText(git, coordinator, { commit: head, path: manifest });
  if (before === undefined || after === undefined) return [];
  const written = await unlessUnreadable(parser.statusesIn(after));
  if (!written?.every((one) => ended.some((known) => isSameStatus(known, one)))) return [];
  const forced = onPersons && !(await git.isAncestor(coordinator, tip, head));
  const stands = new Set(written.map(({ name }) => name));
  const others = forced ? ended.filter(({ name }) => name !== id.name && !stands.has(name)) : [];
  const unchanged = await unlessUnreadable(parser.unchangedEntries(before, after));
  return [...others, ours].filter(({ name }) => unchanged?.has(name));
}

export async function mergeManifest(deps: ControlDeps, request: LookRequest & { landed: string[] }): Promise<Merged> {
  const { pullRequest: number, tip, landed } = request;
  const before = await readPullRequestNow(deps, request);
  if (before.state === 'closed' && !(await deps.forge.readPullRequest(number))?.merged) {
    return { kind: 'refused', why: 'it was closed, or its base is no longer the default branch' };
  }
  const what = landed.length > 0 ? landed.join(', ') : 'no changeset landed';
  const answer = await deps.forge.mergePullRequest({
    number,
    head: tip,
    title: `Lockstep: ${what} (#${number})`.slice(0, 250),
  });
  switch (answer.kind) {
    case 'merged':
      return { kind: 'merged' };
    case 'refused':
      return { kind: 'refused', why: answer.message };
    case 'headMoved': {
      const now = await readPullRequestNow(deps, request);
      // REST lags behind git: its head is not yet the one that git has.
      if (now.moved === 'no' && now.state === 'open')
        throw waitsForGitHub('GitHub does not know the last status commit yet');
      return { kind: 'moved' };
    }
  }
}
