/** What every part of the local GitHub shares: its state, its addresses, its clock and its order of work. */
import { ApiError } from './errors.ts';
import type { MergeStates } from './mergeable.ts';
import type { Outstanding } from './outstanding.ts';
import type { Past } from './past.ts';
import type { Store } from './store.ts';
import type { Repository } from './types.ts';
import type { Webhooks } from './webhooks.ts';

export interface Hub {
  readonly store: Store;
  readonly webhooks: Webhooks;
  readonly past: Past;
  readonly mergeStates: MergeStates;
  readonly outstanding: Outstanding;
  readonly tokenLifeSeconds: number;
  /** Web and git: `http://127.0.0.1:port`; known once the server listens. */
  readonly url: () => string;
  /** REST: `${url}/api/v3`. */
  readonly apiUrl: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Runs work on one repository's state after all earlier work on it. Git itself is not locked by this. */
  inOrder<T>(repository: Repository, work: () => Promise<T>): Promise<T>;
}

/** The present time as GitHub writes it. */
export function timestamp(hub: Hub): string {
  return new Date(hub.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function gitDirectory(hub: Hub, repository: Repository): string {
  return hub.store.gitDirectory(repository);
}

/** The repository of that name; throws GitHub's 404. */
export function repositoryNamed(hub: Hub, fullName: string): Repository {
  const repository = hub.store.find(fullName);
  if (repository === undefined) throw new ApiError(404, 'Not Found');
  return repository;
}

/** One chain of work per key, so that state changes of one repository happen one after another. */
export function chains(): (key: string, work: () => Promise<unknown>) => Promise<unknown> {
  const tails = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const next = (tails.get(key) ?? Promise.resolve()).then(work, work);
    tails.set(key, next);
    return next;
  };
}
