/** What tests may use at most, and what their sandbox is made from. */
import type { SandboxHost } from '../../activities/tests/sandbox/host.ts';
import { type Bounds, bytesOf, cpusOf, LEAST_LIMITS, USUAL_BOUNDS } from '../../src/limits.ts';
import { size } from '../../src/report/limits.ts';
import { type Environment, readMatching, readMilliseconds, readNumber } from './values.ts';

const PATH = { like: /^\/[^:\0]*$/, expected: 'an absolute path' };
const CGROUP = { name: 'LOCKSTEP_SANDBOX_CGROUP', ...PATH };
const SANDBOX = {
  name: 'LOCKSTEP_SANDBOX',
  like: /^(bubblewrap|bubblewrap-only|none)$/,
  expected: 'bubblewrap, bubblewrap-only or none',
};

/** The last is for workers whose own rights are those of a test. */
export type SandboxChoice = 'bubblewrap' | 'bubblewrap-only' | 'none';

export function readSandbox(env: Environment, problems: string[]): SandboxChoice {
  return (readMatching(env, problems, SANDBOX) as SandboxChoice | undefined) ?? 'bubblewrap';
}
const ROOTFS = { name: 'LOCKSTEP_SANDBOX_ROOTFS', ...PATH };
const TOOLS = {
  name: 'LOCKSTEP_SANDBOX_TOOLS',
  like: /^\/[^:\0]*(:\/[^:\0]*)*$/,
  expected: 'absolute paths with : between',
};

export function readSandboxHost(env: Environment, problems: string[]): SandboxHost {
  const cgroup = readMatching(env, problems, CGROUP);
  const rootfs = readMatching(env, problems, ROOTFS);
  return {
    cgroups: env.LOCKSTEP_SANDBOX?.trim() === 'bubblewrap-only' ? 'without' : cgroup ? { folder: cgroup } : 'find',
    ...(rootfs && { rootfs }),
    tools: readMatching(env, problems, TOOLS)?.split(':') ?? [],
  };
}

export function readBounds(env: Environment, problems: string[]): Bounds {
  const bytes = (name: string, key: 'memoryBytes' | 'diskBytes' | 'outputBytes') => {
    const [or, atLeast] = [USUAL_BOUNDS[key], LEAST_LIMITS[key]];
    return readNumber(env, problems, {
      name,
      or,
      atLeast,
      read: bytesOf,
      expected: `a size of ${size(atLeast)} or more`,
    });
  };
  const { processes, cpus, timeMs } = USUAL_BOUNDS;
  const least = LEAST_LIMITS;
  return {
    memoryBytes: bytes('LOCKSTEP_MAX_MEMORY', 'memoryBytes'),
    diskBytes: bytes('LOCKSTEP_MAX_DISK', 'diskBytes'),
    outputBytes: bytes('LOCKSTEP_MAX_OUTPUT', 'outputBytes'),
    processes: readNumber(env, problems, {
      ...{ name: 'LOCKSTEP_MAX_PROCESSES', or: processes, atLeast: least.processes },
      ...{
        read: (text) => (/^\d{1,7}$/.test(text) ? Number(text) : Number.NaN),
        expected: `${least.processes} or more`,
      },
    }),
    cpus: readNumber(env, problems, {
      ...{ name: 'LOCKSTEP_MAX_CPUS', or: cpus, atLeast: least.cpus, read: cpusOf },
      expected: `a number of processors such as 2 or 0.5`,
    }),
    timeMs: readMilliseconds(env, problems, { name: 'LOCKSTEP_MAX_TEST_MS', or: timeMs, atMost: timeMs }),
  };
}
