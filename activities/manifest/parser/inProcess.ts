/** The parser without a process around it: for worlds that hold no text of a stranger. */
import { type Parser, RefusedText, TEXTS } from '../../../src/manifest/texts.ts';

export const parserInProcess = Object.fromEntries(
  Object.entries(TEXTS).map(([name, run]) => [
    name,
    async (...args: unknown[]) => orRefused(() => (run as Run)(...args)),
  ]),
) as unknown as Parser;

type Run = (...args: unknown[]) => unknown;

function orRefused(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    throw new RefusedText(error instanceof Error ? error.message : String(error));
  }
}
