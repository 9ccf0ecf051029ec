/**
 * Keeps the record in git's own order. Two pushes can follow each other so closely that the second one's report is read
 * first; it then waits until the first, whose new value is its old one, has been recorded or has come to nothing.
 */
import type { RefChange } from './rules.ts';
import type { Repository } from './types.ts';

interface Entry {
  repository: number;
  change: RefChange;
  settled: Promise<void>;
  settle: () => void;
}

export class Outstanding {
  private entries: Entry[] = [];

  /** Announces moves before git is asked for them; the returned function says that they are over. */
  begin(repository: Repository, changes: RefChange[]): () => void {
    const begun = changes.map((change): Entry => {
      let settle = (): void => undefined;
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      return { repository: repository.id, change, settled, settle };
    });
    this.entries.push(...begun);
    return () => {
      this.entries = this.entries.filter((entry) => !begun.includes(entry));
      for (const entry of begun) entry.settle();
    };
  }

  /** Resolves when the move that led to this one's old value is settled. */
  async predecessorOf(repository: Repository, change: RefChange): Promise<void> {
    const own = this.entries.findIndex((entry) => this.is(entry, repository, change));
    // Only earlier announcements: a later one with that value is another return to it.
    const earlier = own < 0 ? [] : this.entries.slice(0, own);
    const before = earlier.filter(
      (entry) =>
        entry.repository === repository.id && entry.change.ref === change.ref && entry.change.new === change.old,
    );
    await Promise.all(before.map((entry) => entry.settled));
  }

  recorded(repository: Repository, change: RefChange): void {
    this.entries.find((entry) => this.is(entry, repository, change))?.settle();
  }

  private is(entry: Entry, repository: Repository, change: RefChange): boolean {
    const { ref, old, new: next } = entry.change;
    return entry.repository === repository.id && ref === change.ref && old === change.old && next === change.new;
  }
}
