/** What a search is about: who wants to land what where, and how much may go wrong on the way. */
import type { Name } from './activities.ts';

/** How often each may happen on one path through the world. */
export interface Budget {
  /**
   * A worker is killed in the middle of an activity, or the reply to a push is lost: before the push, after its effect, or
   * with the push still on its way, to arrive later or never.
   */
  crash: number;
  /** Somebody else pushes to a main: on top, or back to an older commit. */
  foreign: number;
  /** Somebody pushes to a member's branch. */
  head: number;
  /** A command of people: pause, skip, withdraw, close. */
  command: number;
  /** A rule appears on a main. */
  rule: number;
  /** A repository is not there for us any more: removed, renamed, the App uninstalled. */
  gone: number;
  /** A person reverts what stands on a main. */
  revert: number;
  /** An operator says what is to become of a half landing. */
  resolve: number;
  /** Tests fail. */
  red: number;
  /** People ask for a new attempt of a pull request whose changesets did not land. */
  again: number;
}

export const NOTHING: Budget = {
  crash: 0,
  foreign: 0,
  head: 0,
  command: 0,
  rule: 0,
  gone: 0,
  revert: 0,
  resolve: 0,
  red: 0,
  again: 0,
};

export type Fault = keyof Budget;

export interface Wanted {
  name: string;
  /** Its pull request's number; those with the same share a pipeline. */
  pullRequest: number;
  /** Short names of repositories. */
  members: string[];
  approval: 'none' | 'required';
}

export interface Setting {
  repositories: string[];
  changesets: Wanted[];
  interference: 'repositories' | 'all';
  budget: Budget;
  /** Activities whose reads and staging pushes are answered as soon as they are asked: nothing comes between them. */
  atOnce: Name[];
  /** Commands that may come; the budget says how many of them. */
  commands: CommandKind[];
  /** What somebody's push to a main may be. */
  pushes: ForeignPush[];
}

export type CommandKind = 'pause' | 'skip' | 'skipAll' | 'withdraw' | 'close';

/** `clash`: it changes what a changeset changes. `back`: `main` is forced to the commit before. */
export type ForeignPush = 'onTop' | 'clash' | 'back';

export const ALL_COMMANDS: CommandKind[] = ['pause', 'skip', 'skipAll', 'withdraw', 'close'];
export const ALL_PUSHES: ForeignPush[] = ['onTop', 'clash', 'back'];

/** What a clashing push puts where the changesets' work is. */
export const OTHERWISE = 'otherwise';

export function full(repository: string): string {
  return `acme/${repository}`;
}
