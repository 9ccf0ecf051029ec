/**
 * Checks that package-lock.json installs everywhere Lockstep runs: that every package with platform binaries has an entry for
 * each platform (`npm ci` refuses a lock without them), that everything supports Node 20, and that no entry names a host.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const PLATFORMS = [
  { os: 'linux', cpu: 'x64', libc: 'glibc' },
  { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  { os: 'darwin', cpu: 'x64' },
  { os: 'darwin', cpu: 'arm64' },
];

/**
 * @param {{ packages: Record<string, import('./check-lock.d.mts').LockEntry> }} lock
 * @returns {string[]} a sentence for each fault
 */
export function lockFaults(lock) {
  return Object.entries(lock.packages).flatMap(([path, entry]) => [
    ...missingEntries(lock, path, entry),
    ...missingPlatforms(lock, path, entry),
    ...unsupportedNode(path, entry),
    ...namedHost(path, entry),
  ]);
}

function missingEntries(lock, path, entry) {
  return Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => find(lock, path, name) === undefined)
    .map((name) => `${path}: no entry for its optional dependency ${name}`);
}

/** Only for packages that ship one binary per platform: at least three of their optional dependencies are gated. */
function missingPlatforms(lock, path, entry) {
  const gated = Object.keys(entry.optionalDependencies ?? {})
    .map((name) => find(lock, path, name))
    .filter((found) => found?.os !== undefined);
  if (gated.length < 3) return [];
  return PLATFORMS.filter((platform) => !gated.some((found) => serves(found, platform))).map(
    (platform) => `${path}: no binary for ${Object.values(platform).join(' ')}`,
  );
}

/** Where Node's resolution finds `name` from `path`: in its own node_modules, then in those above. */
function find(lock, path, name) {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const found = lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined) return found;
    if (!folder.includes('/node_modules/')) return lock.packages[`node_modules/${name}`];
  }
}

function serves(entry, platform) {
  const accepts = (list, value) => list === undefined || value === undefined || list.includes(value);
  return accepts(entry.os, platform.os) && accepts(entry.cpu, platform.cpu) && accepts(entry.libc, platform.libc);
}

/** Reads only the forms `>=N`, which is how packages drop a version; ranges with alternatives name 20 themselves. */
function unsupportedNode(path, entry) {
  const least = /^>=\s*(\d+)/.exec(entry.engines?.node ?? '')?.[1];
  if (least === undefined || Number(least) <= 20) return [];
  return [`${path}: needs Node ${entry.engines?.node}, expected support of Node 20`];
}

function namedHost(path, entry) {
  return entry.resolved === undefined ? [] : [`${path}: names where it was fetched from; expected no \`resolved\``];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = lockFaults(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
