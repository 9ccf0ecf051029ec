/** What repositories, branches and changesets may be called. The reason why not, or `undefined`. */
import { STAGING_PREFIX } from '../changeset.ts';
import { quoted } from './problem.ts';

/** GitHub's own rule for `owner/name`. */
export const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/(?!\.{1,2}$)(?!.*\.git$)[A-Za-z0-9._-]{1,100}$/;
/** Narrower than git's, which takes `@`, `$(id)` and `refs/heads/x` for branches. */
export const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}$/;
export const CHANGESET = /^[A-Za-z0-9_](?!.*\.\.)(?!.*\.lock$)(?!.*\.$)[A-Za-z0-9._-]{0,63}$/;

export function repositoryProblem(name: string): string | undefined {
  if (REPOSITORY.test(name)) return undefined;
  return `${quoted(name)} is not a repository name (expected owner/name)`;
}

export function branchProblem(branch: string): string | undefined {
  const not = (why: string) => `${quoted(branch)} is not a branch name (${why})`;
  if (branch === '') return 'expected a branch name, found nothing';
  if (branch.startsWith('refs/')) return not('expected it without "refs/heads/"');
  if (!BRANCH.test(branch)) return not('expected letters, digits and . _ / + -, at most 200, no - or . first');
  if (/\.\.|\/\/|\/\.|\.\/|\/$|\.$|\.lock(\/|$)/.test(branch))
    return not('expected no "..", "//", "/." or ".lock" in it');
  if (/^[0-9a-f]{40}([0-9a-f]{24})?$/i.test(branch)) return not('it looks like a commit');
  if (branch === 'main' || branch === 'HEAD')
    return `${quoted(branch)} is what changesets land on (expected another branch)`;
  if (branch.toLowerCase().startsWith(STAGING_PREFIX)) {
    return `${quoted(branch)} is refused: branches below ${STAGING_PREFIX} are Lockstep's own`;
  }
  return undefined;
}

export function changesetNameProblem(name: string): string | undefined {
  if (CHANGESET.test(name)) return undefined;
  return `${quoted(name)} is not a changeset name (expected letters, digits and . _ -, at most 64, no - or . first, no "..", "." or ".lock" last)`;
}
