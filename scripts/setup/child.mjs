/** Runs a command in the foreground, and never leaves it behind. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Starts a command with this process's own input and output, hands it the signals that this process gets, and waits.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { force?: boolean, started?: (pid: number) => void }} [options]
 *   `force`: any signal kills it at once, for a child whose half-done work is thrown away and that takes its time to end
 * @returns {Promise<number>} its exit code, or 128 + the signal that ended it
 */
export function runForeground(command, args, { force = false, started, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole foreground group: the child has it already, and two mean "at once" to many.
      if (force) child.kill('SIGKILL');
      else if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    if (child.pid !== undefined) started?.(child.pid);
    const done = (settle) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      settle();
    };
    child.once('error', (error) => done(() => reject(error)));
    child.once('exit', (code, signal) => done(() => resolve(code ?? 128 + (constants.signals[signal] ?? 0))));
  });
}
