/** What editors are told and what the reader says are one thing. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { readManifest } from '../../src/manifest/readManifest.ts';
import { manifestJsonSchema } from '../../src/manifest/schema.ts';
import { configuration } from '../support/manifests.ts';

const folder = new URL('../../changesets/', import.meta.url);
const file = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const published = JSON.parse(file('manifest.schema.json')) as object;
const valid = new Ajv2020().compile(published);

it('the published schema is the reader’s (write it anew: npx tsx scripts/writeSchema.ts)', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())));
  expect(examples.length).toBeGreaterThanOrEqual(2);
});

it.each(examples)('the example %s is good for both, and names its schema', (name) => {
  const text = file(name);
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./manifest.schema.json');
  expect(readManifest(text, { path: name, configuration })).toMatchObject({ changesets: expect.anything() });
  expect([valid(parse(text)), valid.errors]).toEqual([true, null]);
});

it.each([
  ['an unknown key', { changesets: [{ name: 'x', repositories: [{ name: 'acme/api', branch: 'b', x: 1 }] }] }],
  ['a bad branch', { changesets: [{ name: 'x', repositories: [{ name: 'acme/api', branch: '-b' }] }] }],
  ['a bad status', { changesets: [{ name: 'x', repositories: [{ name: 'acme/api', branch: 'b' }], status: 'green' }] }],
  ['no member', { changesets: [{ name: 'x', repositories: [] }] }],
])('%s is bad for both', (_title, value) => {
  expect(valid(value)).toBe(false);
  expect(readManifest(JSON.stringify(value), { path: 'x', configuration })).toHaveProperty('problems');
});
