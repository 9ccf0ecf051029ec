/** A notifier that keeps what it was told. */
import type { Notifier } from '../../src/ports.ts';

export interface FakeNotifier extends Notifier {
  messages: string[];
  /** While set, every notification fails with it. */
  trouble: Error | undefined;
}

export function createFakeNotifier(): FakeNotifier {
  const messages: string[] = [];
  const fake: FakeNotifier = {
    messages,
    trouble: undefined,
    async notify({ text }) {
      if (fake.trouble !== undefined) throw fake.trouble;
      messages.push(text);
    },
  };
  return fake;
}
