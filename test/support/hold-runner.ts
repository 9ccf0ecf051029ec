/** A worker for tests to kill: runs one script in the named sandbox. */
import { createFakeLogStore } from '../../activities/logs/fake.ts';
import { createTestRunner } from '../../activities/tests/runner.ts';
import { createUnsandboxedBox } from '../../activities/tests/unsandboxed.ts';
import { openedSandbox } from './sandboxes.ts';

const [name, request] = process.argv.slice(2);
const box = name === 'no sandbox' ? createUnsandboxedBox() : await openedSandbox(process.env.LOCKSTEP_TEST_SANDBOX);
const runner = createTestRunner({ box, logs: createFakeLogStore() });
const live = { signal: new AbortController().signal };
await runner.run(JSON.parse(request ?? '{}'), live);
