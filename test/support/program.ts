import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
/** The repository compiled once for all tests (`npm test`): loading it through tsx takes most of a process's start. */
const COMPILED = process.env.LOCKSTEP_TEST_COMPILED;

/** What node is given to run a file of this repository, named from its root: `test/support/holdRunner.ts`. */
export function program(file: string): string[] {
  return COMPILED === undefined ? ['--import', 'tsx', join(ROOT, file)] : [join(COMPILED, file.replace(/ts$/, 'js'))];
}
