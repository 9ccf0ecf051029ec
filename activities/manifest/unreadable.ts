/** What people are told of a text that ends its parser. */
import type { Problem } from '../../src/manifest/problem.ts';
import { UnreadableText } from '../../src/manifest/texts.ts';

/** The text's own problems, or that it cannot be read at all: an answer for good, the queue goes on. */
export async function orUnreadable<Result>(
  path: string,
  reading: Promise<Result>,
): Promise<Result | { problems: Problem[] }> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error;
    const message = `the file cannot be read: ${error.message}. Write it in a simpler form`;
    return { problems: [{ path, line: 1, column: 1, where: '', message }] };
  }
}

/** `undefined` for a text that ends its parser. */
export async function unlessUnreadable<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UnreadableText) return undefined;
    throw error;
  }
}
