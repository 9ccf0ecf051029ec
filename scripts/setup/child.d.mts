/** Types of `child.mjs`, which is plain JavaScript because it runs before any dependency is installed. */
import type { SpawnOptions } from 'node:child_process';

export function runForeground(
  command: string,
  args: string[],
  options?: SpawnOptions & { force?: boolean; started?: (pid: number) => void },
): Promise<number>;
