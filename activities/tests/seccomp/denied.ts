/**
 * The system calls that a test script may not make, with the reason of each: namespaces alone leave open what the kernel does
 * not keep per namespace. Numbers are [x86-64, arm64]; `undefined` where an architecture has no such call.
 */

export type Numbers = readonly [x64: number, arm64: number | undefined];

export interface Denied {
  why: string;
  calls: Record<string, Numbers>;
}

/** Refused whatever their arguments are, with "operation not permitted". */
export const DENIED: Denied[] = [
  {
    why: 'io_uring makes other system calls on behalf of a process, past this filter',
    calls: { io_uring_setup: [425, 425], io_uring_enter: [426, 426], io_uring_register: [427, 427] },
  },
  {
    why: 'keyrings belong to a user or a session, not to a namespace: keys of others could be read',
    calls: { add_key: [248, 217], request_key: [249, 218], keyctl: [250, 219] },
  },
  {
    why: 'programs for the kernel itself: a large surface, and a view into other processes',
    calls: { bpf: [321, 280] },
  },
  { why: 'samples of other processes and of the kernel', calls: { perf_event_open: [298, 241] } },
  {
    why: 'stops the kernel in the middle of a copy, which makes races in it easy to win',
    calls: { userfaultfd: [323, 282] },
  },
  {
    why: "reads, writes and steers other processes, the sandbox's own first one among them",
    calls: {
      ptrace: [101, 117],
      process_vm_readv: [310, 270],
      process_vm_writev: [311, 271],
      kcmp: [312, 272],
      pidfd_getfd: [438, 438],
    },
  },
  {
    why: 'changes what the file system looks like',
    calls: {
      mount: [165, 40],
      umount2: [166, 39],
      pivot_root: [155, 41],
      chroot: [161, 51],
      open_tree: [428, 428],
      move_mount: [429, 429],
      fsopen: [430, 430],
      fsconfig: [431, 431],
      fsmount: [432, 432],
      fspick: [433, 433],
      mount_setattr: [442, 442],
      swapon: [167, 224],
      swapoff: [168, 225],
      quotactl: [179, 60],
      quotactl_fd: [443, 443],
    },
  },
  {
    why: 'opens files by number, past every folder that hides them, or watches a whole file system',
    calls: { name_to_handle_at: [303, 264], open_by_handle_at: [304, 265], fanotify_init: [300, 262] },
  },
  {
    why: 'a new namespace has rights of its own in it, and opens parts of the kernel that only root reaches otherwise',
    calls: { unshare: [272, 97], setns: [308, 268] },
  },
  { why: 'starts another kernel', calls: { kexec_load: [246, 104], kexec_file_load: [320, 294], reboot: [169, 142] } },
  {
    why: 'loads code into the kernel',
    calls: {
      init_module: [175, 105],
      finit_module: [313, 273],
      delete_module: [176, 106],
      create_module: [174, undefined],
      query_module: [178, undefined],
      get_kernel_syms: [177, undefined],
    },
  },
  {
    why: "sets the machine's clock",
    calls: { settimeofday: [164, 170], clock_settime: [227, 112], clock_adjtime: [305, 266], adjtimex: [159, 171] },
  },
  {
    why: "the machine's name is not a test's to change",
    calls: { sethostname: [170, 161], setdomainname: [171, 162] },
  },
  {
    why: "the machine's devices, log, terminal and accounting",
    calls: {
      ioperm: [173, undefined],
      iopl: [172, undefined],
      syslog: [103, 116],
      vhangup: [153, 58],
      acct: [163, 89],
      lookup_dcookie: [212, 18],
    },
  },
  {
    why: 'old and hardly used: holes without use',
    calls: { modify_ldt: [154, undefined], uselib: [134, undefined], _sysctl: [156, undefined], nfsservctl: [180, 42] },
  },
];

/** Refused as if the kernel did not know it: its flags are behind a pointer, which a filter cannot follow; libc then uses `clone`. */
export const UNKNOWN: Denied[] = [
  { why: 'could make namespaces without being seen to', calls: { clone3: [435, 435] } },
];

export interface DeniedArgument {
  why: string;
  call: string;
  numbers: Numbers;
  /** Counted from 0; its low 32 bits are looked at, which is all that the kernel takes of it. */
  argument: number;
  /** The call is refused when: one of these bits is set, it is one of these values, or it is none of these values. */
  when: { hasBits: number } | { is: number[] } | { isNot: number[] };
  answer: 'not permitted' | 'family not supported';
}

/** mnt, cgroup, uts, ipc, user, pid, net. (A time namespace cannot be made by `clone`.) */
const NEW_NAMESPACES = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
/** unix, IPv4, IPv6, netlink (programs list their interfaces with it). */
const FAMILIES = [1, 2, 10, 16];
const [TIOCSTI, TIOCLINUX] = [0x5412, 0x541c];
/** The process that asks. */
const ONESELF = 0;
/** Linux as it is, and the question which it is. */
const [PER_LINUX, ASK_PERSONALITY] = [0, 0xffffffff];

/** Refused for some values of an argument. */
export const DENIED_ARGUMENTS: DeniedArgument[] = [
  {
    why: 'vsock reaches the hypervisor, AF_ALG and others reach parts of the kernel, past the network namespace',
    call: 'socket',
    numbers: [41, 198],
    argument: 0,
    when: { isNot: FAMILIES },
    answer: 'family not supported',
  },
  {
    why: 'vsock and others in pairs',
    call: 'socketpair',
    numbers: [53, 199],
    argument: 0,
    when: { isNot: FAMILIES },
    answer: 'family not supported',
  },
  {
    why: 'a new namespace, as with unshare',
    call: 'clone',
    numbers: [56, 220],
    argument: 0,
    when: { hasBits: NEW_NAMESPACES.reduce((all, flag) => all | flag, 0) },
    answer: 'not permitted',
  },
  {
    why: 'types into a terminal as if its user had: a way out where the worker has one',
    call: 'ioctl',
    numbers: [16, 29],
    argument: 1,
    when: { is: [TIOCSTI, TIOCLINUX] },
    answer: 'not permitted',
  },
  {
    why: "limits of other processes, the sandbox's own first one among them: one that can open nothing cannot say how the tests ended",
    call: 'prlimit64',
    numbers: [302, 261],
    argument: 0,
    when: { isNot: [ONESELF] },
    answer: 'not permitted',
  },
  {
    why: 'takes away randomised addresses and other protections',
    call: 'personality',
    numbers: [135, 92],
    argument: 0,
    when: { isNot: [PER_LINUX, ASK_PERSONALITY] },
    answer: 'not permitted',
  },
];
