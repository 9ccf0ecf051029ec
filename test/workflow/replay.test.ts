import { readdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { createMetrics } from '../../server/metrics.ts';
import { DATA_CONVERTER } from '../../server/temporal/connect.ts';
import { measureSinks } from '../../server/temporal/measures.ts';

// The changes that are to be caught are not news.
const telemetryOptions = { logging: { filter: { core: 'ERROR', other: 'ERROR' } as const } };
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions });

const FOLDER = join('test', 'histories');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const BUNDLE = process.env.LOCKSTEP_WORKFLOW_BUNDLE ?? '';

interface Recorded {
  events: { eventTime: string }[];
}

const asItWas = (history: Recorded): unknown => history;

async function replay(file: string, codePath = BUNDLE, seen = asItWas): Promise<void> {
  const history = seen(JSON.parse(await readFile(join(FOLDER, file), 'utf8')));
  const options = {
    workflowBundle: { codePath },
    dataConverter: DATA_CONVERTER,
    sinks: measureSinks(createMetrics(['control'])),
  };
  await Worker.runReplayHistory(options, history);
}

describe('a recorded history', () => {
  test('there is one of every kind of run', () => {
    for (const kind of [
      'success',
      'failure',
      'approval',
      'skip',
      'supersede',
      'compensation',
      'operator',
      'queue',
      'failure-report',
    ]) {
      expect(FILES.some((file) => file.startsWith(kind))).toBe(true);
    }
    const all = FILES.map((file) => readFileSync(join(FOLDER, file), 'utf8')).join();
    expect(all).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
  });

  test.each(FILES)('%s is what the workflows of today would do', async (file) => {
    await replay(file);
  });
});

describe('whatever the clock shows, the same is done: a fresh worker may see events at another time than a replay', () => {
  const at = (time: (i: number) => number) => (history: Recorded) => ({
    ...history,
    events: history.events.map((event, i) => ({ ...event, eventTime: new Date(time(i)).toISOString() })),
  });
  const HOUR_MS = 3_600_000;
  const BEGAN = Date.parse('2026-01-01T00:00:00Z');

  test.each(FILES)('%s, with a clock that stands still and with one that runs an hour for each event', async (file) => {
    await replay(
      file,
      BUNDLE,
      at(() => BEGAN),
    );
    await replay(
      file,
      BUNDLE,
      at((i) => BEGAN + i * HOUR_MS),
    );
  });
});

describe('F47: an incompatible change of a workflow is caught', () => {
  test.each([
    [
      'a timer before the tests',
      'success-changeset.json',
      'const run = desk.startTests();',
      '$&await (0,_temporalio_workflow__WEBPACK_IMPORTED_MODULE_0__.sleep)(1);',
    ],
    [
      'another activity before staging',
      'success-changeset.json',
      'const result = await perform(input, desk, step)',
      'if (step.do === "stage") await survey(input, desk, step); $&',
    ],
    ['no grant asked for', 'success-changeset.json', /take\([^\n]*askGrant\)?\(state, vector\)\);/, ''],
    ['no last word before the merge', 'success-pipeline.json', /await desk\.show\(\{\s+at: 'merging'\s+\}\);/, ''],
    ['a queue that takes over nothing', 'queue-queue-1.json', '...await adopt(input)', ''],
  ])('%s', async (_, file, from, to) => {
    const code = await readFile(BUNDLE, 'utf8');
    const changed = code.replace(from, to);
    expect(changed).not.toBe(code);
    const path = `${BUNDLE}.changed.js`;
    await writeFile(path, changed);
    await expect(replay(file, path)).rejects.toThrow(DeterminismViolationError);
  });
});

describe('what histories hold', () => {
  const events = FILES.flatMap((file) => {
    const { events: all } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as { events: object[] };
    return all.map((event) => ({ file, event }));
  });

  test('each file is small', () => {
    for (const file of FILES) expect([file, readFileSync(join(FOLDER, file)).length < 200_000]).toEqual([file, true]);
  });

  test('no payload is over 8 KB', () => {
    for (const { file, event } of events) {
      for (const data of payloadsOf(event)) expect([file, data.length <= 8192]).toEqual([file, true]);
    }
  });

  test('no secret, and no folder of the machine that recorded it', () => {
    for (const { event } of events) {
      const text = [JSON.stringify(event), ...payloadsOf(event)].join('\n');
      expect(text).not.toMatch(/gh[opsur]_|github_pat_|PRIVATE KEY|eyJ[\w-]+\.[\w-]+\.|[Bb]earer |hooks\.slack\.com/);
      expect(text).not.toContain(process.cwd());
    }
  });
});

/** Every payload of an event, decoded. */
function payloadsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(payloadsOf);
  if (typeof value !== 'object' || value === null) return [];
  if ('data' in value && 'metadata' in value && typeof value.data === 'string') {
    return [Buffer.from(value.data, 'base64').toString('utf8')];
  }
  return Object.values(value).flatMap(payloadsOf);
}
