/** What an actor may see and do in a repository. Pure over the state. */
import { ApiError, notFound } from './errors.ts';
import type { Actor, PermissionLevel, PermissionName, Repository } from './types.ts';
import { roleOf } from './users.ts';

export interface Need {
  /** Any one of these is enough: GitHub lets comments be written with `issues` or with `pull_requests`. */
  permissions: PermissionName[];
  level: PermissionLevel;
}

/** Whether a repository exists for an actor at all. */
export function canSee(actor: Actor, repository: Repository): boolean {
  if (actor.kind === 'person') return roleOf(repository, actor.login) !== 'none';
  if (actor.kind !== 'installation' || !repository.installed) return false;
  return actor.repositories === null || actor.repositories.includes(repository.fullName);
}

/** Whether an actor has a permission in a repository that it sees. */
export function has(actor: Actor, repository: Repository, need: Need): boolean {
  if (actor.kind === 'installation') {
    return need.permissions.some((name) => {
      const granted = actor.permissions[name];
      return granted === 'write' || (granted === 'read' && need.level === 'read');
    });
  }
  if (actor.kind !== 'person') return false;
  const role = roleOf(repository, actor.login);
  if (need.permissions.includes('administration') && need.level === 'write') return role === 'admin';
  // Anyone who reads may comment; everything else that changes something needs write access.
  const isComment = need.permissions.includes('issues');
  return role === 'admin' || role === 'write' || (role === 'read' && (need.level === 'read' || isComment));
}

/** Throws 404 for a repository that the actor cannot see, 403 for a permission it lacks. */
export function demand(actor: Actor, repository: Repository, need: Need): void {
  if (!canSee(actor, repository)) throw notFound();
  if (has(actor, repository, need)) return;
  const isApp = actor.kind === 'installation';
  throw new ApiError(403, isApp ? 'Resource not accessible by integration' : 'Must have admin rights to Repository.');
}
