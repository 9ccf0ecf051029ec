/** What of attacks is alive on the host when all is over: by a mark in their command lines, and by their place. */
import { commandOf, processes } from '../../faults/check/leftovers.ts';

/** Stands in the command line of whatever an attack means to leave behind: seconds that nobody else sleeps. */
export const MARK = '86399';

export function leftAlive(dataDir: string): string[] {
  return processes()
    .map((pid) => commandOf(pid))
    .filter((command) => command.includes(`sleep ${MARK}`) || command.includes(`${dataDir}/workspaces/`))
    .map((command) => `a process lives on: ${command.slice(0, 200)}`);
}
