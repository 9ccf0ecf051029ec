/**
 * States by number, kept as rows of numbers in memory outside of the heap. Equal states are found by comparing them whole:
 * there are no collisions to argue about. Rows stand in the order in which they were found, which is that of the search.
 */

const ROWS = 1 << 18;

export interface Visited {
  /** The number of a row: that of its equal, where there is one, else the next. */
  add(row: readonly number[], parent: number): number;
  row(index: number): number[];
  parent(index: number): number;
  size(): number;
  /** In bytes. */
  memory(): number;
}

export function createVisited(width: number): Visited {
  const chunks: Uint32Array[] = [];
  const stride = width + 1;
  let count = 0;
  let slots = new Uint32Array(1 << 16);

  function same(index: number, row: readonly number[]): boolean {
    const chunk = chunks[Math.floor(index / ROWS)] as Uint32Array;
    const from = (index % ROWS) * stride;
    for (let i = 0; i < width; i += 1) if (chunk[from + i] !== row[i]) return false;
    return true;
  }

  function grow(): void {
    const before = slots;
    slots = new Uint32Array(before.length * 2);
    const mask = slots.length - 1;
    for (const held of before) {
      if (held === 0) continue;
      let slot = hashOf(row(held - 1)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = held;
    }
  }

  function row(index: number): number[] {
    const chunk = chunks[Math.floor(index / ROWS)] as Uint32Array;
    const from = (index % ROWS) * stride;
    return Array.from(chunk.subarray(from, from + width));
  }

  return {
    row,
    size: () => count,
    memory: () => (chunks.length * ROWS * stride + slots.length) * 4,
    parent: (index) => (chunks[Math.floor(index / ROWS)] as Uint32Array)[(index % ROWS) * stride + width] as number,
    add(values, parent) {
      const mask = slots.length - 1;
      let slot = hashOf(values) & mask;
      for (let held = slots[slot] as number; held !== 0; held = slots[slot] as number) {
        if (same(held - 1, values)) return held - 1;
        slot = (slot + 1) & mask;
      }
      if (count % ROWS === 0) chunks.push(new Uint32Array(ROWS * stride));
      const chunk = chunks[chunks.length - 1] as Uint32Array;
      chunk.set(values, (count % ROWS) * stride);
      chunk[(count % ROWS) * stride + width] = parent;
      count += 1;
      slots[slot] = count;
      if (count * 2 > slots.length) grow();
      return count - 1;
    },
  };
}

function hashOf(row: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const value of row) {
    hash = Math.imul(hash ^ value, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
