/** Something that output passes through on its way to where it is kept. */

export interface OutputFilter {
  /** What can be kept now; the filter may hold bytes back until it has seen what follows. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back. */
  end(): Uint8Array;
}

export function passThrough(): OutputFilter {
  return { push: (chunk) => chunk, end: () => new Uint8Array() };
}
