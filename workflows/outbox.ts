/** Signals to other workflows, sent without waiting: a decision must not be held up between its look and its first step. */
import { getExternalWorkflowHandle, type SignalDefinition } from '@temporalio/workflow';

export interface Outbox {
  send<Message>(workflowId: string, signal: SignalDefinition<[Message]>, message: Message): void;
  /** All that was sent has arrived, or has found nobody. */
  drained(): Promise<void>;
  pending(): number;
}

/** `lost` is told when the receiver does not run: it has ended, or was terminated. */
export function createOutbox(lost: (workflowId: string) => void = () => undefined): Outbox {
  const open = new Set<Promise<void>>();
  return {
    send(workflowId, signal, message) {
      const sent: Promise<void> = getExternalWorkflowHandle(workflowId)
        .signal(signal, message)
        .catch(() => lost(workflowId))
        .finally(() => {
          open.delete(sent);
        });
      open.add(sent);
    },
    async drained() {
      await Promise.all(open);
    },
    pending: () => open.size,
  };
}
