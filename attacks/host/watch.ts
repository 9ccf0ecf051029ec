/** The watcher of the host's process table, asked from here. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** One run of somebody's tests. Times are in milliseconds since the epoch. */
export interface SeenRun {
  changeset: string;
  appearedAt: number;
  /** Of the test script, as the host numbers it. */
  script?: number;
  /** When the script was last seen alive: the beginning of that look. */
  scriptAliveAt?: number;
  /** When for the first time nothing of it was seen alive: the end of that look. */
  goneAt?: number;
  /** Processes at the same time. */
  most: number;
}

export interface Watch {
  /** Of this world's workspaces so far, the oldest first. */
  runs(): Promise<SeenRun[]>;
  stop(): Promise<void>;
}

export function startWatch(compiled: string, workspaces: string): Watch {
  const child = fork(join(compiled, 'attacks', 'host', 'watcher.js'), [workspaces], { execArgv: [] });
  let turn: Promise<unknown> = Promise.resolve();
  return {
    runs() {
      const answer = turn.then(async () => {
        child.send('runs');
        const [runs] = (await once(child, 'message')) as [SeenRun[]];
        return runs;
      });
      turn = answer.catch(() => undefined);
      return answer;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** An upper bound of how long something of a run lived after its script, in ms: what lies between two looks counts as life. */
export function livedAfter({ scriptAliveAt, goneAt }: SeenRun): number | undefined {
  return scriptAliveAt === undefined || goneAt === undefined ? undefined : goneAt - scriptAliveAt;
}
