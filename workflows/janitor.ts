/** Started by a schedule: removes what a crash left: staging refs and workspaces whose owner is settled. */
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { REPORTING } from './activityOptions.ts';

export async function janitor(input: { v: 1; coordinator: string }): Promise<string> {
  const { sweep } = proxyActivities<Activities>({ ...REPORTING, summary: 'Remove what is left over' });
  const { removed } = await sweep({ coordinator: input.coordinator });
  const sentence = `Removed ${removed} leftovers.`;
  setCurrentDetails(sentence);
  return sentence;
}
