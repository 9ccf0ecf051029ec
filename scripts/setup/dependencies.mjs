/** Installs what package-lock.json pins, when that has not been done yet. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runForeground } from './child.mjs';
import { exclusive, isAlive, markOf } from './exclusive.mjs';

/** The npm that is installing. */
const CHILD = join('.lockstep', 'install.npm');
/** Inside node_modules, so that it goes when that goes: `npm ci` removes the folder first, and we write the stamp last. */
const STAMP = join('node_modules', '.lockstep-installed');

/**
 * Safe when two run at once, and after one was interrupted: the lock lets one install, the stamp says it was finished.
 *
 * @param {string} root the checkout
 * @param {(line: string) => void} say
 * @returns {Promise<void>} rejects with a sentence when npm fails
 */
export async function installDependencies(root, say) {
  const wanted = stampOf(root);
  if (installed(root) === wanted) return;
  let told = false;
  const waiting = (holder) => {
    if (!told && holder !== 0) say(`waiting for process ${holder}, which is installing the dependencies…`);
    told ||= holder !== 0;
  };
  await exclusive(join(root, '.lockstep', 'install.lock'), () => install(root, wanted, say), { waiting });
}

async function install(root, wanted, say) {
  if (installed(root) === wanted) return;
  await endOrphan(root);
  say('installing dependencies (npm ci)…');
  const begin = Date.now();
  const code = await runForeground('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    force: true,
    started: (pid) => writeFileSync(join(root, CHILD), JSON.stringify(markOf(pid))),
  });
  rmSync(join(root, CHILD), { force: true });
  if (code !== 0) throw new Error(`npm ci ended with ${code}: the dependencies are not installed`);
  writeFileSync(join(root, STAMP), wanted);
  say(`dependencies installed in ${Math.round((Date.now() - begin) / 1000)} s`);
}

/** The npm of an installer that was killed goes on writing into node_modules: two at once would mix their work. */
async function endOrphan(root) {
  const orphan = readText(join(root, CHILD));
  if (orphan === undefined) return;
  const mark = JSON.parse(orphan);
  while (isAlive(mark)) {
    process.kill(mark.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The lock's content and the platform: a folder shared between two kinds of machine holds the parts of one. */
function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(lock).digest('hex');
  return `${digest} ${process.platform} ${process.arch}\n`;
}

function installed(root) {
  return readText(join(root, STAMP));
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
