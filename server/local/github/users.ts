/** People, organisations, the bot, and what they may do in a repository. */
import { type Hub, timestamp } from './hub.ts';
import type { Subject } from './rules.ts';
import type { Repository, Role, User } from './types.ts';

export function botLogin(hub: Hub): string {
  return `${hub.store.global.app.slug}[bot]`;
}

export function findUser(hub: Hub, login: string): User | undefined {
  return hub.store.global.users.find((user) => user.login.toLowerCase() === login.toLowerCase());
}

/** The user of that name, made if there is none yet. */
export function ensureUser(hub: Hub, login: string, type: User['type'] = 'User'): User {
  const known = findUser(hub, login);
  if (known !== undefined) return known;
  const user: User = { id: hub.store.takeId(), login, type, createdAt: timestamp(hub) };
  hub.store.global.users.push(user);
  hub.store.saveGlobal();
  return user;
}

export function roleOf(repository: Repository, login: string): Role {
  return repository.roles[login.toLowerCase()] ?? 'none';
}

/** The e-mail address that ties a commit to its user. */
export function emailOf(user: User): string {
  return `${user.id}+${user.login}@users.noreply.localhost`;
}

/** The user whose address a commit carries, if it is one of ours. */
export function userByEmail(hub: Hub, email: string): User | undefined {
  const login = /^\d+\+(.+)@users\.noreply\.localhost$/.exec(email)?.[1];
  return login === undefined ? undefined : findUser(hub, login);
}

/** How rulesets see a login in a repository. */
export function subjectOf(hub: Hub, repository: Repository, login: string): Subject {
  if (login === botLogin(hub)) return { kind: 'app', appId: hub.store.global.app.id };
  return { kind: 'person', role: roleOf(repository, login) };
}

/** GitHub's word for how an author stands to a repository. */
export function associationOf(hub: Hub, repository: Repository, login: string): string {
  if (login === botLogin(hub)) return 'NONE';
  return roleOf(repository, login) === 'none' ? 'NONE' : 'COLLABORATOR';
}
