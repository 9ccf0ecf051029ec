/**
 * What Lockstep takes from others: `npm run licenses` lists their licences. `npm run check` refuses a licence that is not on
 * the list below, and a version that is not exact.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import satisfies from 'spdx-satisfies';

export interface Lock {
  packages: Record<string, { version?: string; license?: string; dev?: boolean }>;
}

export interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
}

/** Ask for no more than that they are named. CC-BY-4.0 and CC0-1.0 are of data. */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-4.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
];
/** Of tools that are never shipped: nothing of theirs is in what runs. */
const ALLOWED_IN_TOOLS = [...ALLOWED, 'CC-BY-3.0', 'MPL-2.0'];

/** Packages whose manifest names no licence, by what their own LICENSE file is. */
const READ_IN_THEIR_FILES: Record<string, string> = { unionfs: 'Unlicense' };

export interface Licensed {
  name: string;
  version: string;
  /** An SPDX expression; absent: unknown. */
  license?: string;
  isTool: boolean;
}

export function licensesOf(lock: Lock): Licensed[] {
  return Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const license = entry.license ?? READ_IN_THEIR_FILES[name];
      return {
        name,
        version: entry.version ?? '',
        isTool: entry.dev === true,
        ...(license !== undefined && { license }),
      };
    });
}

/** A sentence for each package that may not come in. */
export function licenseFaults(lock: Lock): string[] {
  return licensesOf(lock).flatMap(({ name, version, license, isTool }) => {
    if (license !== undefined && isSatisfied(license, isTool ? ALLOWED_IN_TOOLS : ALLOWED)) return [];
    const what = license === undefined ? 'names no licence' : `has the licence ${license}, which is not on the list`;
    return [`${name} ${version} ${what}: take another package, or add it to scripts/dependencies.ts with a reason`];
  });
}

/** What is no SPDX expression is no licence that anybody has looked at. */
function isSatisfied(license: string, allowed: string[]): boolean {
  try {
    return satisfies(license, allowed);
  } catch {
    return false;
  }
}

const EXACT = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** `$name`: the version of a direct dependency, which is exact itself. */
export function pinFaults({ dependencies, devDependencies, overrides }: Manifest): string[] {
  const faults = (kind: string, versions: Record<string, string> = {}) =>
    Object.entries(versions)
      .filter(([, version]) => !EXACT.test(version) && !(kind === 'overrides' && version.startsWith('$')))
      .map(([name, version]) => `package.json: ${kind}: expected an exact version of ${name}, found ${version}`);
  return [
    ...faults('dependencies', dependencies),
    ...faults('devDependencies', devDependencies),
    ...faults('overrides', overrides),
  ];
}

function listing(lock: Lock): string {
  const byLicense = new Map<string, Set<string>>();
  for (const { name, version, license = 'unknown', isTool } of licensesOf(lock)) {
    const key = `${license}${isTool ? ' (tools only)' : ''}`;
    byLicense.set(key, (byLicense.get(key) ?? new Set()).add(`${name}@${version}`));
  }
  const sorted = [...byLicense].sort(([one], [other]) => (one < other ? -1 : 1));
  return sorted.map(([license, names]) => `${license}: ${names.size}\n  ${[...names].sort().join(', ')}`).join('\n');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const faults = [...licenseFaults(lock), ...pinFaults(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest)];
  if (!process.argv.includes('--check')) console.log(listing(lock));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
