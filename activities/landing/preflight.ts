/**
 * What would refuse a landing later, seen before tests are paid for, and again at the recheck: rules that the App cannot
 * bypass, and an author who may not write. Staging cannot show these: such rules bind `main` only (PROTOCOL 1).
 */
import type { RepositoryName } from '../../src/changeset.ts';
import type { ControlDeps } from '../deps.ts';

/** A member's repository with the name of its default branch, as git just told. */
export interface LandsOn {
  repository: RepositoryName;
  defaultBranch: string;
}

/** Sentences, each with what can be done; none when nothing stands in the way. */
export async function preflight(deps: ControlDeps, request: { members: LandsOn[]; author: string }): Promise<string[]> {
  const { members, author } = request;
  const repositories = members.map((member) => member.repository);
  const found = await Promise.all([
    ...members.map((member) => rulesOf(deps, member)),
    ...[deps.coordinator, ...repositories].map((repository) => authorOf(deps, repository, author)),
  ]);
  return found.flat();
}

async function rulesOf(deps: ControlDeps, { repository, defaultBranch }: LandsOn): Promise<string[]> {
  return (await deps.forge.blockingRules(repository, defaultBranch)) ?? [notInstalled(repository)];
}

/** The bot must not lend an author its own right to `main` (HOSTILE, Who may do what). */
async function authorOf(deps: ControlDeps, repository: RepositoryName, author: string): Promise<string[]> {
  const permission = await deps.forge.permission(repository, author);
  if (permission === 'admin' || permission === 'write') return [];
  return [
    `the author ${author} may not write to ${repository} (${permission}), so Lockstep will not land there for them: ask an admin of ` +
      `${repository} for write permission, or have somebody who has it open the pull request.`,
  ];
}

export function notInstalled(repository: RepositoryName): string {
  return `the App is not installed on ${repository}: ask an admin to install it.`;
}
