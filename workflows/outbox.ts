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
 * that is overtaken by its own withdrawal, would land or wait for ever.
 */
export function createOutbox(lost: (workflowId: string, message: unknown) => void = () => undefined): Outbox {
  const open = new Set<Promise<void>>();
  const last = new Map<string, Promise<void>>();
  return {
    send(workflowId, signal, message) {
      // Signal handlers run in the root scope, which a cancellation in Temporal closes for good.
      const deliver = () =>
        CancellationScope.nonCancellable(() => getExternalWorkflowHandle(workflowId).signal(signal, message));
      const before = last.get(workflowId);
      const sent: Promise<void> = (before ? before.then(deliver) : deliver())
        .catch(() => lost(workflowId, message))
        .finally(() => {
          open.delete(sent);
          if (last.get(workflowId) === sent) last.delete(workflowId);
        });
      open.add(sent);
      last.set(workflowId, sent);
    },
    async drained() {
      await Promise.all(open);
    },
    pending: () => open.size,
  };
}
