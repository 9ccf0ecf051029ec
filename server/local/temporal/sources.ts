/** The places a `temporal` command can come from. Each gives a path, or the reason why it does not serve. */
import { access, chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { withProgress } from './progress.ts';
import { isAtLeast, OLDEST_CLI, TEMPORAL_CLI } from './versions.ts';

export type Found = { path: string } | { reason: string };

const BUILD = fileURLToPath(new URL('./build/', import.meta.url));
const DOWNLOAD = fileURLToPath(new URL('./download.mjs', import.meta.url));

/** A download that brings nothing for this long is given up. */
const STALLED_MS = 30_000;
const POLL_MS = 1_000;

/** The version of a `temporal` command that runs, e.g. `1.5.1`; or why it does not run. */
export async function versionOf(path: string): Promise<{ version: string } | { reason: string }> {
  const run = await execa(path, ['--version'], { reject: false, timeout: 20_000 });
  if (run.failed) return { reason: `${path} does not run: ${run.shortMessage}` };
  const version = /version (\S+)/.exec(run.stdout)?.[1];
  return version === undefined ? { reason: `${path} --version said ${JSON.stringify(run.stdout)}` } : { version };
}

/** `temporal` on PATH, when it is new enough. */
export async function onPath(searchPath: string): Promise<Found> {
  for (const folder of searchPath.split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, 'temporal');
    if (!(await isExecutable(path))) continue;
    const found = await versionOf(path);
    if ('reason' in found) return found;
    if (isAtLeast(found.version, OLDEST_CLI)) return { path };
    return { reason: `${path} is version ${found.version}, expected ${OLDEST_CLI} or newer` };
  }
  return { reason: 'no `temporal` on PATH' };
}

/** The copy of an earlier run. A broken one is removed, so that it is made again. */
export async function inCache(path: string): Promise<Found> {
  if (!(await isExecutable(path))) return { reason: `no copy at ${path}` };
  const found = await versionOf(path);
  if ('version' in found) return { path };
  await rm(path, { force: true });
  return found;
}

/** The SDK's own download, put at `target`. */
export async function downloaded(target: string, say: (line: string) => void): Promise<Found> {
  const folder = `${target}.download`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const stall = new AbortController();
  const watch = watchGrowth(folder, () => stall.abort());
  try {
    const run = await withProgress('downloading Temporal through the SDK', say, () =>
      execa(process.execPath, [DOWNLOAD, folder, `v${TEMPORAL_CLI}`], {
        reject: false,
        cancelSignal: stall.signal,
        forceKillAfterDelay: 1_000,
      }),
    );
    if (run.isCanceled) return { reason: `the SDK's download brought nothing for ${STALLED_MS / 1000} s` };
    if (run.failed) return { reason: `the SDK's download failed: ${lastLine(run.stderr)}` };
    const file = (await readdir(folder)).find((name) => name.startsWith('temporal') && !name.endsWith('.downloading'));
    if (file === undefined) return { reason: `the SDK's download left no file in ${folder}` };
    await chmod(join(folder, file), 0o755);
    await rename(join(folder, file), target);
    return { path: target };
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Built from the sources that `build/go.mod` and `build/go.sum` pin, put at `target`. */
export async function built(target: string, say: (line: string) => void): Promise<Found> {
  if ((await execa('go', ['version'], { reject: false })).failed) return { reason: 'no `go` on PATH to build it with' };
  const draft = `${target}.${process.pid}.building`;
  let packages = 0;
  try {
    const run = await withProgress(
      'building Temporal from its sources (the first time takes about 4 minutes)',
      say,
      () => {
        const build = execa(
          'go',
          ['build', '-v', '-trimpath', '-ldflags=-s -w', '-o', draft, 'github.com/temporalio/cli/cmd/temporal'],
          { cwd: BUILD, env: { CGO_ENABLED: '0' }, reject: false },
        );
        build.stderr.on('data', (chunk: Buffer) => {
          packages += chunk.toString().split('\n').length - 1;
        });
        return build;
      },
      () => `${packages} packages done`,
    );
    if (run.failed) return { reason: `the build from sources failed: ${lastLine(run.stderr) || run.shortMessage}` };
    await rename(draft, target);
    return { path: target };
  } finally {
    await rm(draft, { force: true });
  }
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, 1);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function watchGrowth(folder: string, stalled: () => void): NodeJS.Timeout {
  let bytes = -1;
  let since = performance.now();
  const look = async () => {
    const now = await sizeOf(folder);
    if (now !== bytes) [bytes, since] = [now, performance.now()];
    else if (performance.now() - since > STALLED_MS) stalled();
  };
  return setInterval(() => void look(), POLL_MS);
}

async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (file) => file.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s+at |^Node\.js v|^}/.test(line));
  return (lines.find((line) => /error:/i.test(line)) ?? lines.at(-1) ?? '').trim().slice(0, 160);
}
