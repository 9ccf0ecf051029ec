/** A safety measure that is taken out on purpose, as a value: where, and what is to notice it. */

export interface Mutant {
  /** The measure, in the words of the protocol. */
  measure: string;
  /** Together they take it out: at its one home, or at each where it has several. */
  edits: Edit[];
  /**
   * Of a second lock: what opens the first one, so that the second has something to hold. With that alone nothing may be noticed but
   * that work does not come to its end (12); with the second lock open too, something else must be.
   */
  behind?: Edit[];
  /** Asked in this order until one notices. */
  hunters: Hunter[];
}

export interface Edit {
  /** Path from the root of the repository. */
  file: string;
  /** Stands in the file exactly once, or the mutant is stale. */
  from: string;
  to: string;
}

export type Hunter =
  /** The small sets of the explorer; `first`: the one that noticed it before is searched first. */
  | { kind: 'model'; first?: string }
  /** Whole runs in the simulator; `first`: seeds that noticed it before, wherever they are. */
  | { kind: 'simulator'; first: number[] }
  /** A fault run, the first of its name: for what is git's, GitHub's or Temporal's own. */
  | { kind: 'fault run'; run: string }
  /** An attack of a branch on the host of its tests. */
  | { kind: 'attack'; name: string }
  /** A named test, for what none of them can see by nature. */
  | { kind: 'test'; file: string; name: string; why: string };

/** What a hunter came to. */
export type Hunted =
  | { kind: 'noticed'; where: string; how: string }
  | { kind: 'unnoticed'; searched: string }
  /** The hunter itself could not do its work: that is no catch. */
  | { kind: 'broken'; why: string };

export function model(first?: string): Hunter {
  return { kind: 'model', ...(first !== undefined && { first }) };
}

export function simulator(...first: number[]): Hunter {
  return { kind: 'simulator', first };
}

export function faultRun(run: string): Hunter {
  return { kind: 'fault run', run };
}

export function attack(name: string): Hunter {
  return { kind: 'attack', name };
}

export function test(file: string, name: string, why: string): Hunter {
  return { kind: 'test', file, name, why };
}
