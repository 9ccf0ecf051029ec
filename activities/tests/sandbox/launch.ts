/**
 * The chain of programs that a test script is started through, each giving up something for good:
 * unshare (a mount namespace) → the launcher (the disk, the control group) → setpriv (rights, the user) → prlimit → bubblewrap
 * (the other namespaces, what is seen, the system call filter) → a first process → the script.
 */
import { statSync } from 'node:fs';
import { filesFor, type Limits } from '../../../src/limits.ts';
import { OWN_PROCESSES } from '../cgroup/group.ts';

/** A place in the sandbox, and what of the host is seen there. */
export interface Staged {
  source: string;
  target: string;
}

/**
 * Where the launcher puts what bubblewrap takes, in a mount namespace that nobody else sees: a folder that every machine has, and
 * that every user can reach, which is not true of where workspaces are.
 */
const STAGE = '/tmp';
export const STAGED = {
  root: STAGE,
  workspace: `${STAGE}/workspace`,
  tmp: `${STAGE}/tmp`,
  shm: `${STAGE}/shm`,
  first: `${STAGE}/first`,
  readOnly: (index: number) => `${STAGE}/read-only/${index}`,
};

/**
 * Everything that tests write goes to one file system in memory that ends with its namespace, whatever happens to us: it is
 * bounded in bytes and files, needs no right but those over a namespace of one's own, and leaves the host's disk alone. The
 * exported files are seen through an overlay: only what is changed takes room.
 *
 * The first process is a shell in a copy that may be run and not be read: the kernel keeps the memory and the descriptors of such a
 * process from others of its own user, and so from the tests, who would end it as green.
 */
const LAUNCHER = `
set -eu
umask 022
size=$1 files=$2 owner=$3 overlay=$4 workspace=$5 box=$6 shell=$7
shift 7
mount -t tmpfs -o "size=$size,nr_inodes=$files,mode=0755" lockstep "$box"
cd "$box"
mkdir upper work workspace read-only tmp shm first
install -m 0111 "$shell" first/sh
[ -z "$owner" ] || chown -R -h "$owner" "$workspace" upper tmp shm
mount -t overlay -o "lowerdir=../\${workspace##*/},upperdir=upper,workdir=work,$overlay" lockstep workspace
n=0
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir "read-only/$n"; else : > "read-only/$n"; fi
  mount --rbind "$1" "read-only/$n"
  n=$((n + 1))
  shift
done
shift
mount --rbind "$box" ${STAGE}
cd /
while [ "$1" != -- ]; do
  echo $$ > "$1"
  shift
done
shift
exec "$@"
`;

export interface Launch {
  limits: Limits;
  /** An id that is nobody's, for a worker that is root; absent: the worker's own. */
  uid?: number;
  workspace: string;
  /** An empty folder beside the workspace (its name must have no `:` and no `,`), to mount on. */
  box: string;
  /** The shell that becomes the first process: of the sandbox's own root, so that it finds its libraries there. */
  shell: string;
  /** Sources of what is staged read-only, in the order of `STAGED.readOnly`. */
  sources: string[];
  /** Of the control group; empty without one. */
  doors: string[];
  /** From `bwrap` on. */
  bubblewrap: string[];
}

/** The argv of the whole chain, its first program included. */
export function launchArguments(launch: Launch): [string, string[]] {
  const { limits, uid, workspace, box, shell } = launch;
  const owner = uid === undefined ? '' : `${uid}:${uid}`;
  return [
    'unshare',
    [
      // Without root, mounts need a user namespace in which the worker is one.
      ...(uid === undefined ? ['--user', '--map-root-user'] : []),
      ...['--mount', '--propagation', 'private', '--'],
      ...['/bin/sh', '-c', LAUNCHER, 'launcher'],
      ...[String(limits.diskBytes + roomFor(shell)), String(filesFor(limits.diskBytes)), owner],
      // Folders of the export can then be renamed; a user namespace must do without, and gives a copy to programs that ask.
      uid === undefined ? 'userxattr' : 'redirect_dir=on',
      ...[workspace, box, shell, ...launch.sources, '--', ...launch.doors, '--'],
      ...['setpriv', ...privileges(uid), '--'],
      ...['prlimit', ...processLimits(launch), '--'],
      ...launch.bubblewrap,
    ],
  ];
}

const PAGE = 4096;

/** The copy takes nothing of what the tests were given. */
function roomFor(file: string): number {
  return Math.ceil(statSync(file).size / PAGE) * PAGE;
}

function privileges(uid: number | undefined): string[] {
  return [
    ...(uid === undefined ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']),
    ...['--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all'],
    // The kernel asks for this one where root of a namespace is mapped into one below it; bubblewrap drops it.
    uid === undefined ? '--bounding-set=-all,+setfcap' : '--bounding-set=-all',
  ];
}

/** One byte, not none: a host's program for cores (`|…` in core_pattern) is started, as root, for every limit but this one. */
const NO_CORE = '--core=1';

/**
 * A second bound behind the control group's, wide enough for that one to be met first, and so named. Without a group the only one:
 * of memory, each process's own data then. (Address space would be no measure: Node.js reserves gigabytes that it never uses.)
 */
function processLimits({ limits, doors }: Launch): string[] {
  const processes = limits.processes + OWN_PROCESSES;
  if (doors.length > 0) return [NO_CORE, `--nproc=${processes * 2}`];
  return [NO_CORE, `--nproc=${processes}`, `--data=${limits.memoryBytes}`];
}
