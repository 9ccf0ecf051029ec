/**
 * A process that switches on one change after another and runs the tests that come past it, until one fails. It says which
 * it begins before it begins: one that never ends is ended from outside.
 */
import { pathToFileURL } from 'node:url';
import type { UnitTest } from './jest.ts';

/** What Stryker's switches read and write. */
interface Switches {
  activeMutant?: string;
  currentTestId?: string;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

export type Word =
  | { is: 'covered'; changes: string[] }
  | { is: 'begun'; change: string }
  | { is: 'ended'; change: string; noticedBy?: string };

const switches: Switches = {};
Object.assign(globalThis, { __stryker__: switches });

const say = (word: Word) => process.send?.(word);

async function main(file: string): Promise<void> {
  const load = (change: string) => import(`${pathToFileURL(file).href}?${change}`) as Promise<{ tests: UnitTest[] }>;
  const { tests } = await load('none');
  for (const [i, test] of tests.entries()) {
    switches.currentTestId = String(i);
    const failed = await failure(test);
    if (failed !== undefined) throw new Error(`with nothing changed ${test.name} fails: ${failed}`);
  }
  const { static: atLoad = {}, perTest = {} } = switches.mutantCoverage ?? {};
  delete switches.currentTestId;
  const coming = (change: string) => tests.filter((_, i) => (perTest[i]?.[change] ?? 0) > 0);
  say({ is: 'covered', changes: [...new Set([atLoad, ...Object.values(perTest)].flatMap((one) => Object.keys(one)))] });
  process.on('message', async (change: string) => {
    say({ is: 'begun', change });
    switches.activeMutant = change;
    const run = (atLoad[change] ?? 0) > 0 ? await loaded(() => load(change)) : coming(change);
    const noticedBy = typeof run === 'string' ? run : await firstFailure(run);
    delete switches.activeMutant;
    say({ is: 'ended', change, ...(noticedBy !== undefined && { noticedBy }) });
  });
}

/** What is read when a module is loaded is changed only in one that is loaded anew. */
async function loaded(load: () => Promise<{ tests: UnitTest[] }>): Promise<UnitTest[] | string> {
  try {
    return (await load()).tests;
  } catch (error) {
    return `loading: ${String(error)}`;
  }
}

async function firstFailure(tests: UnitTest[]): Promise<string | undefined> {
  for (const test of tests) if ((await failure(test)) !== undefined) return test.name;
  return undefined;
}

async function failure({ body }: UnitTest): Promise<string | undefined> {
  try {
    await body();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

await main(process.argv[2] ?? '');
