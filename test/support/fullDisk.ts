/**
 * A process of its own whose data folder is a small disk: `fullDisk.ts <dataDir> <url> <repository> <commit>`. Says as JSON what
 * a fetch and a log come to while the disk is nearly full, and once there is room again.
 */
import { execFile } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toFailure } from '../../activities/failures.ts';
import { createGit } from '../../activities/git/createGit.ts';
import { createFileLogStore } from '../../activities/logs/file.ts';

/** Room enough to begin with, not to end. */
const LEFT_BYTES = 700_000;
const LOG_BYTES = 1_500_000;

const [dataDir = '', url = '', repository = '', commit = ''] = process.argv.slice(2);
const git = createGit({ dataDir, remoteUrl: (name) => `${url}/${name}.git`, protocols: ['http'] });
const logs = createFileLogStore({ folder: join(dataDir, 'logs') });
const live = { signal: new AbortController().signal };

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { nonRetryable, message } = toFailure(error) as { nonRetryable?: boolean; message: string };
    return `${nonRetryable ? 'final' : 'tried again'}: ${message}`;
  }
}

async function writeLog(): Promise<void> {
  const log = await logs.create('run');
  log.write(Buffer.alloc(LOG_BYTES, 'x'));
  await log.close();
}

async function both(): Promise<{ fetch: string; log: string }> {
  return { fetch: await outcome(git.fetch(repository, [commit], live)), log: await outcome(writeLog()) };
}

const { bavail, bsize } = await statfs(dataDir);
const filler = join(dataDir, 'filler');
await writeFile(filler, Buffer.alloc(bavail * bsize - LEFT_BYTES));
const full = await both();
await rm(filler);
const again = await both();
const mirror = join(dataDir, 'mirrors', `${repository}.git`);
const { stdout, stderr } = await promisify(execFile)('git', ['-C', mirror, 'fsck', '--full', '--connectivity-only']);
process.stdout.write(JSON.stringify({ full, again, fsck: `${stdout}${stderr}` }));
