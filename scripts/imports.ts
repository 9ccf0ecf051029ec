/** Reads the imports of TypeScript sources, from their syntax tree. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from '@swc/core';

export interface Import {
  /** The importing file, relative to the root. */
  file: string;
  /** As written: `../src/x.ts`, `node:fs`, `zod`. */
  specifier: string;
  /** The imported file, relative to the root; `undefined` for packages and built-ins. */
  target?: string;
  /** Gone at run time: `import type`, `export type`, `typeof import()`. */
  typeOnly: boolean;
}

/** All imports of the TypeScript files in the given folders below `root`; folders that don't exist are empty. */
export async function readImports(root: string, folders: string[]): Promise<Import[]> {
  const files = (await Promise.all(folders.map((folder) => sourceFiles(root, folder)))).flat();
  return files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));
}

/** The imports of one file's text. */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  visit(parseSync(text, { syntax: 'typescript', target: 'es2022' }), (specifier, typeOnly) => {
    const target = specifier.startsWith('.') ? { target: normalize(join(dirname(file), specifier)) } : {};
    found.push({ file, specifier, typeOnly, ...target });
  });
  return found;
}

async function sourceFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true }).catch(() => []);
  return entries.filter((name) => /\.m?[jt]s$/.test(name)).map((name) => join(folder, name));
}

type Found = (specifier: string, typeOnly: boolean) => void;

function visit(node: unknown, found: Found): void {
  if (Array.isArray(node)) for (const item of node) visit(item, found);
  else if (isObject(node)) {
    const written = importOf(node);
    if (written !== undefined) found(written.specifier, written.typeOnly);
    for (const value of Object.values(node)) visit(value, found);
  }
}

function importOf(node: Record<string, unknown>): { specifier: string; typeOnly: boolean } | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      // `import { type A } from` keeps the import at run time, without names: it counts as a value import.
      return literal(node.source, node.typeOnly === true);
    case 'TsImportType':
      return literal(node.argument, true);
    case 'TsExternalModuleReference':
      return literal(node.expression, false);
    case 'CallExpression':
      return isObject(node.callee) && node.callee.type === 'Import' ? dynamic(node.arguments) : undefined;
    default:
      return undefined;
  }
}

/** One whose name is computed at run time cannot be checked here; it is not used in this repository's rooms. */
function dynamic(args: unknown): { specifier: string; typeOnly: boolean } | undefined {
  const [first] = Array.isArray(args) ? args : [];
  return isObject(first) ? literal(first.expression, false) : undefined;
}

function literal(node: unknown, typeOnly: boolean): { specifier: string; typeOnly: boolean } | undefined {
  if (!isObject(node) || node.type !== 'StringLiteral' || typeof node.value !== 'string') return undefined;
  return { specifier: node.value, typeOnly };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
