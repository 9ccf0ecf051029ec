/** What survives Stryker, each with the reason. */
export interface Explained {
  file: string;
  /** What stands there. */
  text: string;
  /** What Stryker put in its place. */
  becomes: string;
  why: string;
}

export const EXPLAINED: Explained[] = [];
