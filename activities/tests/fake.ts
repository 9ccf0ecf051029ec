/** A test runner that runs nothing: each run goes as the test says. */

import { PassThrough } from 'node:stream';
import type { LogStore, TestEnd, TestRequest, TestRunner } from '../../src/ports.ts';
import { type Aftermath, type Box, NOTHING_MET } from './box.ts';
import { createTestRunner } from './runner.ts';

export interface FakeRun {
  output?: string | Uint8Array;
  /** `hangs` until it is killed. A thrown error is trouble with the sandbox. */
  end: TestEnd | 'hangs' | Error;
  /** What is seen when all is dead. */
  aftermath?: Aftermath;
}

export interface FakeTestRunner extends TestRunner {
  /** Every request, in the order they came. */
  requests: TestRequest[];
}

/** By default every run passes without output. */
export function createFakeTestRunner(options: {
  logs: LogStore;
  decide?: (request: TestRequest) => FakeRun;
}): FakeTestRunner {
  const requests: TestRequest[] = [];
  const decide = options.decide ?? ((): FakeRun => ({ end: { kind: 'exit', code: 0 } }));
  const box: Box = {
    async start(request) {
      requests.push(request);
      const { output, end, aftermath = NOTHING_MET } = decide(request);
      const stream = new PassThrough();
      if (output !== undefined) stream.write(output);
      const ended = end === 'hangs' ? new Promise<never>(() => undefined) : settle(end);
      return {
        output: stream,
        ended,
        kill: () => void stream.end(),
        limitMet: async () => aftermath.met,
        gone: async () => aftermath,
      };
    },
  };
  return { requests, ...createTestRunner({ box, logs: options.logs }) };
}

function settle(end: TestEnd | Error): Promise<TestEnd> {
  return 'kind' in end ? Promise.resolve(end) : Promise.reject(end);
}
