/** Commits and differences, read from git. */
import { git, mergeBase } from './git.ts';

export interface Person {
  name: string;
  email: string;
  date: string;
}

export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}

export interface FileChange {
  path: string;
  previousPath: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'changed';
  blob: string;
  additions: number;
  deletions: number;
  patch: string | null;
}

const FORMAT = '%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B%x1e';

/** GitHub writes every time in UTC to the second. */
export function utc(date: string | number): string {
  return new Date(date).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Commits that a range names (`git log` arguments), newest first unless the arguments say otherwise. */
export async function readCommits(directory: string, range: string[]): Promise<Commit[]> {
  const out = await git(directory, ['log', `--format=${FORMAT}`, ...range, '--']);
  return out
    .split('\x1e')
    .map((entry) => entry.replace(/^\n/, ''))
    .filter((entry) => entry !== '')
    .map(parseCommit);
}

/** One commit; throws when it does not exist. */
export async function readCommit(directory: string, sha: string): Promise<Commit> {
  const [commit] = await readCommits(directory, ['-1', sha]);
  if (commit === undefined) throw new Error(`expected commit ${sha} in ${directory}, found none`);
  return commit;
}

function parseCommit(entry: string): Commit {
  const fields = entry.split('\x1f');
  const field = (index: number) => fields[index] ?? '';
  return {
    sha: field(0),
    tree: field(1),
    parents: field(2).split(' ').filter(Boolean),
    author: { name: field(3), email: field(4), date: utc(field(5)) },
    committer: { name: field(6), email: field(7), date: utc(field(8)) },
    message: field(9).replace(/\n+$/, ''),
  };
}

/** How many commits each side has that the other lacks. */
export async function countApart(
  directory: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  const out = await git(directory, ['rev-list', '--left-right', '--count', `${base}...${head}`, '--']);
  const [behind, ahead] = out.trim().split('\t').map(Number);
  return { ahead: ahead ?? 0, behind: behind ?? 0 };
}

/** What a head changes since it left its base, as a pull request shows it. */
export async function changesSince(directory: string, base: string, head: string): Promise<FileChange[]> {
  const from = (await mergeBase(directory, base, head)) ?? base;
  return changesBetween(directory, from, head);
}

/** What differs between two trees. The three parts of what `git diff` says list the same files in the same order. */
export async function changesBetween(directory: string, from: string, to: string): Promise<FileChange[]> {
  const parts = ['--raw', '--numstat', '--patch', '-z'];
  const options = ['--no-ext-diff', '--no-color', '-M', '--abbrev=40'];
  const out = await git(directory, ['diff', ...parts, ...options, from, to, '--']);
  // An empty field stands between the lists and the patches.
  const [lists = '', ...patches] = out.split('\0\0');
  const fields = lists.split('\0');
  const files = parseRaw(fields);
  const numbers = parseNumstat(
    fields.slice(files.reduce((count, { previousPath }) => count + (previousPath === null ? 2 : 3), 0)),
  );
  const texts = patches
    .join('\0\0')
    .split(/^(?=diff --git )/m)
    .filter(Boolean);
  return files.map((file, index) => ({
    ...file,
    additions: numbers[index]?.[0] ?? 0,
    deletions: numbers[index]?.[1] ?? 0,
    patch: hunks(texts[index]),
  }));
}

/** GitHub's `patch` begins at the first hunk; a binary or empty file has none. */
function hunks(text: string | undefined): string | null {
  const start = text === undefined ? -1 : text.search(/^@@ /m);
  return text === undefined || start < 0 ? null : text.slice(start).replace(/\n$/, '');
}

function parseRaw(parts: string[]): Omit<FileChange, 'additions' | 'deletions' | 'patch'>[] {
  const files: Omit<FileChange, 'additions' | 'deletions' | 'patch'>[] = [];
  for (let index = 0; parts[index]?.startsWith(':'); ) {
    const [, , oldBlob, newBlob, letter] = (parts[index] ?? '').split(' ');
    const renamed = letter?.startsWith('R') === true;
    const status = statusOf(letter ?? 'M');
    files.push({
      path: parts[index + (renamed ? 2 : 1)] ?? '',
      previousPath: renamed ? (parts[index + 1] ?? null) : null,
      status,
      blob: (status === 'removed' ? oldBlob : newBlob) ?? '',
    });
    index += renamed ? 3 : 2;
  }
  return files;
}

function statusOf(letter: string): FileChange['status'] {
  const first = letter[0];
  if (first === 'A') return 'added';
  if (first === 'D') return 'removed';
  if (first === 'R') return 'renamed';
  return first === 'T' ? 'changed' : 'modified';
}

function parseNumstat(parts: string[]): [number, number][] {
  const numbers: [number, number][] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const [added, removed, path] = (parts[index] ?? '').split('\t');
    numbers.push([Number(added) || 0, Number(removed) || 0]);
    // A rename leaves the path empty and gives the old and the new name as two further entries.
    if (path === '') index += 2;
  }
  return numbers;
}
