/** How often activities were asked for and answered so far: what people do comes near the nth time. */
import type { Seen } from './temporal/server.ts';

export interface ActivityCounts {
  seen(what: Seen): void;
  /** `workflowId`: of that workflow's alone. */
  count(moment: 'scheduled' | 'completed', activity: string, workflowId?: string): number;
}

export function createActivityCounts(): ActivityCounts {
  const counts = new Map<string, number>();
  const key = (...parts: (string | undefined)[]) => JSON.stringify(parts);
  const add = (counted: string) => counts.set(counted, (counts.get(counted) ?? 0) + 1);
  return {
    seen(what) {
      if (what.kind === 'closed') return;
      const { type, run } = what.task;
      add(key(what.kind, type));
      add(key(what.kind, type, run.workflowId));
    },
    count: (moment, activity, workflowId) => counts.get(key(moment, activity, workflowId)) ?? 0,
  };
}
