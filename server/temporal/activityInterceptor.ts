/**
 * Around every activity: it is seen alive, its failures are classed in one place, a large result is compressed, its duration is
 * counted and logged.
 */
import { CancelledFailure, type Context, type Info } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Logger } from 'pino';
import { toFailure } from '../../activities/failures.ts';
import type { Metrics } from '../metrics.ts';
import { compressed } from './compression.ts';

/** Well below the shortest heartbeat time-out (5 s). */
const HEARTBEAT_MS = 500;

export function aroundActivities(about: { logger: Logger; metrics: Metrics }) {
  return (context: Context): { inbound: ActivityInboundCallsInterceptor } => ({
    inbound: {
      async execute(input, next) {
        const { activityType: activity, attempt, workflowExecution } = context.info;
        const logger = about.logger.child({ activity, attempt, ...ownerOf(workflowExecution?.workflowId ?? '') });
        const end = about.metrics.activities.startTimer({ activity });
        const ranMs = clockOf(context.info);
        const beat = setInterval(() => context.heartbeat({ ranMs: ranMs() } satisfies Beat), HEARTBEAT_MS);
        try {
          const result = await next(input);
          const seconds = end({ result: 'completed' });
          logger.info({ seconds: Math.round(seconds * 1000) / 1000 }, 'activity completed');
          return await compressed(result);
        } catch (error) {
          end({ result: error instanceof CancelledFailure ? 'cancelled' : 'failed' });
          const failure = toFailure(error, attempt);
          logger.warn({ err: failure }, 'activity did not complete');
          throw failure;
        } finally {
          clearInterval(beat);
        }
      },
    },
  });
}

/** What a heartbeat tells the next try: how long all tries ran up to now. */
interface Beat {
  ranMs: number;
}

/** How long earlier tries of an activity ran, in ms; less than what passed, where nobody was there to run it. */
export function ranBefore({ heartbeatDetails }: Pick<Info, 'heartbeatDetails'>): number {
  return (heartbeatDetails as Beat | undefined)?.ranMs ?? 0;
}

/** Goes on where the try before was last seen. */
function clockOf(info: Info): () => number {
  const before = ranBefore(info);
  const began = performance.now();
  return () => before + Math.round(performance.now() - began);
}

/** Pull request and changeset, for every line of the log. */
export function ownerOf(workflowId: string): { pullRequest?: number; changeset?: string } {
  const match = /^(?:pipeline|changeset)\/[^/]+\/[^/]+\/(\d+)(?:\/(.+))?$/.exec(workflowId);
  if (!match) return {};
  return { pullRequest: Number(match[1]), ...(match[2] !== undefined && { changeset: match[2] }) };
}
