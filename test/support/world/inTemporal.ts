/** Lockstep's workflows in a test's namespace, as people ask and signal them. */
import type { Client } from '@temporalio/client';
import { execa } from 'execa';
import { changesetWorkflowId, QUEUE_WORKFLOW_ID } from '../../../src/changeset.ts';
import { until } from '../until.ts';

/** `cli`: Temporal's own command line. */
export function inTemporal(
  client: Client,
  { coordinator, address, cli }: { coordinator: string; address: string; cli: string },
) {
  const workflows = {
    /** Waits until a changeset is in this phase. */
    phase: (pullRequest: number, name: string, at: string, withinMs = 150_000) =>
      until(
        `${name} to be at ${at}`,
        async () => {
          const status = await workflows.status<{ phase: { at: string } }>(workflows.changesetId(pullRequest, name));
          return status.phase.at === at ? status : undefined;
        },
        withinMs,
      ),
    async signal(name: string, signal: string, input: unknown): Promise<void> {
      await client.workflow.getHandle(name).signal(signal, input);
    },
    /** A command of Temporal's own command line, as people paste it into their shell: it says the namespace itself. */
    async paste(command: string): Promise<void> {
      const env = { TEMPORAL: cli, TEMPORAL_ADDRESS: address };
      await execa('bash', ['-c', `temporal() { "$TEMPORAL" "$@"; }; ${command}`], { env });
    },
    changesetId: (pullRequest: number, name: string) => changesetWorkflowId({ coordinator, pullRequest, name }),
    async status<T>(workflowId: string = QUEUE_WORKFLOW_ID): Promise<T> {
      return client.workflow.getHandle(workflowId).query<T>('status');
    },
  };
  return workflows;
}
