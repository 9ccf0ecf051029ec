/**
 * What has ended, told to the metrics of the worker that runs the workflow at that moment. A sink is no command: it is
 * left out of histories, and not called again when one is replayed. A worker that dies in between may lose a call or leave
 * one to be made twice; the figures are for looking at, nothing is decided by them.
 */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { TestsRun } from '../activities/types.ts';
import type { Outcome } from '../src/changeset.ts';
import { isDecided, type LandingState } from '../src/landing/state.ts';
import type { PipelineResult } from './messages.ts';

export interface MeasureSinks extends Sinks {
  measures: {
    testsEnded(result: TestsRun['kind'], durationMs: number): void;
    /** From the decision to the end: also of what was rolled back. */
    landingEnded(outcome: Outcome['kind'], durationMs: number): void;
    changesetEnded(outcome: Outcome['kind']): void;
    pipelineEnded(outcome: PipelineResult['outcome']): void;
  };
}

const { measures } = proxySinks<MeasureSinks>();

export function measurePipeline(outcome: PipelineResult['outcome']): void {
  measures.pipelineEnded(outcome);
}

/** Of one changeset. */
export function createMeasures() {
  let decidedAt: number | undefined;
  return {
    testsEnded(run: TestsRun): void {
      measures.testsEnded(run.kind, run.kind === 'passed' ? run.durationMs : run.failure.durationMs);
    },
    moved(from: LandingState, to: LandingState): void {
      if (to.at === 'landing' && from.at !== 'landing') decidedAt ??= Date.now();
      // A void decision: what comes of the next one is measured from there.
      if (!isDecided(to)) decidedAt = undefined;
      if (to.at === 'cleaning' && decidedAt !== undefined) {
        measures.landingEnded(to.outcome.kind, Date.now() - decidedAt);
      }
      if (to.at === 'ended') measures.changesetEnded(to.outcome.kind);
    },
  };
}
