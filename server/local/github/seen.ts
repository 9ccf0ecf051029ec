/** Refs and commits as REST sees them: with the lag, where one is set. Git over HTTP always shows the truth. */
import { listRefs, readRef, resolveCommit } from './git.ts';
import { gitDirectory, type Hub } from './hub.ts';
import type { Pull, Repository } from './types.ts';

export async function refSeen(hub: Hub, repository: Repository, ref: string): Promise<string | null> {
  return hub.past.refSeen(repository, ref, await readRef(gitDirectory(hub, repository), ref));
}

/** All refs below a prefix. A ref that was deleted a moment ago is no longer listed, lag or not. */
export async function refsSeen(hub: Hub, repository: Repository, prefix: string): Promise<[string, string][]> {
  const refs = await listRefs(gitDirectory(hub, repository), 'refs/heads');
  const tags = await listRefs(gitDirectory(hub, repository), 'refs/tags');
  return [...refs, ...tags].flatMap(([ref, present]): [string, string][] => {
    const seen = ref.startsWith(prefix) ? hub.past.refSeen(repository, ref, present) : null;
    return seen === null ? [] : [[ref, seen]];
  });
}

/** The commit that a branch, a tag, a full ref or an id names. */
export async function commitSeen(hub: Hub, repository: Repository, name: string): Promise<string | null> {
  const short = name.replace(/^refs\//, '');
  const refs = [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${short}`];
  for (const ref of refs) {
    const value = await refSeen(hub, repository, ref);
    if (value !== null) return resolveCommit(gitDirectory(hub, repository), value);
  }
  return /^[0-9a-f]{7,40}$/.test(name) ? resolveCommit(gitDirectory(hub, repository), name) : null;
}

export function pullSeen(hub: Hub, repository: Repository, number: number): Pull | null {
  const pull = repository.pulls.find((one) => one.number === number);
  return pull === undefined ? null : hub.past.pullSeen(repository, pull);
}

export function pullsSeen(hub: Hub, repository: Repository): Pull[] {
  return repository.pulls.flatMap((pull) => hub.past.pullSeen(repository, pull) ?? []);
}
