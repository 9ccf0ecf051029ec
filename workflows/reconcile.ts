/** Started by a schedule: finds what webhooks did not tell, and tells the queue. */
import { proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { REPORTING } from './activityOptions.ts';
import { status } from './messages.ts';

export async function reconcile(input: { v: 1; coordinator: string }): Promise<string> {
  let sentence = 'Compares GitHub with the queue.';
  setHandler(status, () => ({ sentence }));
  const { reconcile: activity } = proxyActivities<Activities>({
    ...REPORTING,
    summary: 'Compare GitHub with the queue',
  });
  const { signalled, redelivered } = await activity({ coordinator: input.coordinator });
  sentence = `Told the queue of ${signalled} pull requests, asked for ${redelivered} deliveries again.`;
  setCurrentDetails(sentence);
  return sentence;
}
