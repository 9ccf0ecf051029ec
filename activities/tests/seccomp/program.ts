/** The system call filter, written from the list of denied calls as the kernel reads it: a classic BPF program. */
import { DENIED, DENIED_ARGUMENTS, type Denied, type DeniedArgument, UNKNOWN } from './denied.ts';

const ARCHITECTURES = {
  x64: { audit: 0xc000003e, column: 0 },
  arm64: { audit: 0xc00000b7, column: 1 },
} as const;

type Column = (typeof ARCHITECTURES)[keyof typeof ARCHITECTURES]['column'];

/** Operations of classic BPF, and places in `struct seccomp_data`. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_OR_EQUAL = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENTS = 16;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = ERRNO | 1;
const ENOSYS = ERRNO | 38;
const EAFNOSUPPORT = ERRNO | 97;
const ANSWERS = { 'not permitted': EPERM, 'family not supported': EAFNOSUPPORT };

/** x86-64's second calling convention carries this bit: the same calls under other numbers. */
const X32_BIT = 0x40000000;

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number];

/** The program for `bwrap --seccomp`; `undefined` for an architecture whose system calls are not known here. */
export function seccompProgram(architecture: string): Uint8Array | undefined {
  if (architecture !== 'x64' && architecture !== 'arm64') return undefined;
  const { audit, column } = ARCHITECTURES[architecture];
  return assemble([
    [LOAD, 0, 0, ARCHITECTURE],
    [JUMP_EQUAL, 1, 0, audit],
    // 32-bit programs use other numbers for the same calls, so none of theirs is let through.
    [RETURN, 0, 0, ENOSYS],
    [LOAD, 0, 0, NUMBER],
    [JUMP_GREATER_OR_EQUAL, 0, 1, X32_BIT],
    [RETURN, 0, 0, ENOSYS],
    ...always(DENIED, column, EPERM),
    ...always(UNKNOWN, column, ENOSYS),
    ...DENIED_ARGUMENTS.flatMap((denied) => byArgument(denied, column)),
    [RETURN, 0, 0, ALLOW],
  ]);
}

function always(denied: Denied[], column: Column, answer: number): Instruction[] {
  const numbers = denied.flatMap(({ calls }) => Object.values(calls).map((call) => call[column]));
  return numbers.flatMap((number): Instruction[] =>
    number === undefined
      ? []
      : [
          [JUMP_EQUAL, 0, 1, number],
          [RETURN, 0, 0, answer],
        ],
  );
}

/** Whoever comes into the block leaves it with an answer: the call's number is no longer loaded after it. */
function byArgument({ numbers, argument, when, answer }: DeniedArgument, column: Column): Instruction[] {
  const number = numbers[column];
  if (number === undefined) return [];
  const refuse: Instruction = [RETURN, 0, 0, ANSWERS[answer]];
  const allow: Instruction = [RETURN, 0, 0, ALLOW];
  const block: Instruction[] = [
    // Both architectures are little-endian: the low half comes first.
    [LOAD, 0, 0, ARGUMENTS + 8 * argument],
    ...('hasBits' in when ? ([[JUMP_ANY_BIT, 0, 1, when.hasBits], refuse, allow] satisfies Instruction[]) : []),
    ...('is' in when ? [...when.is.flatMap((value) => [equal(value), refuse]), allow] : []),
    ...('isNot' in when ? [...when.isNot.flatMap((value) => [equal(value), allow]), refuse] : []),
  ];
  return [[JUMP_EQUAL, 0, block.length, number], ...block];
}

function equal(value: number): Instruction {
  return [JUMP_EQUAL, 0, 1, value];
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
