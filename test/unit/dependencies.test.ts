/** What may come in with a dependency, and what is told of those that are in. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { judge } from '../../scripts/audit.ts';
import { type Lock, licenseFaults, licensesOf, type Manifest, pinFaults } from '../../scripts/dependencies.ts';
import { billOfMaterials, nameOf } from '../../scripts/sbom.ts';

const ROOT = new URL('../../', import.meta.url);
const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8')) as Lock;
const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as Manifest;

const lockOf = (entry: Lock['packages'][string]): Lock => ({
  packages: { '': { license: 'Apache-2.0' }, 'node_modules/a/node_modules/x': { version: '1.0.0', ...entry } },
});

describe('licences', () => {
  test('of all that is in the lock are known and allowed', () => {
    expect(licensesOf(lock).length).toBeGreaterThan(500);
    expect(licenseFaults(lock)).toEqual([]);
  });

  test.each([['MIT'], ['(MIT OR GPL-3.0-only)'], ['Apache-2.0 AND MIT']])('%s comes in', (license) => {
    expect(licenseFaults(lockOf({ license }))).toEqual([]);
  });

  test.each([
    ['GPL-3.0-only'],
    ['AGPL-3.0-or-later'],
    ['MIT AND GPL-2.0-only'],
    ['SEE LICENSE IN x.txt'],
    ['UNLICENSED'],
  ])('%s does not', (license) => {
    expect(licenseFaults(lockOf({ license }))).toEqual([expect.stringContaining(`x 1.0.0 has the licence ${license}`)]);
  });

  test('that nobody names do not, and weak copyleft only in tools', () => {
    expect(licenseFaults(lockOf({}))).toEqual([expect.stringContaining('x 1.0.0 names no licence')]);
    expect(licenseFaults(lockOf({ license: 'MPL-2.0' }))).toHaveLength(1);
    expect(licenseFaults(lockOf({ license: 'MPL-2.0', dev: true }))).toEqual([]);
  });
});

test('every version is exact', () => {
  expect(pinFaults(manifest)).toEqual([]);
  const loose = {
    dependencies: { a: '^1.0.0', b: '1.2.3' },
    devDependencies: { c: 'latest' },
    overrides: { d: '$b', e: '>=1' },
  };
  expect(pinFaults(loose)).toEqual([
    'package.json: dependencies: expected an exact version of a, found ^1.0.0',
    'package.json: devDependencies: expected an exact version of c, found latest',
    'package.json: overrides: expected an exact version of e, found >=1',
  ]);
});

describe('the audit', () => {
  const advisory = { title: 'Prototype pollution', url: 'https://github.com/advisories/GHSA-aaaa', severity: 'high' };
  const report = { auditReportVersion: 2, vulnerabilities: { x: { via: [advisory] }, y: { via: ['x'] } } };

  test('is clean without findings, and not with one that nobody explained', () => {
    expect(judge({ auditReportVersion: 2, vulnerabilities: {} }, {})).toEqual({ lines: [], isClean: true });
    expect(judge(report, {})).toEqual({
      lines: [expect.stringContaining('GHSA-aaaa high: x: Prototype pollution: raise the package')],
      isClean: false,
    });
  });

  test('takes an explanation, until it is no longer needed', () => {
    expect(judge(report, { 'GHSA-aaaa': 'only in tests' })).toEqual({
      lines: [expect.stringContaining('(explained: only in tests)')],
      isClean: true,
    });
    expect(judge(report, { 'GHSA-aaaa': 'a', 'GHSA-gone': 'b' })).toMatchObject({ isClean: false });
  });

  test('never takes the registry’s silence for a clean report', () => {
    expect(judge({ message: '405 Method Not Allowed' }, {})).toBeUndefined();
    expect(judge({ vulnerabilities: {} }, {})).toBeUndefined();
  });
});

test('the bill of materials is CycloneDX, and has every package of an installation and no other', async () => {
  const bom = await billOfMaterials(ROOT.pathname);
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'lockstep', type: 'application' } },
  });
  const shippedByLock = licensesOf(lock).filter(({ isTool }) => !isTool);
  const listed = bom.components.map(nameOf);
  const expected = shippedByLock.map(({ name, version }) => `${name}@${version}`);
  // An alias is listed by the name of the package that it stands for.
  expect(expected.filter((one) => !listed.includes(one) && !isAlias(one))).toEqual([]);
  const tools = new Set(
    licensesOf(lock)
      .filter(({ isTool }) => isTool)
      .map(({ name, version }) => `${name}@${version}`),
  );
  for (const one of expected) tools.delete(one);
  expect(listed.filter((one) => tools.has(one))).toEqual([]);
  const refs = new Set(bom.components.map((one) => one['bom-ref']));
  expect(bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});

const isAlias = (name: string) => /^(string-width|strip-ansi|wrap-ansi)-cjs@|^@jest\/react-is-/.test(name);
