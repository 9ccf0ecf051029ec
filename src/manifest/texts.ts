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
 * Each throws `RefusedText` where the function itself throws, and `UnreadableText` where the text is known to end whoever
 * parses it. Anything else says nothing of the text.
 */
export type Parser = {
  [Name in keyof Texts]: (...args: Parameters<Texts[Name]>) => Promise<ReturnType<Texts[Name]>>;
};

/** What a function says of a text with which it can do nothing. */
export class RefusedText extends Error {
  override readonly name = 'RefusedText';
}

/** A text that ended its parser as often as it was tried. Nothing can be said of it but that. */
export class UnreadableText extends Error {
  override readonly name = 'UnreadableText';
}
