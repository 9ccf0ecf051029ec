/** The pull request's own branch: what came on top of it, status commits, and its merge (PROTOCOL, Status commits). */
import type { Commit } from '../../src/changeset.ts';
import { readTree } from '../../src/manifest/document.ts';
import { valueAt } from '../../src/manifest/shape.ts';
import type { ControlDeps } from '../deps.ts';
import { waitsForGitHub } from '../failures.ts';
import type { Merged, PullRequestNow, StatusRequest, StatusWritten } from '../types.ts';
import { makeStatusCommit, ownCommitsBetween, ownStatusCommitsOnly, readText } from './ownCommits.ts';

/** What the pull request is now, seen from the commit that a run knows. */
export async function readPullRequestNow(
  deps: ControlDeps,
  request: { pullRequest: number; tip: Commit },
): Promise<PullRequestNow> {
  const { pullRequest: number, tip } = request;
  const pullRequest = await deps.forge.readPullRequest(number);
  if (pullRequest === undefined || pullRequest.state === 'closed') return { state: 'closed', moved: 'no', head: tip };
  const { head, defaultBranch } = await headOf(deps, pullRequest.headBranch);
  // Retargeted, it would carry its statuses to another branch: that is no manifest pull request any more.
  if (head === undefined || pullRequest.baseBranch !== defaultBranch)
    return { state: 'closed', moved: 'no', head: tip };
  const state = pullRequest.draft ? 'draft' : 'open';
  if (head === tip) return { state, moved: 'no', head };
  const own = await ownStatusCommitsOnly(deps, { from: tip, to: head, pullRequest: number });
  return { state, moved: own ? 'own' : 'person', head };
}

async function headOf(deps: ControlDeps, branch: string): Promise<{ head?: Commit; defaultBranch: string }> {
  const ref = `refs/heads/${branch}`;
  const { refs, defaultBranch } = await deps.git.readRefs(deps.coordinator, [ref], deps.live());
  const head = refs[ref];
  return { defaultBranch, ...(head !== undefined && { head }) };
}

/** One status commit, on the pinned head or on the bot's last one; on a person's push only where the entry is unchanged. */
export async function writeStatus(deps: ControlDeps, request: StatusRequest): Promise<StatusWritten> {
  const { id, manifest, status, tip, ended } = request;
  const pullRequest = await deps.forge.readPullRequest(id.pullRequest);
  const { head } = pullRequest ? await headOf(deps, pullRequest.headBranch) : {};
  if (pullRequest === undefined || head === undefined) {
    return { kind: 'impossible', why: 'the branch of the pull request is gone, so that its status cannot be written' };
  }
  const ref = `refs/heads/${pullRequest.headBranch}`;
  const found = await whatCameOnTop(deps, { tip, head, pullRequest: id.pullRequest, ended });
  const onPersons = found === undefined;
  if (found?.some((own) => own.name === id.name && own.status === status)) return { kind: 'written', tip: head };
  if (onPersons && !(await entryUnchanged(deps, { manifest, name: id.name, tip, head }))) {
    return { kind: 'moved', head, written: false };
  }
  const commit = await makeStatusCommit(deps, {
    parent: head,
    manifest,
    pullRequest: id.pullRequest,
    name: id.name,
    status,
  });
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

/** The bot's own commits above the tip, adopted when this run came to those statuses; `undefined`: a person pushed. */
async function whatCameOnTop(
  deps: ControlDeps,
  range: { tip: Commit; head: Commit; pullRequest: number; ended: StatusRequest['ended'] },
) {
  const { tip, head, pullRequest, ended } = range;
  if (head === tip) return [];
  const own = await ownCommitsBetween(deps, { from: tip, to: head, pullRequest });
  const ours = own?.every((one) => ended.some((end) => end.name === one.name && end.status === one.status));
  return ours ? own : undefined;
}

async function entryUnchanged(
  deps: ControlDeps,
  at: { manifest: string; name: string; tip: Commit; head: Commit },
): Promise<boolean> {
  const { git, coordinator } = deps;
  await git.fetch(coordinator, [at.tip, at.head], deps.live());
  const [before, after] = await Promise.all(
    [at.tip, at.head].map(async (commit) => {
      const text = await readText(git, coordinator, { commit, path: at.manifest });
      return text === undefined ? undefined : entryIn(text, at.name);
    }),
  );
  return before !== undefined && before === after;
}

function entryIn(text: string, name: string): string | undefined {
  const entries = valueAt(readTree(text, 'manifest').value, ['changesets']);
  const entry: unknown = Array.isArray(entries) ? entries.find((one) => valueAt(one, ['name']) === name) : undefined;
  return entry === undefined ? undefined : JSON.stringify(entry);
}

export async function mergeManifest(
  deps: ControlDeps,
  request: { pullRequest: number; tip: Commit; landed: string[] },
): Promise<Merged> {
  const { pullRequest: number, tip, landed } = request;
  const before = await readPullRequestNow(deps, { pullRequest: number, tip });
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
      const now = await readPullRequestNow(deps, { pullRequest: number, tip });
      // REST lags behind git: its head is not yet the one that git has.
      if (now.moved === 'no' && now.state === 'open')
        throw waitsForGitHub('GitHub does not know the last status commit yet');
      return { kind: 'moved' };
    }
  }
}
