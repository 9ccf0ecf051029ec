/** A copy of the tree, in which measures are taken out one at a time. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FOLDERS } from '../scripts/rooms.ts';
import type { Edit, Mutant } from './mutant.ts';

const FILES = [
  'package.json',
  'tsconfig.json',
  'jest.config.mjs',
  'changesets',
  'docs',
  'CONTRIBUTING.md',
  'README.md',
];

export interface Tree {
  root: string;
  /** `use` runs without the measure; then the files are as before. */
  without<T>(mutant: Pick<Mutant, 'edits'>, use: () => Promise<T>): Promise<T>;
}

/** The copy is removed when `use` is done. */
export async function withTree<T>(from: string, use: (tree: Tree) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'lockstep-mutants-'));
  try {
    for (const name of [...FOLDERS, ...FILES]) {
      const notOurs = (path: string) => !['node_modules', '.git'].includes(basename(path));
      await cp(join(from, name), join(root, name), { recursive: true, filter: notOurs });
    }
    await symlink(join(from, 'node_modules'), join(root, 'node_modules'));
    return await use({ root, without: (mutant, then) => without(root, mutant, then) });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function without<T>(root: string, { edits }: Pick<Mutant, 'edits'>, use: () => Promise<T>): Promise<T> {
  const before = new Map<string, string>();
  try {
    for (const edit of edits) {
      const path = join(root, edit.file);
      const text = await readFile(path, 'utf8');
      if (!before.has(path)) before.set(path, text);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, edited(text, edit));
    }
    return await use();
  } finally {
    for (const [path, text] of before) await writeFile(path, text);
  }
}

/** Throws when the text that is to be replaced does not stand there exactly once: the mutant has gone stale. */
export function edited(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(`${file}: expected exactly once, found ${parts.length - 1} times: ${JSON.stringify(from)}`);
  }
  return parts.join(to);
}
