/**
 * A lock between processes of one machine, without dependencies (it guards their very installation).
 *
 * The lock is a folder of numbered turns. The highest number is the current turn: `free`, or its holder's process. A
 * process takes the lock by linking the next number, which can only succeed once. A dead holder's turn is simply passed
 * over, so no lock file is ever removed while somebody may be relying on it — the race of lock files with take-over.
 */
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FREE = 'free';

/**
 * Runs `work` while holding the lock at `folder`.
 *
 * @template T
 * @param {string} folder made if missing; only for this lock
 * @param {() => Promise<T>} work
 * @param {{ waiting?: (holder: number) => void, pollMs?: number }} [options] `waiting` is called at each look while another holds it
 * @returns {Promise<T>}
 */
export async function exclusive(folder, work, options = {}) {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const turn = take(folder);
    if (typeof turn === 'string') {
      try {
        return await work();
      } finally {
        replace(folder, turn, FREE);
      }
    }
    options.waiting?.(turn);
    await new Promise((resolve) => setTimeout(resolve, options.pollMs ?? 200));
  }
}

/** The turn taken, or the pid of the process that has it (0: somebody was faster). */
function take(folder) {
  const current = turns(folder).at(-1);
  if (current !== undefined) {
    const holder = readHolder(join(folder, String(current)));
    if (holder !== undefined && isAlive(holder)) return holder.pid;
  }
  const next = String((current ?? 0) + 1);
  if (!link(folder, next)) return 0;
  // A turn below the newest is an old number that had been cleared away: whoever holds the newest holds the lock.
  if (turns(folder).at(-1) !== Number(next)) {
    rmSync(join(folder, next), { force: true });
    return 0;
  }
  for (const old of turns(folder)) if (old < Number(next)) rmSync(join(folder, String(old)), { force: true });
  return next;
}

function turns(folder) {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function readHolder(path) {
  try {
    const text = readFileSync(path, 'utf8');
    return text === FREE ? undefined : JSON.parse(text);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function link(folder, name) {
  const draft = join(folder, `.${process.pid}.${process.hrtime.bigint()}`);
  writeFileSync(draft, JSON.stringify(markOf(process.pid)));
  try {
    linkSync(draft, join(folder, name));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replace(folder, name, text) {
  const draft = join(folder, `.${process.pid}.${process.hrtime.bigint()}`);
  writeFileSync(draft, text);
  renameSync(draft, join(folder, name));
}

/**
 * What tells a process from a later one with the same pid.
 *
 * @param {number} pid
 */
export function markOf(pid) {
  return { pid, started: startOf(pid) };
}

/**
 * Whether the marked process still runs.
 *
 * @param {{ pid: number, started: string }} mark
 */
export function isAlive({ pid, started }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startOf(pid) === started;
}

function startOf(pid) {
  try {
    if (process.platform === 'linux') {
      // The process's name may hold spaces and brackets: count fields after the last one. Field 22 is the start time.
      return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
