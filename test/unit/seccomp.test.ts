/** The system call filter, run as the kernel runs it, on both architectures. */
import { describe, expect, test } from '@jest/globals';
import { DENIED, DENIED_ARGUMENTS, UNKNOWN } from '../../activities/tests/seccomp/denied.ts';
import { seccompProgram } from '../../activities/tests/seccomp/program.ts';

const [ALLOWED, NOT_PERMITTED, UNKNOWN_CALL, NO_FAMILY] = ['allowed', 'errno 1', 'errno 38', 'errno 97'];

const ARCHITECTURES = [
  { name: 'x64', audit: 0xc000003e, column: 0 },
  { name: 'arm64', audit: 0xc00000b7, column: 1 },
] as const;

interface Call {
  audit: number;
  number: number;
  args?: bigint[];
}

/** Interprets a classic BPF program over `struct seccomp_data`; anything that the kernel would not accept throws. */
function decide(program: Uint8Array, { audit, number, args = [] }: Call): string {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, audit, true);
  for (const [index, value] of args.entries()) data.setBigUint64(16 + 8 * index, value, true);
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let accumulator = 0;
  for (let at = 0; at < program.byteLength / 8; at++) {
    const [operation, value] = [code.getUint16(at * 8, true), code.getUint32(at * 8 + 4, true)];
    const jump = (taken: boolean) => code.getUint8(at * 8 + (taken ? 2 : 3));
    if (operation === 0x20) accumulator = data.getUint32(value, true);
    else if (operation === 0x15) at += jump(accumulator === value);
    else if (operation === 0x35) at += jump(accumulator >= value);
    else if (operation === 0x45) at += jump((accumulator & value) !== 0);
    else if (operation === 0x06) return answerOf(value);
    else throw new Error(`operation ${operation} at ${at}`);
  }
  throw new Error('the program ran over its end');
}

function answerOf(value: number): string {
  if (value === 0x7fff0000) return ALLOWED;
  if (value >>> 16 === 5) return `errno ${value & 0xffff}`;
  throw new Error(`answer ${value.toString(16)}`);
}

/** Calls that every program makes: [x64, arm64]. */
const ORDINARY = {
  read: [0, 63],
  write: [1, 64],
  openat: [257, 56],
  mmap: [9, 222],
  execve: [59, 221],
  exit_group: [231, 94],
  wait4: [61, 260],
  kill: [62, 129],
  futex: [202, 98],
  epoll_pwait: [281, 22],
  pipe2: [293, 59],
  connect: [42, 203],
  clock_gettime: [228, 113],
  getrandom: [318, 278],
  prlimit64: [302, 261],
  renameat2: [316, 276],
  statx: [332, 291],
  seccomp: [317, 277],
} as const;

/** Of the kernel's own tables (unistd_64.h; asm-generic/unistd.h), not of the list: what must be in it whatever it says. */
const MUST_BE_REFUSED = {
  io_uring_setup: [425, 425],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  ptrace: [101, 117],
  process_vm_writev: [311, 271],
  mount: [165, 40],
  umount2: [166, 39],
  open_tree: [428, 428],
  move_mount: [429, 429],
  pivot_root: [155, 41],
  unshare: [272, 97],
  setns: [308, 268],
  clone3: [435, 435],
  kexec_load: [246, 104],
  init_module: [175, 105],
  finit_module: [313, 273],
  clock_settime: [227, 112],
  settimeofday: [164, 170],
  clock_adjtime: [305, 266],
  open_by_handle_at: [304, 265],
} as const;

const SEVERAL_NAMESPACES = 0x7e020000;

