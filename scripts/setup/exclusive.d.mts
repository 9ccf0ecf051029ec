/** Types of `exclusive.mjs`, which is plain JavaScript because it runs before any dependency is installed. */
export function exclusive<T>(
  folder: string,
  work: () => Promise<T>,
  options?: { waiting?: (holder: number) => void; pollMs?: number },
): Promise<T>;

export interface Mark {
  pid: number;
  started: string;
}

export function markOf(pid: number): Mark;

export function isAlive(mark: Mark): boolean;
