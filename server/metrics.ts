/**
 * Metrics in Prometheus form. Each process counts what happened in it and nothing else, so counters and histograms of
 * several processes are summed (`sum(increase(…))`), and one that starts anew is a reset that Prometheus knows. Gauges
 * that count Temporal's own state are the same on every server: take one, or the maximum.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { TestsRun } from '../activities/types.ts';
import type { Outcome } from '../src/changeset.ts';
import type { PipelineEnd } from '../workflows/measures.ts';

export type Metrics = ReturnType<typeof createMetrics>;

const MINUTES = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

const WEBHOOK_RESULTS = ['taken', 'ignored', 'refused', 'unavailable'] as const;
const TEST_RESULTS: TestsRun['kind'][] = ['passed', 'failed'];
const OUTCOMES: Outcome['kind'][] = ['landed', 'failed', 'rolledBack', 'skipped', 'stopped'];
const PIPELINE_OUTCOMES: PipelineEnd[] = [
  'merged',
  'stuck',
  'superseded',
  'closed',
  'withdrawn',
  'ordinary',
  'invalid',
];

/** `parts`: what this process does. The figures of others are not shown: a 0 of what can never happen here would mislead. */
export function createMetrics(parts: ('server' | 'control' | 'tests')[]) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const of = (...shownBy: typeof parts) => ({
    registers: shownBy.some((part) => parts.includes(part)) ? [registry] : [],
  });
  const metrics = {
    registry,
    webhooks: new Counter({
      name: 'lockstep_webhooks_total',
      help: `Webhook deliveries by what came of them: ${WEBHOOK_RESULTS.join(', ')}`,
      labelNames: ['result'],
      ...of('server'),
    }),
    changesetsEnded: new Counter({
      name: 'lockstep_changesets_ended_total',
      help: `Changesets that ended, by outcome: ${OUTCOMES.join(', ')}`,
      labelNames: ['outcome'],
      ...of('control'),
    }),
    pipelinesEnded: new Counter({
      name: 'lockstep_pipelines_ended_total',
      help: `Pipelines that ended, by outcome: ${PIPELINE_OUTCOMES.join(', ')}`,
      labelNames: ['outcome'],
      ...of('control'),
    }),
    landings: new Histogram({
      name: 'lockstep_landing_seconds',
      help: 'From the decision to land a changeset to its end, by outcome',
      labelNames: ['outcome'],
      buckets: [0.5, ...MINUTES],
      ...of('control'),
    }),
    tests: new Histogram({
      name: 'lockstep_tests_seconds',
      help: 'Duration of runs of the test script, by result: passed, failed',
      labelNames: ['result'],
      buckets: MINUTES,
      ...of('control'),
    }),
    appRefused: new Gauge({
      name: 'lockstep_github_refuses_app',
      help: '1 while GitHub gives this worker no token: a key that it does not know, a suspended App',
      ...of('control'),
    }),
    queueLength: new Gauge({ name: 'lockstep_queue_length', help: 'Pipelines in the queue', ...of('server') }),
    paused: new Gauge({ name: 'lockstep_queue_paused', help: '1 while the queue is paused', ...of('server') }),
    pipelines: new Gauge({
      name: 'lockstep_pipelines',
      help: 'Pipelines within retention, by LockstepStatus',
      labelNames: ['status'],
      ...of('server'),
    }),
    changesets: new Gauge({
      name: 'lockstep_changesets',
      help: 'Changesets within retention, by LockstepStatus (outcomes among them)',
      labelNames: ['status'],
      ...of('server'),
    }),
    activities: new Histogram({
      name: 'lockstep_activity_seconds',
      help: 'Duration of activities by name, each try by itself',
      labelNames: ['activity', 'result'],
      buckets: [0.01, 0.05, 0.1, 0.5, ...MINUTES],
      ...of('control', 'tests'),
    }),
  };
  // Known from the start: the first of its kind is an increase then, too.
  for (const result of WEBHOOK_RESULTS) metrics.webhooks.inc({ result }, 0);
  for (const outcome of OUTCOMES) metrics.changesetsEnded.inc({ outcome }, 0);
  for (const outcome of PIPELINE_OUTCOMES) metrics.pipelinesEnded.inc({ outcome }, 0);
  for (const outcome of ['landed', 'rolledBack']) metrics.landings.zero({ outcome });
  for (const result of TEST_RESULTS) metrics.tests.zero({ result });
  return metrics;
}
