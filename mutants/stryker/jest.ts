/** As much of jest as the unit tests of the core need, for a process that runs them a thousand times. */
import { expect } from 'expect';

export { expect };

type Body = (...args: never[]) => unknown;

export interface UnitTest {
  name: string;
  body(): unknown;
}

export const tests: UnitTest[] = [];
const within: string[] = [];

export function describe(name: string, body: () => void): void {
  within.push(name);
  body();
  within.pop();
}

export const it = Object.assign(
  (name: string, body: () => unknown): void => {
    tests.push({ name: [...within, name].join(' '), body });
  },
  {
    each: (rows: readonly unknown[]) => (name: string, body: Body) => {
      for (const row of rows) it(name, () => body(...((Array.isArray(row) ? row : [row]) as never[])));
    },
  },
);
