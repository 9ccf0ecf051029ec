/** What must be on the machine before anything else can be set up. */
import { execFileSync } from 'node:child_process';

/** `merge-tree --write-tree`, on which candidates are built, came with 2.38. */
const GIT = [2, 38];
const NODE = [20];

/**
 * Sentences that say what to install; empty when everything is there.
 *
 * @param {{ node: string, git: string | undefined }} found versions as the tools print them
 * @returns {string[]}
 */
export function missingPrerequisites(found) {
  const missing = [];
  if (!atLeast(found.node, NODE)) {
    missing.push(`Node ${NODE.join('.')} or newer is needed, found ${found.node}: install it from https://nodejs.org`);
  }
  if (found.git === undefined) {
    missing.push(`git ${GIT.join('.')} or newer is needed, found none on PATH: install it from https://git-scm.com`);
  } else if (!atLeast(found.git, GIT)) {
    missing.push(
      `git ${GIT.join('.')} or newer is needed, found ${found.git}: install a newer one from https://git-scm.com`,
    );
  }
  return missing;
}

/** @returns {{ node: string, git: string | undefined }} */
export function findPrerequisites() {
  return { node: process.versions.node, git: gitVersion() };
}

function gitVersion() {
  try {
    return execFileSync('git', ['--version'], { encoding: 'utf8' }).match(/\d+\.\d+[\d.]*/)?.[0];
  } catch {
    return undefined;
  }
}

function atLeast(version, wanted) {
  const found = version.split('.').map(Number);
  for (let i = 0; i < wanted.length; i += 1) {
    if ((found[i] ?? 0) !== wanted[i]) return (found[i] ?? 0) > wanted[i];
  }
  return true;
}
