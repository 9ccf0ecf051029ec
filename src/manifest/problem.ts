import { distance } from 'fastest-levenshtein';

/** Something wrong with a file, where it is, in words for the person who wrote it. */
export interface Problem {
  path: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** `repositories[1].branch`, from the changeset (or the file) down; empty for the file as a whole. */
  where: string;
  message: string;
}

/** So many are told of one file. */
export const MAX_PROBLEMS = 200;

/** `changesets/x.yaml:7:13: repositories[1].branch: …` */
export function problemLine(problem: Problem): string {
  const where = problem.where === '' ? '' : `${problem.where}: `;
  return `${problem.path}:${problem.line}:${problem.column}: ${where}${problem.message}`;
}

/** `; did you mean "branch"?`, or nothing when no word is near. */
export function didYouMean(word: string, valid: readonly string[]): string {
  const near = nearest(word, valid);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** The valid word that the other was most likely meant to be. */
export function nearest(word: string, valid: readonly string[]): string | undefined {
  // Longer ones are no slips of the finger, and comparing them costs their length squared.
  if (word.length > 200) return undefined;
  const ranked = valid
    .map((candidate) => ({ candidate, steps: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.steps - other.steps);
  const best = ranked[0];
  return best && best.steps <= Math.max(2, Math.floor(word.length / 3)) ? best.candidate : undefined;
}

/** A word as it is shown in a sentence: cut, and on one line. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}…` : word);
}

/** A file without anything in it: it has no place to point to. */
export function emptyFile(path: string, what: string, key: string): Problem {
  return { path, line: 1, column: 1, where: '', message: `the ${what} is empty (expected ${key} with a list)` };
}
