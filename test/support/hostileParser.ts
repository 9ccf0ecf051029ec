/** A parser's process that dies of a certain word in a manifest: for tests of what becomes of that manifest, and of the next. */
import type { Asked, Told } from '../../activities/manifest/parser/messages.ts';
import { TEXTS } from '../../src/manifest/texts.ts';

const DEADLY = 'dies-by-abort';

process.on('disconnect', () => process.exit());
process.on('message', ({ name, args }: Asked) => {
  const [text] = args;
  if (name === 'readManifest' && new TextDecoder().decode(text as Uint8Array).includes(DEADLY)) process.abort();
  const result = (TEXTS[name] as (...args: unknown[]) => unknown)(...args);
  process.send?.({ result } satisfies Told);
});
process.send?.({ ready: true } satisfies Told);
