/** Signals to other workflows, sent without waiting: a decision must not be held up between its look and its first step. */
import { CancellationScope, getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';

export interface Outbox {
  send<Message>(workflowId: string, signal: SignalDefinition<[Message]>, message: Message): void;
  /** All that was sent has arrived, or has found nobody. */
  drained(): Promise<void>;
  pending(): number;
}

/**
 * `lost` is told when the receiver does not run: it has ended, or was terminated. What goes to one receiver goes in order,
 * each after the one before has arrived: the server promises no order, and a grant that overtakes a recall, or a request
 * that is overtaken by its own withdrawal, would land or wait for ever. What would only be said twice in a row is not.
 */
export function createOutbox(lost: (workflowId: string, message: unknown) => void = () => undefined): Outbox {
  /** Of each receiver that something is on its way to: what comes after that. */
  const waiting = new Map<string, Letter[]>();
  const open = new Set<Promise<void>>();

  async function deliver(workflowId: string, first: Letter): Promise<void> {
    for (let next: Letter | undefined = first; next !== undefined; next = waiting.get(workflowId)?.shift()) {
      const { message, signal } = next;
      await signal().catch(() => lost(workflowId, message));
    }
    waiting.delete(workflowId);
  }

  return {
    send(workflowId, signal, message) {
      if (HALF_CHARACTER.test(workflowId)) return lost(workflowId, message);
      const letter: Letter = {
        message,
        says: `${signal.name} ${JSON.stringify(message)}`,
        // Signal handlers run in the root scope, which a cancellation in Temporal closes for good.
        signal: () =>
          CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).signal(signal, message)),
      };
      const before = waiting.get(workflowId);
      if (before !== undefined) {
        if (before.at(-1)?.says !== letter.says) before.push(letter);
        return;
      }
      waiting.set(workflowId, []);
      const sent: Promise<void> = deliver(workflowId, letter).finally(() => open.delete(sent));
      open.add(sent);
    },
    async drained() {
      while (open.size > 0) await Promise.all(open);
    },
    pending: () => open.size,
  };
}

/** Names come by signals too, which anyone can send: what is no text in UTF-8 ends the whole worker where Temporal's core reads it. */
const HALF_CHARACTER = /\p{Surrogate}/u;

interface Letter {
  message: unknown;
  says: string;
  signal(): Promise<void>;
}
