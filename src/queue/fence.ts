/** What a landing keeps others out of, and when two of them exclude each other. */
import type { Member, RepositoryName } from '../changeset.ts';
import type { Interference } from '../plan/plan.ts';

export interface Reach {
  repositories: RepositoryName[];
  /** `interference: all`: it excludes every other landing. */
  exclusive: boolean;
}

/** Held from the grant until the landing is settled. */
export interface Fence extends Reach {
  /** Workflow id of the changeset that holds it. */
  changeset: string;
}

export function reachOf({ members }: { members: Member[] }, interference: Interference): Reach {
  return { repositories: members.map(({ repository }) => repository), exclusive: interference === 'all' };
}

export function collide(one: Reach, other: Reach): boolean {
  return one.exclusive || other.exclusive || one.repositories.some((name) => other.repositories.includes(name));
}

/** `#12/checkout-v2`, of the workflow id of a changeset. */
export function landingName(workflowId: string): string {
  const [name, pullRequest] = workflowId.split('/').reverse();
  return pullRequest === undefined ? workflowId : `#${pullRequest}/${name}`;
}
