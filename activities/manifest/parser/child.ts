/** The process that parses what other people wrote. It holds no secret, and dies with the worker that it belongs to. */
import { TEXTS } from '../../../src/manifest/texts.ts';
import type { Asked, Told } from './messages.ts';

process.on('disconnect', () => process.exit());
process.on('message', (asked: Asked) => process.send?.(answer(asked)));
process.send?.({ ready: true } satisfies Told);

function answer({ name, args }: Asked): Told {
  try {
    return { result: (TEXTS[name] as (...args: unknown[]) => unknown)(...args) };
  } catch (error) {
    return { threw: error instanceof Error ? error.message : String(error) };
  }
}
