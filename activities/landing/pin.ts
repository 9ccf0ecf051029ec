/** Pins what a landing is made of: heads, bases, and everything else that the tests see (PROTOCOL 1). */
import PQueue from 'p-queue';
import { type Commit, type Pin, type RepositoryName, type Tip, UNKNOWN_COMMIT } from '../../src/changeset.ts';
import type { Finishing } from '../../src/landing/state.ts';
import { nearest } from '../../src/manifest/problem.ts';
import type { ControlDeps } from '../deps.ts';
import { MissingCommit } from '../git/errors.ts';
import { readConfigurationAt } from '../manifest/configuration.ts';
import { BLOCKING_REF, READ_AT_ONCE, type Seen } from './look.ts';
import { type LandsOn, notInstalled } from './preflight.ts';

export type Pinned = Pin & LandsOn;

/** A finish lands what was tested and approved, whatever became of the branches since. */
export async function pinMembers(
  deps: ControlDeps,
  request: { seen: Seen[]; finishing?: Finishing },
): Promise<{ pinned: Pinned[] } | { refused: string[] }> {
  const { seen, finishing } = request;
  const halted = finishing?.halted.members;
  const all = await Promise.all(
    seen.map((one) => {
      const head = halted?.find(({ repository }) => repository === one.member.repository)?.head;
      return pinMember(deps, one, head);
    }),
  );
  const refused = all.flatMap((one) => ('refused' in one ? one.refused : []));
  return refused.length > 0 ? { refused } : { pinned: all.flatMap((one) => ('refused' in one ? [] : [one])) };
}

async function pinMember(
  deps: ControlDeps,
  { member, now }: Seen,
  halted: Commit | undefined,
): Promise<Pinned | { refused: string[] }> {
  const { repository, branch } = member;
  if (now === undefined) return { refused: [notInstalled(repository)] };
  const { refs, defaultBranch, main } = now;
  const head = halted ?? refs[`refs/heads/${branch}`];
  const refused = [
    ...(refs[BLOCKING_REF] ? [blocksStaging(repository)] : []),
    ...(branch === defaultBranch ? [isDefault(repository, branch)] : []),
  ];
  if (head === undefined) refused.push(await noBranch(deps, member));
  if (head === undefined || refused.length > 0) return { refused };
  try {
    await deps.git.fetch(repository, [head], deps.live());
  } catch (error) {
    if (halted !== undefined && error instanceof MissingCommit) return { refused: [headLost(member, halted)] };
    throw error;
  }
  return { repository, branch, head, base: main, defaultBranch };
}

function headLost({ repository, branch }: Seen['member'], head: Commit): string {
  const which = head === UNKNOWN_COMMIT ? `the commit that ${branch} had` : head;
  return `${repository} has no more ${which}, which was to land: push it again, or undo what landed.`;
}

function blocksStaging(repository: RepositoryName): string {
  return `${repository} has a branch named lockstep, which keeps Lockstep from making its staging branches: rename it.`;
}

function isDefault(repository: RepositoryName, branch: string): string {
  return `${branch} is the default branch of ${repository}: name the branch to land on it.`;
}

async function noBranch(deps: ControlDeps, { repository, branch }: Seen['member']): Promise<string> {
  const near = nearest(branch, await deps.git.branchNames(repository, deps.live()));
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  return `${repository} has no branch ${branch}${hint}: push it, or correct the manifest.`;
}

/** Everything else that the tests see: the other repositories and the coordinator, at their `main`. */
export async function pinOthers(
  deps: ControlDeps,
  members: RepositoryName[],
): Promise<{ others: Tip[]; coordinator: Commit }> {
  const { coordinator } = deps;
  const main = await tipOf(deps, coordinator);
  const configuration = await readConfigurationAt(deps, main);
  const names = configuration.repositories.filter((name) => !members.includes(name)).toSorted();
  const queue = new PQueue({ concurrency: READ_AT_ONCE });
  const others = await queue.addAll(
    names.map((repository) => async () => ({ repository, commit: await tipOf(deps, repository) })),
  );
  return { others, coordinator: main };
}

/** `main` of a repository, present in its mirror. */
async function tipOf(deps: ControlDeps, repository: RepositoryName): Promise<Commit> {
  const { main } = await deps.git.readRefs(repository, [], deps.live());
  await deps.git.fetch(repository, [main], deps.live());
  return main;
}
