/** Collects the facts of the last look before the decision; `src/landing/recheck` compares them. */
import type { Commit, RepositoryName } from '../../src/changeset.ts';
import { recheck as decide, type RecheckFacts } from '../../src/landing/recheck.ts';
import type { Recheck } from '../../src/landing/steps.ts';
import { readTrailers } from '../../src/landing/trailers.ts';
import type { ControlDeps } from '../deps.ts';
import { ownCommitsBetween } from '../manifest/ownCommits.ts';
import type { RecheckRequest } from '../types.ts';
import { type LandsOn, preflight } from './preflight.ts';

/** Commits on `main` above a base that are looked at to tell our own landings from pushes. */
const HISTORY = 200;

export async function recheck(deps: ControlDeps, request: RecheckRequest): Promise<Recheck> {
  const { vector, interference, author } = request;
  const [manifest, members, others] = await Promise.all([
    manifestNow(deps, request),
    Promise.all(
      vector.members.map(async ({ repository, base, branch, head }) => {
        // A finish is bound to the heads that were approved, not to what their branches are by now.
        if (request.finishing) return { ...(await look(deps, { repository, base })), head };
        return look(deps, { repository, base, branch });
      }),
    ),
    interference === 'all'
      ? Promise.all(vector.others.map(({ repository, commit }) => look(deps, { repository, base: commit })))
      : [],
  ]);
  const objections = await preflight(deps, { members, author });
  return decide({ vector, interference, now: [...members, ...others], manifest, objections });
}

interface Looked {
  repository: RepositoryName;
  base: Commit;
  branch?: string;
}

async function look(
  deps: ControlDeps,
  { repository, base, branch }: Looked,
): Promise<RecheckFacts['now'][number] & LandsOn> {
  const ref = `refs/heads/${branch ?? ''}`;
  const refs = await deps.git.readRefs(repository, branch === undefined ? [] : [ref], deps.live());
  const head = refs.refs[ref];
  const { main, defaultBranch } = refs;
  return {
    repository,
    defaultBranch,
    main,
    mainMovedByLockstep: await movedByLockstep(deps, { repository, base, main }),
    ...(head && { head }),
  };
}

/** All that came onto `main` since were landings and reverts of ours: a person cannot push there, the rulesets say. */
async function movedByLockstep(
  deps: ControlDeps,
  move: { repository: string; base: Commit; main: Commit },
): Promise<boolean> {
  const { repository, base, main } = move;
  if (main === base) return false;
  const { git } = deps;
  await git.fetch(repository, [main], deps.live());
  if (!(await git.isAncestor(repository, base, main))) return false;
  const commits = await git.firstParents({ repository, from: main, until: base, limit: HISTORY });
  return commits.every(({ message }) => readTrailers(message).changeset !== undefined);
}

async function manifestNow(deps: ControlDeps, request: RecheckRequest): Promise<RecheckFacts['manifest']> {
  // What is half landed is finished whatever became of the pull request.
  if (request.finishing) return 'asPinned';
  const pullRequest = await deps.forge.readPullRequest(request.id.pullRequest);
  if (pullRequest === undefined || pullRequest.state === 'closed' || pullRequest.draft) return 'closed';
  const { coordinator, git } = deps;
  const ref = `refs/heads/${pullRequest.headBranch}`;
  const { refs, defaultBranch } = await git.readRefs(coordinator, [ref], deps.live());
  const head = refs[ref];
  if (head === undefined || pullRequest.baseBranch !== defaultBranch) return 'closed';
  if (head === request.manifestHead) return 'asPinned';
  const own = await ownCommitsBetween(deps, {
    from: request.manifestHead,
    to: head,
    pullRequest: request.id.pullRequest,
  });
  return own ? 'asPinned' : 'superseded';
}
