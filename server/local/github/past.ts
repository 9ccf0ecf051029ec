/**
 * REST that lags behind git, as GitHub's does: what a ref was, or how a pull request looked, some milliseconds ago.
 * With a lag of zero it keeps nothing.
 */
import type { Pull, Repository } from './types.ts';

interface Entry<T> {
  until: number;
  value: T;
}

export class Past {
  private readonly lagMs: number;
  private readonly now: () => number;
  private readonly refs = new Map<string, Entry<string | null>[]>();
  private readonly pulls = new Map<string, Entry<Pull | null>[]>();

  constructor(lagMs: number, now: () => number) {
    this.lagMs = lagMs;
    this.now = now;
  }

  /** Notes the value that a ref had until now. */
  leaveRef(repository: Repository, ref: string, value: string | null): void {
    this.leave(this.refs, `${repository.id} ${ref}`, value);
  }

  /** Notes how a pull request looked until now; null: it did not exist. */
  leavePull(repository: Repository, number: number, value: Pull | null): void {
    this.leave(this.pulls, `${repository.id} ${number}`, value === null ? null : { ...value });
  }

  refSeen(repository: Repository, ref: string, present: string | null): string | null {
    return this.seen(this.refs, `${repository.id} ${ref}`, present);
  }

  pullSeen(repository: Repository, pull: Pull): Pull | null {
    return this.seen(this.pulls, `${repository.id} ${pull.number}`, pull);
  }

  private leave<T>(entries: Map<string, Entry<T>[]>, key: string, value: T): void {
    if (this.lagMs === 0) return;
    const kept = (entries.get(key) ?? []).filter((entry) => entry.until > this.now() - this.lagMs);
    entries.set(key, [...kept, { until: this.now(), value }]);
  }

  /** The oldest value that was still true when the lag began, or the present one. */
  private seen<T>(entries: Map<string, Entry<T>[]>, key: string, present: T): T {
    const horizon = this.now() - this.lagMs;
    const then = this.lagMs === 0 ? undefined : entries.get(key)?.find((entry) => entry.until > horizon);
    return then === undefined ? present : then.value;
  }
}
