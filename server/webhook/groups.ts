/**
 * Signals in groups (TEMPORAL.md, Signals): one is in flight, and carries all that came meanwhile. Who added an event is
 * answered only when the signal that carries it was taken.
 */
import type { ServerEvent } from '../../workflows/messages.ts';

const AT_MOST = 1000;

interface Waiting {
  events: ServerEvent[];
  resolve(): void;
  reject(error: unknown): void;
}

export interface Groups {
  /** Resolves when Temporal has taken the events; rejects when it has not. */
  add(events: ServerEvent[]): Promise<void>;
  /** All that was added has been answered. */
  idle(): Promise<void>;
}

export function createGroups(send: (events: ServerEvent[]) => Promise<void>): Groups {
  let waiting: Waiting[] = [];
  let running: Promise<void> = Promise.resolve();
  let busy = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = takeGroup();
      try {
        await send(group.flatMap((one) => one.events));
        for (const one of group) one.resolve();
      } catch (error) {
        for (const one of group) one.reject(error);
      }
    }
    busy = false;
  }

  function takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let count = 0;
    for (const one of waiting) {
      if (group.length > 0 && count + one.events.length > AT_MOST) break;
      group.push(one);
      count += one.events.length;
    }
    waiting = waiting.slice(group.length);
    return group;
  }

  return {
    add(events) {
      const added = new Promise<void>((resolve, reject) => {
        waiting.push({ events, resolve, reject });
      });
      if (!busy) {
        busy = true;
        running = drain();
      }
      return added;
    },
    idle: () => running,
  };
}
