/** Between the worker and its parser: one question at a time. */
import type { Texts } from '../../../src/manifest/texts.ts';

export interface Asked {
  name: keyof Texts;
  args: unknown[];
}

export type Told = { ready: true } | { result: unknown } | { threw: string };
