/** SECURITY.md names tests and commands: each must be there. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('SECURITY.md', ROOT), 'utf8');
const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
  scripts: Record<string, string>;
};

test('every file that the threat model names is there', () => {
  const named = [...text.matchAll(/`((?:test|src|activities|scripts)\/[\w./-]+)`|\]\(([\w./-]+)\)/g)].map(
    ([, code, link]) => code ?? link ?? '',
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
});

test('every threat has a measure and a test', () => {
  const table = text.slice(text.indexOf('| who | wants'), text.indexOf('## The sandbox'));
  const rows = table
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  expect(rows.length).toBeGreaterThan(8);
  expect(rows.filter((row) => !/`test\/[\w/-]+\.test\.ts`[^|]*\|$/.test(row))).toEqual([]);
});

test('every command is one', () => {
  const commands = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});
