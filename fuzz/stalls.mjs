/**
 * Loaded into a process before its own code (`node --import`): writes how long its event loop stood still at most, and what memory it has,
 * into a file, while it runs. The fuzzing's own; production code knows nothing of it.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const file = process.env.LOCKSTEP_FUZZ_STALLS;
if (file !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const began = performance.now();
  setInterval(() => {
    // Loading modules is no answer to anybody.
    if (performance.now() - began < 3_000) return delays.reset();
    const milliseconds = delays.max / 1e6 - 10;
    // Never half a file for one who reads it meanwhile.
    writeFileSync(`${file}.new`, JSON.stringify({ milliseconds, bytes: process.memoryUsage().rss }));
    renameSync(`${file}.new`, file);
  }, 250).unref();
}
