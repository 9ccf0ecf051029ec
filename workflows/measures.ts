/**
 * What has ended, told to the metrics of the worker that runs the workflow at that moment. A sink is no command: it is
 * left out of histories, and not called again when one is replayed. It is called again when a workflow's last task is
 * refused because a signal came meanwhile, which is common: so it is called while there is still something to do after it.
 * A worker that dies in between may lose a call or leave one to be made twice; nothing is decided by these figures.
 */
import { proxySinks, type Sinks } from '@temporalio/workflow';
import type { TestsRun } from '../activities/types.ts';
import type { Outcome } from '../src/changeset.ts';
import { isDecided, type LandingState } from '../src/landing/state.ts';
import type { PipelineStage } from '../src/report/view.ts';

export interface MeasureSinks extends Sinks {
  measures: {
    testsEnded(result: TestsRun['kind'], durationMs: number): void;
    /** From the decision to the end: also of what was rolled back. */
    landingEnded(outcome: Outcome['kind'], durationMs: number): void;
    changesetEnded(outcome: Outcome['kind']): void;
    pipelineEnded(outcome: PipelineEnd): void;
  };
}

/** `ordinary` and `invalid`: it became so while it waited; what is so from its beginning is in no queue. */
export type PipelineEnd = 'merged' | 'stuck' | 'superseded' | 'closed' | 'withdrawn' | 'ordinary' | 'invalid';

const { measures } = proxySinks<MeasureSinks>();

/** Before the stage's last words are written. */
export function measureStage(stage: PipelineStage): void {
  if (stage.at === 'merged' || stage.at === 'stuck') measures.pipelineEnded(stage.at);
  if (stage.at === 'cancelled') measures.pipelineEnded(stage.why === 'draft' ? 'closed' : stage.why);
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
      if (to.at !== 'cleaning') return;
      // What comes after is clean-up: the outcome is this one, whatever it comes to.
      measures.changesetEnded(to.outcome.kind);
      if (decidedAt !== undefined) measures.landingEnded(to.outcome.kind, Date.now() - decidedAt);
    },
  };
}
