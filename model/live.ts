/** Whether all that goes on by itself comes to rest some time: from every state, without another fault or another person. */

export interface Goings {
  /** By itself it goes from one state to the other. */
  add(from: number, to: number): void;
  /** Nothing goes on by itself. */
  rests(state: number): void;
  /** The first state, in the order of the search, from which none that rests can be reached; `undefined`: there is none. */
  restless(states: number): number | undefined;
}

export function createGoings(): Goings {
  let pairs = new Uint32Array(1 << 12);
  let count = 0;
  const resting: number[] = [];
  return {
    add(from, to) {
      if (count === pairs.length) {
        const longer = new Uint32Array(pairs.length * 2);
        longer.set(pairs);
        pairs = longer;
      }
      pairs[count] = to;
      pairs[count + 1] = from;
      count += 2;
    },
    rests: (state) => resting.push(state),
    restless(states) {
      const { firsts, befores } = backwards(pairs.subarray(0, count), states);
      const seen = new Uint8Array(states);
      const open = [...resting];
      for (const state of open) seen[state] = 1;
      for (let state = open.pop(); state !== undefined; state = open.pop()) {
        for (let i = firsts[state] as number; i < (firsts[state + 1] as number); i += 1) {
          const before = befores[i] as number;
          if (seen[before] === 1) continue;
          seen[before] = 1;
          open.push(before);
        }
      }
      const first = seen.indexOf(0);
      return first < 0 ? undefined : first;
    },
  };
}

/** Of each state those before it: `befores` from `firsts[state]` to `firsts[state + 1]`. */
function backwards(pairs: Uint32Array, states: number): { firsts: Uint32Array; befores: Uint32Array } {
  const firsts = new Uint32Array(states + 2);
  for (let i = 0; i < pairs.length; i += 2)
    firsts[(pairs[i] as number) + 2] = (firsts[(pairs[i] as number) + 2] ?? 0) + 1;
  for (let state = 2; state < firsts.length; state += 1)
    firsts[state] = (firsts[state] as number) + (firsts[state - 1] as number);
  const befores = new Uint32Array(pairs.length / 2);
  for (let i = 0; i < pairs.length; i += 2) {
    const to = (pairs[i] as number) + 1;
    befores[firsts[to] as number] = pairs[i + 1] as number;
    firsts[to] = (firsts[to] as number) + 1;
  }
  return { firsts, befores };
}
