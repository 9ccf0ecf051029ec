/**
 * `npm run mutants -- --stryker`: every small change that Stryker knows, in the code that decides, against the unit tests alone.
 * What survives is explained one by one in `explained.ts`; passed is what was noticed or is explained.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTree } from '../tree.ts';
import type { Word } from './child.ts';
import { EXPLAINED } from './explained.ts';
import { type Change, instrument } from './instrument.ts';

/** In 100. */
const NOTICED_AT_LEAST = 90;
/** A change with which the tests take longer goes round for ever, which is noticed too. */
const TIME_ALLOWED_MS = 6_000;
/** Modules that were loaded anew are never let go: after so many changes another process goes on. */
const CHANGES_EACH = 150;

type Found = 'noticed' | 'survived' | 'never run';

/** The exit code. */
export async function runStryker(root: string): Promise<number> {
  return withTree(root, async (tree) => {
    const { changes, file } = await instrument(tree.root, join(root, '.lockstep'));
    console.log(`${changes.length} changes`);
    const found = await huntAll(tree.root, file, changes);
    return tell(root, changes, found);
  });
}

async function huntAll(root: string, file: string, changes: Change[]): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const left = changes.map(({ id }) => id);
  while (left.length > 0) {
    await huntSome({ root, file, left, found });
    console.log(`${changes.length - left.length} of ${changes.length}`);
  }
  return found;
}

interface Hunt {
  root: string;
  file: string;
  left: string[];
  found: Map<string, Found>;
}

/** One process, until it has had its share or hangs. */
function huntSome({ root, file, left, found }: Hunt): Promise<void> {
  const child = fork(join(root, 'mutants', 'stryker', 'child.ts'), [file], {
    cwd: root,
    execArgv: ['--import', 'tsx'],
  });
  let done = 0;
  let covered = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const end = (change: string, how: Found) => {
    clearTimeout(timer);
    left.splice(left.indexOf(change), 1);
    found.set(change, how);
    done += 1;
  };
  const next = () => {
    for (const change of left.filter((one) => !covered.has(one))) end(change, 'never run');
    const [change] = left;
    if (change === undefined || done >= CHANGES_EACH) child.kill();
    else child.send(change);
  };
  child.on('message', (word: Word) => {
    if (word.is === 'begun') {
      timer = setTimeout(() => {
        end(word.change, 'noticed');
        child.kill('SIGKILL');
      }, TIME_ALLOWED_MS);
      return;
    }
    if (word.is === 'covered') covered = new Set(word.changes);
    else end(word.change, word.noticedBy === undefined ? 'survived' : 'noticed');
    next();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      code === null || code === 0 ? resolve() : reject(new Error('a process of tests failed')),
    );
  });
}

function tell(root: string, changes: Change[], found: Map<string, Found>): number {
  const survivors = changes.filter(({ id }) => found.get(id) !== 'noticed');
  const unexplained = survivors.filter((change) => !isExplained(root, change));
  for (const change of unexplained) {
    const { fileName, location, mutatorName, replacement, id } = change;
    const where = `${fileName}:${location.start.line + 1}`;
    const what = `${JSON.stringify(textOf(root, change))} → ${JSON.stringify(replacement)}`;
    console.log(`${found.get(id)}  ${where} ${mutatorName}: ${what}`);
  }
  const noticed = changes.length - survivors.length;
  const share = (100 * noticed) / Math.max(1, changes.length);
  console.log(
    `${noticed} of ${changes.length} noticed (${share.toFixed(1)} %), ${survivors.length - unexplained.length} explained`,
  );
  console.log(`${changes.length - unexplained.length} passed, ${unexplained.length} failed`);
  return unexplained.length > 0 || share < NOTICED_AT_LEAST ? 1 : 0;
}

function isExplained(root: string, change: Change): boolean {
  const text = textOf(root, change);
  return EXPLAINED.some(
    ({ file, text: expected, becomes }) =>
      file === change.fileName && expected === text && becomes === change.replacement,
  );
}

/** What stands in the source where the change is. */
function textOf(root: string, { fileName, location: { start, end } }: Change): string {
  const lines = readFileSync(join(root, fileName), 'utf8')
    .split('\n')
    .slice(start.line, end.line + 1);
  return lines
    .map((line, i) => line.slice(i === 0 ? start.column : 0, i === lines.length - 1 ? end.column : undefined))
    .join('\n');
}
