/** The sandbox of this host as tests use it: `npm test` has tried which there can be. */
import type { Box } from '../../activities/tests/box.ts';
import { openSandbox } from '../../activities/tests/sandbox/openSandbox.ts';

export const IS_GROUPED = process.env.LOCKSTEP_TEST_SANDBOX === 'bubblewrap';

export async function openedSandbox(choice: string | undefined): Promise<Box> {
  const cgroups = choice === 'bubblewrap-only' ? 'without' : 'find';
  const opened = await openSandbox({ cgroups, tools: [] });
  if ('fault' in opened) throw new Error(opened.fault);
  return opened.box;
}
