/** Whether this machine and its Temporal serve. */
import { type Finding, orWell } from './finding.ts';

/** `merge-tree --write-tree`, on which candidates are built, came with it. */
export const OLDEST_GIT = [2, 38] as const;

/** `found`: what `git --version` printed; absent: there is none. */
export function judgeGit(found: string | undefined): Finding[] {
  const [, version, major, minor] = /((\d+)\.(\d+)[\d.]*)/.exec(found ?? '') ?? [];
  const oldest = OLDEST_GIT.join('.');
  if (version === undefined) {
    const what = found === undefined ? 'none on PATH' : JSON.stringify(found);
    return orWell('git', [`git ${oldest} or newer is needed, found ${what}: install it from https://git-scm.com`], '');
  }
  const isOld = Number(major) < OLDEST_GIT[0] || (Number(major) === OLDEST_GIT[0] && Number(minor) < OLDEST_GIT[1]);
  const says = `git ${oldest} or newer is needed, found ${version}, which cannot build the merge commits that land: install a newer one from https://git-scm.com`;
  return orWell('git', isOld ? [says] : [], `version ${version}`);
}

export interface DiskFacts {
  folder: string;
  freeBytes: number;
  /** Undefined where the file system has no fixed number of them. */
  freeFiles?: number;
}

const GIB = 1024 ** 3;
/** A mirror and the workspaces of four tests at once, of a middling set of repositories. */
const LEAST_FREE_BYTES = 5 * GIB;
const LEAST_FREE_FILES = 200_000;

export function judgeDisk({ folder, freeBytes, freeFiles }: DiskFacts): Finding[] {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB`;
  const faults = [
    ...(freeBytes < LEAST_FREE_BYTES
      ? [
          `${folder} has ${free} free, expected at least ${LEAST_FREE_BYTES / GIB}: mirrors and tests will fail when it is full; make room, or move LOCKSTEP_DATA_DIR`,
        ]
      : []),
    ...(freeFiles !== undefined && freeFiles < LEAST_FREE_FILES
      ? [
          `${folder} has room for ${freeFiles} files more, expected at least ${LEAST_FREE_FILES}: workspaces will fail; make room, or move LOCKSTEP_DATA_DIR`,
        ]
      : []),
  ];
  return orWell('disk', faults, `${free} free in ${folder}`);
}

/** `fault`: why the sandbox does not work; `none`: LOCKSTEP_SANDBOX says so. */
export function judgeSandbox(sandbox: 'bubblewrap' | 'bubblewrap-only' | 'none', fault: string | undefined): Finding[] {
  const faults =
    sandbox === 'none'
      ? [
          "LOCKSTEP_SANDBOX=none: tests run with the worker's own rights, and whoever can push a branch has them; take it out where people whom you do not trust can push",
        ]
      : fault === undefined
        ? []
        : [
            `${fault}, so the test worker will not start: install or mend it (Debian, Ubuntu: apt-get install bubblewrap)`,
          ];
  const well =
    sandbox === 'bubblewrap'
      ? 'every layer of it works here'
      : 'it works here, without control groups: a run as a whole has no limit of memory and processes';
  return orWell('sandbox', faults, well);
}

export interface TemporalFacts {
  address: string;
  namespace: string;
  /** Absent: it cannot be reached, for `why`. */
  version?: string;
  why?: string;
  hasNamespace: boolean;
  attributes: AttributeFault[];
}

/** A search attribute that the namespace lacks (`found` absent), or has with another type. */
export interface AttributeFault {
  name: string;
  type: string;
  found?: string;
}

export function judgeTemporal(facts: TemporalFacts): Finding[] {
  const { address, namespace, version, why, hasNamespace, attributes } = facts;
  if (version === undefined) {
    const says = `cannot be reached at ${address} (${why}): start it, or correct TEMPORAL_ADDRESS and what signs in to it`;
    return [{ state: 'wrong', about: 'Temporal', says }];
  }
  const reached: Finding = { state: 'ok', about: 'Temporal', says: `version ${version} answers at ${address}` };
  if (!hasNamespace) {
    const says = `there is no namespace ${namespace}: temporal operator namespace create --namespace ${namespace} --retention 720h`;
    return [reached, { state: 'wrong', about: 'Temporal', says }];
  }
  const well = `namespace ${namespace} has every one`;
  return [
    reached,
    ...orWell(
      'search attributes',
      attributes.map((fault) => attributeSentence(fault, namespace)),
      well,
    ),
  ];
}

function attributeSentence({ name, type, found }: AttributeFault, namespace: string): string {
  const create = `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`;
  if (found === undefined) return `${name} is missing, and workflows would wait for it for ever: ${create}`;
  const remove = `temporal operator search-attribute remove --namespace ${namespace} --name ${name} --yes`;
  return `${name} is of type ${found}, expected ${type}, and workflows would wait for ever: ${remove}; then ${create}`;
}
