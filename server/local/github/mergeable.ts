/**
 * Whether a pull request merges cleanly. As on GitHub nobody knows at first: asking starts the test, and the answer is
 * there when it has run, until the head or the base moves.
 */
import { tryGit } from './git.ts';
import type { Pull } from './types.ts';

export interface MergeState {
  mergeable: boolean | null;
  state: 'clean' | 'dirty' | 'blocked' | 'draft' | 'unknown';
}

export class MergeStates {
  private readonly known = new Map<number, { key: string; clean: boolean | null }>();

  /** What is known now; starts the test when nothing is. */
  ask(directory: string, pull: Pull, blocked: boolean): MergeState {
    if (pull.state === 'closed') return { mergeable: null, state: 'unknown' };
    const key = `${pull.baseSha} ${pull.headSha}`;
    const entry = this.known.get(pull.id);
    if (entry === undefined || entry.key !== key) {
      this.known.set(pull.id, { key, clean: null });
      void this.test(directory, { id: pull.id, base: pull.baseSha, head: pull.headSha });
      return { mergeable: null, state: 'unknown' };
    }
    if (entry.clean === null) return { mergeable: null, state: 'unknown' };
    if (!entry.clean) return { mergeable: false, state: 'dirty' };
    if (pull.draft) return { mergeable: true, state: 'draft' };
    return { mergeable: true, state: blocked ? 'blocked' : 'clean' };
  }

  private async test(directory: string, pull: { id: number; base: string; head: string }): Promise<void> {
    const tree = await mergeTrees(directory, pull.base, pull.head).catch(() => null);
    const key = `${pull.base} ${pull.head}`;
    // A later question may have started a test of newer commits meanwhile.
    if (this.known.get(pull.id)?.key === key) this.known.set(pull.id, { key, clean: tree !== null });
  }
}

/** The tree of a merge, or null when it conflicts. */
export async function mergeTrees(directory: string, one: string, other: string): Promise<string | null> {
  const result = await tryGit(directory, ['merge-tree', '--write-tree', '--no-messages', one, other]);
  if (result.code > 1) throw new Error(`git merge-tree ${one} ${other}: exit ${result.code}: ${result.err}`);
  return result.code === 0 ? result.out.trim() : null;
}
