/** Started by a schedule: finds what webhooks did not tell, and what stands of changesets that have ended. */
import { proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { REPORTING, SEARCHING } from './activityOptions.ts';
import { status } from './messages.ts';

export async function reconcile(input: { v: 1; coordinator: string }): Promise<string> {
  let sentence = 'Compares GitHub with the queue.';
  setHandler(status, () => ({ sentence }));
  const { reconcile: activity } = proxyActivities<Activities>({
    ...REPORTING,
    summary: 'Compare GitHub with the queue',
  });
  const { findStrays } = proxyActivities<Activities>({
    ...SEARCHING,
    summary: 'Look for what stands of changesets that have ended',
  });
  const { signalled, redelivered } = await activity({ coordinator: input.coordinator });
  // What keeps this look from its end must not keep pull requests from being found: the next run looks again.
  const { begun } = await findStrays({ coordinator: input.coordinator }).catch(() => ({ begun: 0 }));
  sentence = `Told the queue of ${signalled} pull requests, asked for ${redelivered} deliveries again, began ${begun} runs for strays.`;
  setCurrentDetails(sentence);
  return sentence;
}
