/** All that is done with texts that other people wrote: where it runs is the `Parser` port's business. */
import { readConfiguration } from './readConfiguration.ts';
import { readManifest } from './readManifest.ts';
import { reviewStatusChanges, statusesIn, unchangedEntries, unprovenStatuses } from './reviewStatusChanges.ts';
import { writeStatus } from './writeStatus.ts';

export const TEXTS = {
  readManifest,
  readConfiguration,
  reviewStatusChanges,
  unprovenStatuses,
  statusesIn,
  unchangedEntries,
  writeStatus,
};

export type Texts = typeof TEXTS;

/**
 * Each throws what the function itself throws (its message), and `UnreadableText` where the text is known to end whoever
 * parses it.
 */
export type Parser = {
  [Name in keyof Texts]: (...args: Parameters<Texts[Name]>) => Promise<ReturnType<Texts[Name]>>;
};

/** A text that ended its parser as often as it was tried. Nothing can be said of it but that. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText';
}
