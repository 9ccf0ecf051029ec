/** Values and failures as they travel in Temporal's messages. */
import { defaultFailureConverter, defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import Long from 'long';

export type Failure = temporal.api.failure.v1.IFailure;

export function toPayload(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value) as Payload;
}

export function fromPayload(payload: unknown): unknown {
  return payload === undefined || payload === null
    ? undefined
    : defaultPayloadConverter.fromPayload(payload as Payload);
}

export function toFailureMessage(error: unknown): Failure {
  return defaultFailureConverter.errorToFailure(error, defaultPayloadConverter) as Failure;
}

export function toError(failure: Failure): Error {
  return defaultFailureConverter.failureToError(failure as never, defaultPayloadConverter);
}

/** What a workflow's promise of an activity is rejected with. */
export function activityFailure(type: string, cause: Failure, retryState = 1): Failure {
  return {
    message: 'Activity task failed',
    source: 'simulator',
    cause,
    activityFailureInfo: { activityType: { name: type }, activityId: '1', identity: 'simulator', retryState },
  };
}

/** What a workflow's promise of a child that did not complete is rejected with. */
export function childFailure({
  type,
  workflowId,
  runId,
}: {
  type: string;
  workflowId: string;
  runId: string;
}): Failure {
  return {
    message: 'Child Workflow execution failed',
    childWorkflowExecutionFailureInfo: {
      workflowType: { name: type },
      workflowExecution: { workflowId, runId },
      retryState: 1,
    },
    cause: { message: 'terminated', terminatedFailureInfo: {} },
  };
}

export const CANCELED: Failure = { message: 'cancelled', source: 'simulator', canceledFailureInfo: {} };

/** Milliseconds of a protobuf duration. */
export function millis(duration: { seconds?: unknown; nanos?: number | null } | null | undefined): number | undefined {
  if (duration === undefined || duration === null) return undefined;
  return Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1e6;
}

export function timestamp(ms: number) {
  return { seconds: Long.fromNumber(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
}
