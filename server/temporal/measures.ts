/** Where workflows' measures go: the metrics of this process. */
import type { InjectedSinks } from '@temporalio/worker';
import type { MeasureSinks } from '../../workflows/measures.ts';
import type { Metrics } from '../metrics.ts';

export function measureSinks(metrics: Metrics): InjectedSinks<MeasureSinks> {
  return {
    measures: {
      testsEnded: { fn: (_, result, ms) => metrics.tests.observe({ result }, ms / 1000) },
      landingEnded: { fn: (_, outcome, ms) => metrics.landings.observe({ outcome }, ms / 1000) },
      changesetEnded: { fn: (_, outcome) => metrics.changesetsEnded.inc({ outcome }) },
      pipelineEnded: { fn: (_, outcome) => metrics.pipelinesEnded.inc({ outcome }) },
    },
  };
}
