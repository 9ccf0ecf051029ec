/** What a test run's output tells at a glance. */

/** A result carries at most this much of a log; the whole log travels by reference. */
export const TAIL_BYTES = 8 * 1024;

/**
 * Lines that name the command a run ended on, each with where the command stands in it. Shells and tools say it in their own
 * ways; when several match, the last in the log counts, because what follows a failure is only its echo.
 */
const TRACES: RegExp[] = [
  // `set -x`: `+ npm test`, one `+` per level.
  /^\++ (?<command>\S.*)$/,
  // A prompt that scripts and runners print before what they run.
  /^\$ (?<command>\S.*)$/,
  /^npm (?:error|ERR!) command (?:sh -c )?(?<command>.+)$/,
  /^make(?:\[\d+\])?: \*\*\* \[(?:[^\]]*: )?(?<make>[^\]:]+)\] Error \d+/,
  /^\S+: (?:line )?\d+: (?<command>.+): (?:command not found|not found|Permission denied)$/,
];

/** Printed by `set -x` for what a script does on its way out, not for what failed. */
const EXITS = /^(?:exit|return|trap|cleanup)\b/;

/** The command that failed, as far as the end of the log tells. */
export function failingCommand(tail: string): string | undefined {
  for (const line of tail.split(/\r?\n/).reverse()) {
    for (const trace of TRACES) {
      const groups = trace.exec(line)?.groups;
      const command = groups?.command ?? (groups?.make === undefined ? undefined : `make ${groups.make}`);
      if (command !== undefined && !EXITS.test(command)) return command.slice(0, 500);
    }
  }
  return undefined;
}

/** Stands in a log where output was left out. */
export function cutNotice(cut: { leftOut: number; head: number; tail: number }): string {
  return `\n[lockstep: ${cut.leftOut} bytes left out here: of a long log the first ${cut.head} and the last ${cut.tail} bytes are kept]\n`;
}
