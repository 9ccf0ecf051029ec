/**
 * Everything outside Lockstep's process is reached through here: an effect waits until it is its turn, and a fault may meet
 * it. `K−` and `K+` kill the process before and after, `EX` loses the answer, a late one happens after it was given up.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { waitsForGitHub } from '../activities/failures.ts';
import type { PushAnswer } from '../src/ports.ts';
import type { Remote } from './git.ts';
import type { Random } from './random.ts';
import type { Fault } from './scenario.ts';
import type { Step } from './temporal/activityTasks.ts';
import type { Attempt } from './temporal/run.ts';

interface Waiting {
  what: string;
  attempt: Attempt | undefined;
  effect(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Sleeping {
  at: number;
  attempt: Attempt | undefined;
  wake(): void;
  over(): void;
}

export interface Outside {
  remote: Remote;
  within<T>(attempt: Attempt, work: () => T): T;
  attempt(): Attempt;
  /** In virtual time. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  steps(): Step[];
  nextMoment(): number | undefined;
  effects(): number;
  /** To a member's main. */
  pushes(): number;
}

/** One for all worlds: each that was ever used makes every promise of the process slower. */
const storage = new AsyncLocalStorage<Attempt>();

export function createOutside(about: {
  now(): number;
  random: Random;
  faults: Fault[];
  pushLifeMs: number;
  kill(): Promise<void>;
}): Outside {
  const waiting: Waiting[] = [];
  const late: { at: number; what: string; effect(): unknown }[] = [];
  const sleeping: Sleeping[] = [];
  let count = 0;
  let pushes = 0;
  const within = new Map<string, number>();

  const afterwards = ({ what, effect }: Waiting) =>
    late.push({ what, effect, at: about.now() + about.random.between(0, about.pushLifeMs - 1) });

  async function happen(one: Waiting): Promise<void> {
    waiting.splice(waiting.indexOf(one), 1);
    count += 1;
    const isPush = one.what.startsWith('push ');
    const toMain = isPush && one.what.endsWith(' refs/heads/main');
    if (toMain) pushes += 1;
    const type = one.attempt?.task.type ?? '';
    const inType = (within.get(type) ?? 0) + 1;
    within.set(type, inType);
    const meets = ({ on, nth }: Fault) => {
      if (on === 'anything') return nth === count;
      return on === 'push' ? toMain && nth === pushes : on === type && nth === inType;
    };
    const fault = about.faults.find(meets)?.kind;
    switch (fault) {
      case 'killBefore':
        return about.kill();
      case 'killLate':
        if (isPush) afterwards(one);
        return about.kill();
      case 'killAfter':
        attempt(one);
        return about.kill();
      case 'failBefore':
        return unanswered(one);
      case 'late':
        if (isPush) afterwards(one);
        return unanswered(one);
      case 'lostReply':
        attempt(one);
        return unanswered(one);
      case undefined:
        return settle(one);
    }
  }

  /** Its answer is heard by nobody. */
  function attempt({ effect }: Pick<Waiting, 'effect'>): void {
    try {
      const result = effect();
      if (result instanceof Promise) result.catch(() => undefined);
    } catch {
      // Neither is its refusal.
    }
  }

  function settle({ effect, resolve, reject }: Waiting): void {
    try {
      resolve(effect());
    } catch (error) {
      reject(error);
    }
  }

  function unanswered({ what, resolve, reject }: Waiting): void {
    const answer: PushAnswer = { kind: 'unanswered', message: 'the connection was lost' };
    if (what.startsWith('push ')) resolve(answer);
    else reject(waitsForGitHub(`${what}: the connection was lost`));
  }

  /** Whoever waits for a push is told to let go: its client is killed, and what was sent may arrive all the same. */
  function callOff(one: Waiting): void {
    waiting.splice(waiting.indexOf(one), 1);
    if (about.random.chance(50)) afterwards(one);
    unanswered(one);
  }

  const isAlive = ({ attempt: one }: { attempt: Attempt | undefined }) => one?.dead !== true;

  const isCalledOff = ({ what, attempt: one }: Waiting) =>
    what.startsWith('push ') && one?.controller.signal.aborted === true;

  return {
    remote: <T>(what: string, effect: () => T) =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ what, attempt: storage.getStore(), effect, resolve: resolve as Waiting['resolve'], reject });
      }),
    within: (one, work) => storage.run(one, work),
    attempt() {
      const one = storage.getStore();
      if (one === undefined) throw new Error('no activity runs here');
      return one;
    },
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        const one: Sleeping = {
          at: about.now() + ms,
          attempt: storage.getStore(),
          wake: resolve,
          over: () => undefined,
        };
        sleeping.push(one);
        const giveUp = () => reject(signal.reason);
        signal.addEventListener('abort', giveUp, { once: true });
        one.over = () => signal.removeEventListener('abort', giveUp);
      }),
    steps() {
      for (const all of [waiting, sleeping]) {
        for (const one of all.filter((each) => !isAlive(each))) all.splice(all.indexOf(one as never), 1);
      }
      for (const one of waiting.filter(isCalledOff)) callOff(one);
      return [
        ...waiting.map((one): Step => ({ name: one.what, do: () => happen(one) })),
        ...sleeping
          .filter(({ at }) => at <= about.now())
          .map(
            (one): Step => ({
              name: 'wake',
              do() {
                sleeping.splice(sleeping.indexOf(one), 1);
                one.over();
                one.wake();
              },
            }),
          ),
        ...late
          .filter(({ at }) => at <= about.now())
          .map(
            (one): Step => ({
              name: `late: ${one.what}`,
              do() {
                late.splice(late.indexOf(one), 1);
                attempt(one);
              },
            }),
          ),
      ];
    },
    nextMoment() {
      const moments = [...sleeping, ...late].map(({ at }) => at).filter((at) => at > about.now());
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
    effects: () => count,
    pushes: () => pushes,
  };
}
