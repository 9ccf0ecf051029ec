/** What is to go wrong in one run, as a value that travels to the processes in a file. */
import type { Point } from './points.ts';

/** What the proxy between Lockstep and GitHub does with a request. */
export const MODES = [
  'failBefore',
  'doAndFail',
  'doAndHang',
  'doLate',
  'slowBody',
  'unavailable',
  'forbidden',
  'limited',
] as const;
export type Mode = (typeof MODES)[number];

export interface Fault extends Point {
  /** Unique in its run; it happens once, whichever process meets it. */
  id: string;
  /** Which occurrence in a process it meets; 1 is the first. */
  nth: number;
  /** How the reply of a request is lost. */
  mode: Mode;
}

export interface Plan {
  faults: Fault[];
  /** A file for each fault that has happened: a process that is started again does not die again. */
  happened: string;
  /** Where the proxy is told that the next request of an effect is to be met. */
  arm: string;
}
