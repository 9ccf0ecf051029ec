/** Types of `check-lock.mjs`, which is plain JavaScript so that it runs without dependencies. */
export interface LockEntry {
  version?: string;
  resolved?: string;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  engines?: { node?: string };
  optionalDependencies?: Record<string, string>;
}

export function lockFaults(lock: { packages: Record<string, LockEntry> }): string[];
