/** The parser without a process around it: for worlds that hold no text of a stranger. */
import { type Parser, TEXTS } from '../../../src/manifest/texts.ts';

export const parserInProcess = Object.fromEntries(
  Object.entries(TEXTS).map(([name, run]) => [name, async (...args: unknown[]) => (run as Run)(...args)]),
) as unknown as Parser;

type Run = (...args: unknown[]) => unknown;
