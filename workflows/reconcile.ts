/** Started by a schedule: finds what webhooks did not tell, and what stands of changesets that have ended. */
import { proxyActivities, rootCause, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { reconcileSentence } from '../src/report/reconcileSentence.ts';
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
  const found = await activity({ coordinator: input.coordinator });
  // What keeps this look from its end must not keep pull requests from being found: the next run looks again.
  const strays = await findStrays({ coordinator: input.coordinator }).catch((error: unknown) => ({
    failed: rootCause(error) ?? String(error),
  }));
  sentence = reconcileSentence({ ...found, strays });
  setCurrentDetails(sentence);
  return sentence;
}
