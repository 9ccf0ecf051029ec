/** What one run of the tests may use: asked for in `lockstep.yaml`, within the bounds of whoever operates the test workers. */

export interface Limits {
  /** Of all processes together, files in memory (which is where the tests' files are) included. */
  memoryBytes: number;
  /** At the same time, threads included. */
  processes: number;
  /** Processors' worth of time: 1.5 is one and a half. More is not refused, it is only slower. */
  cpus: number;
  /** Of everything that the tests write, the workspace and /tmp. */
  diskBytes: number;
  /** Of stdout and stderr together. */
  outputBytes: number;
}

/** What the operator allows at most; `timeMs` bounds the time that `lockstep.yaml` gives a run. */
export interface Bounds extends Limits {
  timeMs: number;
}

/** Of what a run can use too much. */
export type LimitName = 'memory' | 'processes' | 'disk' | 'files' | 'output';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** What a run may use where `lockstep.yaml` says nothing, as far as the bounds allow it. */
export const USUAL_LIMITS: Limits = {
  memoryBytes: 2 * GIB,
  processes: 1024,
  cpus: 2,
  diskBytes: GIB,
  outputBytes: GIB,
};

export const USUAL_BOUNDS: Bounds = {
  memoryBytes: 8 * GIB,
  processes: 16_384,
  cpus: 16,
  diskBytes: 8 * GIB,
  outputBytes: 8 * GIB,
  timeMs: 24 * 3600 * 1000,
};

/** Less than this is of no use to any script: it would be a riddle, not a limit. */
export const LEAST_LIMITS: Limits = {
  memoryBytes: 16 * MIB,
  processes: 8,
  cpus: 0.1,
  diskBytes: MIB,
  outputBytes: 1024,
};

/** How many files the tests can make, for the disk they have: these take memory of the kernel's own. */
export function filesFor(diskBytes: number): number {
  return Math.max(4096, Math.floor(diskBytes / 8192));
}

export interface Asked extends Partial<Limits> {
  timeMs: number;
}

/** What of the bounds was asked to be exceeded; empty when the limits are granted. */
export type Beyond = { bound: keyof Bounds; asked: number; allowed: number };

export function grantLimits(asked: Asked, bounds: Bounds): { limits: Limits } | { beyond: Beyond[] } {
  const names = Object.keys(bounds) as (keyof Bounds)[];
  const beyond = names.flatMap((bound): Beyond[] => {
    const [wanted, allowed] = [asked[bound], bounds[bound]];
    return wanted !== undefined && wanted > allowed ? [{ bound, asked: wanted, allowed }] : [];
  });
  if (beyond.length > 0) return { beyond };
  const limit = (name: keyof Limits) => asked[name] ?? Math.min(USUAL_LIMITS[name], bounds[name]);
  return {
    limits: {
      memoryBytes: limit('memoryBytes'),
      processes: limit('processes'),
      cpus: limit('cpus'),
      diskBytes: limit('diskBytes'),
      outputBytes: limit('outputBytes'),
    },
  };
}

const UNITS = { KiB: 1024, MiB: MIB, GiB: GIB } as const;

/** `512MiB`, `2 GiB`; NaN for anything else. */
export function bytesOf(text: string): number {
  const match = /^(\d{1,9}) ?([KMG]iB)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
}

/** `1`, `1.5`; NaN for anything else. */
export function cpusOf(text: string): number {
  return /^\d{1,4}(\.\d{1,2})?$/.test(text) ? Number(text) : Number.NaN;
}
