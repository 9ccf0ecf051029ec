/** The test runner: log, time-out and cancellation, the same for every sandbox. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { LimitName } from '../../src/limits.ts';
import { failingCommand } from '../../src/logs/excerpt.ts';
import type { Live, LogStore, LogWriter, TestEnd, TestRequest, TestResult, TestRunner } from '../../src/ports.ts';
import { overLimit } from '../../src/report/limits.ts';
import type { Aftermath, Box, Running } from './box.ts';

/** How long output may still come after everything is dead: only where something escaped the kill, and holds the pipe. */
const DRAIN_MS = 1_000;

/** Between two looks at the limits. */
const LOOK_EVERY_MS = 100;

export function createTestRunner({ box, logs }: { box: Box; logs: LogStore }): TestRunner {
  return {
    async run(request, live) {
      live.signal.throwIfAborted();
      const log = await logs.create(request.run);
      const started = performance.now();
      let end: TestEnd;
      try {
        end = await runInBox({ box, request, live, log });
      } catch (error) {
        // The log of a broken run is of use to whoever looks for the reason; the reason itself must not be lost over it.
        await log.close().catch(() => undefined);
        throw error;
      }
      const durationMs = Math.round(performance.now() - started);
      return withCommand({ end, durationMs, log: await log.close() });
    },
  };
}

interface Run {
  box: Box;
  request: TestRequest;
  live: Live;
  log: LogWriter;
}

async function runInBox({ box, request, live, log }: Run): Promise<TestEnd> {
  const running = await box.start(request);
  const met = watch(running, request.limits.outputBytes);
  running.output.on('data', (chunk: Uint8Array) => {
    log.write(chunk);
    met.count(chunk.length);
  });
  const stop = await firstStop(running, { limitMs: request.timeoutMs, signal: live.signal, met: met.limit });
  met.end();
  const { met: seen, killedByHost } = await clear(running);
  if (stop.of === 'abort') throw live.signal.reason;
  // What was met explains everything that came of it, also a sandbox that broke.
  const over = (limit: LimitName): TestEnd => ({ kind: 'limit', limit: overLimit(limit, request.limits) });
  if (stop.of === 'limit') return over(stop.limit);
  if (seen !== undefined) return over(seen);
  if (killedByHost) throw new Error('the machine ran out of memory and killed a test that was within its own limit');
  if (stop.of === 'broken') throw stop.error;
  return stop.end;
}

type Stop =
  | { of: 'end'; end: TestEnd }
  | { of: 'limit'; limit: LimitName }
  | { of: 'broken'; error: unknown }
  | { of: 'abort' };

/** The script's own end, a limit, the time-out or the abort, whichever is first. */
async function firstStop(
  running: Running,
  { limitMs, signal, met }: { limitMs: number; signal: AbortSignal; met: Promise<LimitName> },
): Promise<Stop> {
  let clock: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const stopped = new Promise<Stop>((resolve) => {
    clock = setTimeout(() => resolve({ of: 'end', end: { kind: 'timeout', limitMs } }), limitMs);
    onAbort = () => resolve({ of: 'abort' });
    signal.addEventListener('abort', onAbort);
    // It may have been aborted while the sandbox was being set up: a listener added since hears nothing.
    if (signal.aborted) onAbort();
  });
  const ended = running.ended.then(
    (end): Stop => ({ of: 'end', end }),
    (error: unknown): Stop => ({ of: 'broken', error }),
  );
  try {
    return await Promise.race([stopped, ended, met.then((limit): Stop => ({ of: 'limit', limit }))]);
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Looks after the limits while a script runs: one that was met makes the run red whatever the script makes of it. */
function watch(running: Running, outputBytes: number) {
  let left = outputBytes;
  let tell: (limit: LimitName) => void = () => {};
  const limit = new Promise<LimitName>((resolve) => {
    tell = resolve;
  });
  const look = setInterval(() => {
    // A sandbox that is just ending cannot be looked at; what it met is seen at its end.
    running.limitMet().then(
      (met) => met && tell(met),
      () => undefined,
    );
  }, LOOK_EVERY_MS);
  return {
    limit,
    count(bytes: number) {
      left -= bytes;
      if (left < 0) tell('output');
    },
    end: () => clearInterval(look),
  };
}

/** Kills what is left, also after a script that ended well: nothing may outlive its run. Then takes the rest of the output. */
async function clear(running: Running): Promise<Aftermath> {
  running.kill();
  const aftermath = await running.gone();
  await drained(running.output);
  return aftermath;
}

async function drained(output: Readable): Promise<void> {
  if (output.closed) return;
  const late = setTimeout(() => output.destroy(), DRAIN_MS);
  await once(output, 'close').catch(() => undefined);
  clearTimeout(late);
}

function withCommand(result: TestResult): TestResult {
  if (result.end.kind === 'exit' && result.end.code === 0) return result;
  const command = failingCommand(result.log.tail);
  return command === undefined ? result : { ...result, log: { ...result.log, failingCommand: command } };
}
