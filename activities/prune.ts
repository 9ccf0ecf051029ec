/** What only grows is bounded by age: logs, and the mirrors with all that was ever fetched into them. */
import type { ControlDeps } from './deps.ts';

/**
 * Logs that are old enough go, but none of a pull request whose pipeline runs; mirrors go while nothing runs at all, and are
 * made anew by whoever needs them next.
 */
export async function prune(deps: ControlDeps): Promise<{ logs: number; mirrors: number }> {
  const { keepLogsMs, renewMirrorsMs } = deps.ages;
  const { pipelines, changesets } = await deps.workflows.running();
  const keep = [...pipelines, ...changesets].map(({ pullRequest }) => `${pullRequest}-`);
  const before = (ageMs: number) => deps.now() - ageMs;
  const logs = keepLogsMs === 'forever' ? 0 : await deps.logs.prune({ before: before(keepLogsMs), keep });
  const isIdle = keep.length === 0 && renewMirrorsMs !== 'never';
  const mirrors = isIdle ? await deps.git.dropMirrors(before(renewMirrorsMs), deps.live()) : 0;
  return { logs, mirrors };
}
