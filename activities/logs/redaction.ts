/** Secrets are taken out of output on its way to the log store. */
import { createRedactor } from '../../src/logs/redact.ts';
import type { OutputFilter } from './filter.ts';

export function redaction(): OutputFilter {
  const redactor = createRedactor();
  // One character for each byte, and back: output need not be text.
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  return {
    push: (chunk) => bytes(redactor.push(Buffer.from(chunk).toString('latin1'))),
    end: () => bytes(redactor.end()),
  };
}
