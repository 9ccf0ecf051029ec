/** Runs some at a time, each in a process that performs nothing else meanwhile. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Asked } from './processes/performer.ts';
import type { Result } from './run.ts';
import type { Stage } from './world.ts';

/** Results come in the order in which they were had. */
export async function inParallel<R>(
  stage: Stage,
  given: { runs: Asked[]; parallel: number },
  done: (run: Asked, result: Result) => R,
): Promise<R[]> {
  const waiting = [...given.runs];
  const results: R[] = [];
  const work = async () => {
    const child = start(stage);
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      results.push(done(run, await perform(child, run)));
    }
    child.disconnect();
  };
  await Promise.all(Array.from({ length: Math.min(given.parallel, waiting.length) }, work));
  return results;
}

function start(stage: Stage): ChildProcess {
  const file = join(stage.compiled, 'faults', 'processes', 'performer.js');
  return fork(file, { execArgv: [], env: { ...process.env, LOCKSTEP_FAULT_STAGE: JSON.stringify(stage) } });
}

async function perform(child: ChildProcess, { name, seed }: Asked): Promise<Result> {
  const over = new AbortController();
  const { signal } = over;
  const died = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`expected the process of ${name} to perform it, found that it ended with ${code}`);
  });
  const result = once(child, 'message', { signal }).then(([message]) => message as Result);
  child.send({ name, seed } satisfies Asked);
  try {
    return await Promise.race([result, died]);
  } finally {
    // What did not come is waited for no longer.
    result.catch(() => undefined);
    died.catch(() => undefined);
    over.abort();
  }
}
