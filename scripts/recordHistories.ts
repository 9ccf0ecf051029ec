/** `npm run histories`: records the histories below `test/histories/` anew, from real runs on a Temporal server of its own. */
import { runForeground } from './setup/child.mjs';
import { withTestServer } from './testServer.ts';

const say = (line: string) => process.stderr.write(`lockstep: ${line}\n`);

process.exitCode = await withTestServer(say, ({ env }) =>
  runForeground(process.execPath, ['--import', 'tsx', 'test/support/recordHistories.ts'], {
    env: { ...process.env, ...env },
  }),
);
