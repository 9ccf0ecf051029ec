import { WorkflowNotFoundError } from '@temporalio/client';

/** `UNKNOWN`: Temporal has none of that name, or has forgotten it. */
export async function statusOf(handle: { describe(): Promise<{ status: { name: string } }> }): Promise<string> {
  try {
    return (await handle.describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'UNKNOWN';
    throw error;
  }
}
