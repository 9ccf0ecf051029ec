/** The test runner: log, time-out and cancellation, the same for every sandbox. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { failingCommand } from '../../src/logs/excerpt.ts';
import type { Live, LogStore, LogWriter, TestEnd, TestRequest, TestResult, TestRunner } from '../../src/ports.ts';
import type { Box, Running } from './box.ts';

/** How long output may still come after everything is dead: only where something escaped the kill, and holds the pipe. */
const DRAIN_MS = 1_000;

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
  running.output.on('data', (chunk: Uint8Array) => log.write(chunk));
  try {
    const { end, aborted } = await firstEnd(running, request.timeoutMs, live.signal);
    await clear(running);
    if (aborted) throw live.signal.reason;
    return end;
  } catch (error) {
    await clear(running);
    throw error;
  }
}

/** The script's own end, the time-out or the abort, whichever is first. */
async function firstEnd(running: Running, limitMs: number, signal: AbortSignal): Promise<Stop> {
  let clock: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const stopped = new Promise<Stop>((resolve) => {
    const timeout: TestEnd = { kind: 'timeout', limitMs };
    clock = setTimeout(() => resolve({ end: timeout, aborted: false }), limitMs);
    onAbort = () => resolve({ end: timeout, aborted: true });
    signal.addEventListener('abort', onAbort);
    // It may have been aborted while the sandbox was being set up: a listener added since hears nothing.
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([running.ended.then((end) => ({ end, aborted: false })), stopped]);
  } finally {
    clearTimeout(clock);
    signal.removeEventListener('abort', onAbort);
  }
}

interface Stop {
  end: TestEnd;
  aborted: boolean;
}

/** Kills what is left, also after a script that ended well: nothing may outlive its run. Then takes the rest of the output. */
async function clear(running: Running): Promise<void> {
  running.kill();
  await running.gone();
  await drained(running.output);
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
