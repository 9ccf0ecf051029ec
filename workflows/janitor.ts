/**
 * Started by a schedule: removes what a crash left (staging refs whose owner is settled, workspaces that nobody uses), and what is
 * old.
 */
import { proxyActivities, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Activities } from '../activities/types.ts';
import { REPORTING, SWEEPING } from './activityOptions.ts';
import { status } from './messages.ts';

export async function janitor(input: { v: 1; coordinator: string }): Promise<string> {
  let sentence = 'Looks for what is left over.';
  setHandler(status, () => ({ sentence }));
  const { sweep } = proxyActivities<Activities>({ ...REPORTING, summary: 'Remove staging refs that are left over' });
  const { sweepWorkspaces } = proxyActivities<Activities>({ ...SWEEPING, summary: 'Remove abandoned workspaces' });
  // Without a test worker there is nobody to look: the next run will.
  const workspaces = await sweepWorkspaces().catch(() => ({ removed: 0 }));
  const refs = await sweep({ coordinator: input.coordinator });
  const { prune } = proxyActivities<Activities>({ ...REPORTING, summary: 'Remove old logs and mirrors' });
  const old = await prune({ coordinator: input.coordinator });
  const removed = [`${refs.removed} staging refs`, `${workspaces.removed} workspaces`, `${old.logs} logs`];
  sentence = `Removed ${removed.join(', ')} and ${old.mirrors} mirrors.`;
  setCurrentDetails(sentence);
  return sentence;
}
