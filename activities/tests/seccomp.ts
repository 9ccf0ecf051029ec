/**
 * The system calls that a test script may not make: namespaces alone leave open what the kernel does not keep per namespace
 * (io_uring, keyrings, BPF, sockets to the hypervisor). Written as the kernel reads it, a classic BPF program.
 */

/** Numbers by name: [x86-64, arm64]. All are refused with "operation not permitted". */
const REFUSED: Record<string, [x64: number, arm64: number]> = {
  acct: [163, 89],
  add_key: [248, 217],
  adjtimex: [159, 171],
  bpf: [321, 280],
  clock_adjtime: [305, 266],
  clock_settime: [227, 112],
  delete_module: [176, 106],
  finit_module: [313, 273],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  fspick: [433, 433],
  init_module: [175, 105],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  kexec_file_load: [320, 294],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  pivot_root: [155, 41],
  quotactl: [179, 60],
  reboot: [169, 142],
  request_key: [249, 218],
  setns: [308, 268],
  settimeofday: [164, 170],
  swapoff: [168, 225],
  swapon: [167, 224],
  syslog: [103, 116],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
  vhangup: [153, 58],
};

const ARCHITECTURES = {
  x64: { audit: 0xc000003e, column: 0, socket: 41 },
  arm64: { audit: 0xc00000b7, column: 1, socket: 198 },
} as const;

/** unix, IPv4, IPv6, netlink (programs list their interfaces with it). Others are not supported here, they are told. */
const SOCKET_FAMILIES = [1, 2, 10, 16];

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const RETURN = 0x06;

const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

const ALLOW = 0x7fff0000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;

/** x86-64's second calling convention carries this bit: the same calls under other numbers. */
const X32_BIT = 0x40000000;

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number];

/** The program for `bwrap --seccomp`; `undefined` for an architecture whose system calls are not known here. */
export function seccompProgram(architecture: string): Uint8Array | undefined {
  if (architecture !== 'x64' && architecture !== 'arm64') return undefined;
  const { audit, column, socket } = ARCHITECTURES[architecture];
  return assemble([
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, audit],
    // 32-bit programs use other numbers for the same calls, so none of theirs is let through.
    [RETURN, 0, 0, ENOSYS],
    [LOAD, 0, 0, NUMBER],
    [JUMP_GREATER_OR_EQUAL, 0, 1, X32_BIT],
    [RETURN, 0, 0, ENOSYS],
    ...Object.values(REFUSED).flatMap((numbers): Instruction[] => [
      [JUMP_EQUAL, 0, 1, numbers[column]],
      [RETURN, 0, 0, EPERM],
    ]),
    [JUMP_EQUAL, 1, 0, socket],
    [RETURN, 0, 0, ALLOW],
    [LOAD, 0, 0, FIRST_ARGUMENT],
    ...SOCKET_FAMILIES.flatMap((family): Instruction[] => [
      [JUMP_EQUAL, 0, 1, family],
      [RETURN, 0, 0, ALLOW],
    ]),
    [RETURN, 0, 0, EAFNOSUPPORT],
  ]);
}

/** `struct sock_filter` after `struct sock_filter`; both architectures are little-endian. */
function assemble(instructions: Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(instructions.length * 8));
  for (const [index, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, ifTrue);
    bytes.setUint8(index * 8 + 3, ifFalse);
    bytes.setUint32(index * 8 + 4, value, true);
  }
  return new Uint8Array(bytes.buffer);
}
