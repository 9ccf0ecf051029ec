/** What people read about limits. */
import { type Beyond, type Bounds, filesFor, type LimitName, type Limits } from '../limits.ts';
import { duration } from './phases.ts';

/** Goes on after "the tests": `ran out of memory (2 GiB)`. */
export function overLimit(limit: LimitName, limits: Limits): string {
  switch (limit) {
    case 'memory':
      return `ran out of memory (${size(limits.memoryBytes)})`;
    case 'processes':
      return `started too many processes (${limits.processes} at the same time)`;
    case 'disk':
      return `filled their disk (${size(limits.diskBytes)})`;
    case 'files':
      return `made too many files (${filesFor(limits.diskBytes)}, for a disk of ${size(limits.diskBytes)})`;
    case 'output':
      return `wrote too much output (${size(limits.outputBytes)})`;
  }
}

const BOUNDS: Record<keyof Bounds, { key: string; variable: string; text: (value: number) => string }> = {
  memoryBytes: { key: 'limits.memory', variable: 'LOCKSTEP_MAX_MEMORY', text: size },
  processes: { key: 'limits.processes', variable: 'LOCKSTEP_MAX_PROCESSES', text: String },
  cpus: { key: 'limits.cpus', variable: 'LOCKSTEP_MAX_CPUS', text: String },
  diskBytes: { key: 'limits.disk', variable: 'LOCKSTEP_MAX_DISK', text: size },
  outputBytes: { key: 'limits.output', variable: 'LOCKSTEP_MAX_OUTPUT', text: size },
  timeMs: { key: 'timeout', variable: 'LOCKSTEP_MAX_TEST_MS', text: duration },
};

/** Why the tests are not run with what `lockstep.yaml` gives them. */
export function beyondBounds(beyond: Beyond[]): string {
  const each = beyond.map(({ bound, asked, allowed }) => {
    const { key, variable, text } = BOUNDS[bound];
    return `defaults.${key} is ${text(asked)}, and the test worker allows at most ${text(allowed)} (${variable})`;
  });
  return `lockstep.yaml asks for more than tests may use here: ${each.join('; ')}`;
}

/** `2 GiB`, `1.5 GiB`, `512 MiB`, `100 bytes`. */
export function size(bytes: number): string {
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length);
  const value = Math.round((bytes / 1024 ** power) * 100) / 100;
  return power === 0 ? `${bytes} bytes` : `${value} ${units[power - 1]}`;
}