describe.each(ARCHITECTURES)('$name', ({ name, audit, column }) => {
  const program = seccompProgram(name) ?? new Uint8Array();
  const answer = (number: number, ...args: (number | bigint)[]) =>
    decide(program, { audit, number, args: args.map(BigInt) });
  const numberOf = (call: string) => {
    const found = DENIED_ARGUMENTS.find((denied) => denied.call === call)?.numbers[column];
    if (found === undefined) throw new Error(call);
    return found;
  };

  test('every denied call is refused, and has a reason', () => {
    for (const { why, calls } of DENIED) {
      expect(why.length).toBeGreaterThan(10);
      for (const [call, numbers] of Object.entries(calls)) {
        const number = numbers[column];
        if (number !== undefined) expect([call, answer(number)]).toEqual([call, NOT_PERMITTED]);
      }
    }
    for (const { calls } of UNKNOWN)
      for (const numbers of Object.values(calls)) expect(answer(numbers[column] ?? -1)).toBe(UNKNOWN_CALL);
  });

  test('what reaches past namespaces is refused, by the numbers of the kernel', () => {
    for (const [call, numbers] of Object.entries(MUST_BE_REFUSED))
      expect([call, answer(numbers[column])]).not.toEqual([call, ALLOWED]);
  });

  test('ordinary calls pass', () => {
    for (const [call, numbers] of Object.entries(ORDINARY))
      expect([call, answer(numbers[column])]).toEqual([call, ALLOWED]);
  });

  test('sockets of the families that programs need, and of no other', () => {
    for (const call of ['socket', 'socketpair']) {
      const allowed = Array.from({ length: 50 }, (_, family) => family).filter(
        (family) => answer(numberOf(call), family, 1, 0) === ALLOWED,
      );
      expect(allowed).toEqual([1, 2, 10, 16]);
      expect(answer(numberOf(call), 40)).toBe(NO_FAMILY);
    }
    // The kernel takes an int: what is above it is no disguise.
    expect(answer(numberOf('socket'), 0x1_0000_0028n)).toBe(NO_FAMILY);
  });

  test('a clone with any flag of a namespace is refused; threads and processes are made', () => {
    for (let bit = 0; bit < 32; bit++) {
      const flag = 2 ** bit;
      const isNamespace = (SEVERAL_NAMESPACES & flag) !== 0;
      expect([flag, answer(numberOf('clone'), flag)]).toEqual([flag, isNamespace ? NOT_PERMITTED : ALLOWED]);
    }
    const [threads, fork] = [0x3d0f00, 0x1200011];
    expect([threads, fork].map((flags) => answer(numberOf('clone'), flags))).toEqual([ALLOWED, ALLOWED]);
  });

  test('typing into a terminal is refused, other controls of it are not', () => {
    const [TCGETS, TIOCGWINSZ, FIONREAD] = [0x5401, 0x5413, 0x541b];
    expect([0x5412, 0x541c, 0xf_0000_5412n].map((request) => answer(numberOf('ioctl'), 0, request))).toEqual([
      NOT_PERMITTED,
      NOT_PERMITTED,
      NOT_PERMITTED,
    ]);
    for (const request of [TCGETS, TIOCGWINSZ, FIONREAD]) expect(answer(numberOf('ioctl'), 0, request)).toBe(ALLOWED);
  });

  test('a personality is asked for, and not changed', () => {
    const [NO_RANDOM_ADDRESSES, READ_IMPLIES_EXEC] = [0x40000, 0x400000];
    expect([0, 0xffffffff].map((persona) => answer(numberOf('personality'), persona))).toEqual([ALLOWED, ALLOWED]);
    for (const persona of [NO_RANDOM_ADDRESSES, READ_IMPLIES_EXEC])
      expect(answer(numberOf('personality'), persona)).toBe(NOT_PERMITTED);
  });

  test('other calling conventions have no calls at all', () => {
    for (const foreign of [0x40000003, 0x40000028, 0xc000003e, 0xc00000b7].filter((other) => other !== audit))
      expect(decide(program, { audit: foreign, number: 1 })).toBe(UNKNOWN_CALL);
    expect(answer(0x40000000 + 41, 40)).toBe(UNKNOWN_CALL);
  });
});

test('every number is there once for each architecture', () => {
  for (const { column } of ARCHITECTURES) {
    const listed = [...DENIED, ...UNKNOWN].flatMap(({ calls }) => Object.values(calls).map((call) => call[column]));
    const numbers = [...listed, ...DENIED_ARGUMENTS.map(({ numbers }) => numbers[column])].filter(
      (number) => number !== undefined,
    );
    expect(new Set(numbers).size).toBe(numbers.length);
  }
  expect(seccompProgram('riscv64')).toBeUndefined();
});
