/** Metrics in Prometheus form. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

const MINUTES = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    webhooks: new Counter({
      name: 'lockstep_webhooks_total',
      help: 'Webhook deliveries by what came of them: taken, ignored, refused, unavailable',
      labelNames: ['result'],
      registers,
    }),
    queueLength: new Gauge({ name: 'lockstep_queue_length', help: 'Pipelines in the queue', registers }),
    paused: new Gauge({ name: 'lockstep_queue_paused', help: '1 while the queue is paused', registers }),
    pipelines: new Gauge({
      name: 'lockstep_pipelines',
      help: 'Pipelines within retention, by LockstepStatus',
      labelNames: ['status'],
      registers,
    }),
    changesets: new Gauge({
      name: 'lockstep_changesets',
      help: 'Changesets within retention, by LockstepStatus (outcomes among them)',
      labelNames: ['status'],
      registers,
    }),
    activities: new Histogram({
      name: 'lockstep_activity_seconds',
      help: 'Duration of activities by name: runTests is a test run, land a push to main',
      labelNames: ['activity', 'result'],
      buckets: [0.01, 0.05, 0.1, 0.5, ...MINUTES],
      registers,
    }),
  };
}
