/** Whether what Temporal keeps can be read with the keys at hand: a process with others would take every word for none. */
import type { Connection } from '@temporalio/client';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import type { PayloadKey } from '../environment/payloadKeys.ts';
import { keyIdOf } from './encryption.ts';

/** gRPC's number for what is not there. */
const NOT_FOUND = 5;

/** What is wrong, and what to do; `undefined`: nothing, or there is no queue yet. Throws where Temporal does not answer. */
export async function keyFault(
  { workflowService }: Pick<Connection, 'workflowService'>,
  namespace: string,
  keys: PayloadKey[] | undefined,
): Promise<string | undefined> {
  const execution = { workflowId: QUEUE_WORKFLOW_ID };
  const began = await workflowService
    .getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 })
    .catch((error: unknown) => {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === NOT_FOUND) return undefined;
      throw error;
    });
  const [first] = began?.history?.events ?? [];
  const [input] = first?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const id = input && keyIdOf(input);
  if (id === undefined || keys?.some((key) => key.id === id)) return undefined;
  return `the queue in Temporal (namespace ${namespace}) is encrypted with the key ${id}, and LOCKSTEP_PAYLOAD_KEYS_FILE has ${had(keys)}: give every process of Lockstep the file that has it`;
}

/** Throws where the keys are not the right ones; once they were, it does not look again. */
export function keyGuard(look: () => ReturnType<typeof keyFault>): () => Promise<void> {
  let fits = false;
  return async () => {
    if (fits) return;
    const fault = await look();
    if (fault !== undefined) throw new Error(fault);
    fits = true;
  };
}

function had(keys: PayloadKey[] | undefined): string {
  return keys === undefined ? 'none (it is not set)' : `only ${keys.map(({ id }) => id).join(', ')}`;
}
