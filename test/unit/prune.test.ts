/** What the janitor removes for its age, and what it leaves because somebody needs it. */
import { beforeEach, expect, test } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { prune } from '../../activities/prune.ts';
import type { Running } from '../../activities/types.ts';
import { alive } from '../support/repositories.ts';

const NOW = 1_000_000;
let asked: unknown[];
let running: Pick<Running, 'pipelines' | 'changesets'>;
beforeEach(() => {
  asked = [];
  running = { pipelines: [], changesets: [] };
});

const pruned = (ages: Partial<ControlDeps['ages']> = {}) =>
  prune({
    git: { dropMirrors: async (before: number) => asked.push({ mirrors: before }) },
    logs: { prune: async (request: object) => asked.push(request) },
    workflows: { running: async () => ({ earlierQueue: false, ...running }) },
    ages: { keepLogsMs: 100, renewMirrorsMs: 50, ...ages },
    now: () => NOW,
    live: alive,
  } as Partial<Record<keyof ControlDeps, unknown>> as ControlDeps);

test('when nothing runs, what is older than each age goes', async () => {
  expect(await pruned()).toEqual({ logs: 1, mirrors: 2 });
  expect(asked).toEqual([{ before: NOW - 100, keep: [] }, { mirrors: NOW - 50 }]);
});

test('logs of pull requests that run are kept, and every mirror', async () => {
  running.pipelines.push({ pullRequest: 7, priority: 0 });
  const held = { changeset: 'c', repositories: [], exclusive: false, holds: 'decided' as const };
  running.changesets.push({ pullRequest: 9, ...held });
  expect(await pruned()).toEqual({ logs: 1, mirrors: 0 });
  expect(asked).toEqual([{ before: NOW - 100, keep: ['7-', '9-'] }]);
});

test('what is to be kept for ever is', async () => {
  expect(await pruned({ keepLogsMs: 'forever', renewMirrorsMs: 'never' })).toEqual({ logs: 0, mirrors: 0 });
  expect(asked).toEqual([]);
});
