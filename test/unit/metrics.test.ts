/** What each process shows of itself to Prometheus. */
import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../server/metrics.ts';

const shown = async (...parts: Parameters<typeof createMetrics>[0]) => {
  const text = await createMetrics(parts).registry.metrics();
  return text.split('\n').filter((line) => line.startsWith('lockstep_') && !line.includes('_bucket'));
};

describe('a process shows what it does, and nothing that can never happen in it', () => {
  test('the server: webhooks and the queue', async () => {
    const lines = (await shown('server')).join('\n');
    expect(lines).toContain('lockstep_webhooks_total{result="unavailable"} 0');
    expect(lines).toContain('lockstep_queue_length 0');
    expect(lines).not.toMatch(/_ended_total|landing_seconds|tests_seconds/);
  });

  test('a control worker: what ended; a test worker only its activities', async () => {
    const control = (await shown('control')).join('\n');
    expect(control).toContain('lockstep_changesets_ended_total{outcome="rolledBack"} 0');
    expect(control).toContain('lockstep_pipelines_ended_total{outcome="merged"} 0');
    expect(control).toContain('lockstep_landing_seconds_count{outcome="landed"} 0');
    expect(control).toContain('lockstep_tests_seconds_count{result="failed"} 0');
    expect(control).not.toContain('lockstep_webhooks_total');
    expect(await shown('tests')).toEqual([]);
  });

  test('all in one: all of it, once', async () => {
    const lines = await shown('server', 'control', 'tests');
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toEqual(expect.arrayContaining([...(await shown('server')), ...(await shown('control'))]));
  });
});
