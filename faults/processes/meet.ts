/** Effects as they happen in a process, and the faults of the plan that meet them: each once, in whichever process. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault, Plan } from '../plan.ts';
import { type Effect, isRequest } from '../points.ts';

/** Performs an effect, unless a fault meets it. */
export type Meet = <T>(at: { effect: Effect; repository?: string }, effect: () => Promise<T>) => Promise<T>;

/** The file that the environment of a faulty process names. */
export function readPlan(environment: Record<string, string | undefined>): Plan {
  return JSON.parse(readFileSync(environment.LOCKSTEP_FAULT_PLAN ?? '', 'utf8')) as Plan;
}

export function createMeet(plan: Plan): Meet {
  const met = new Map<Fault, number>();

  function faultAt({ effect, repository }: Parameters<Meet>[0]): Fault | undefined {
    for (const fault of plan.faults) {
      if (fault.effect !== effect || (fault.repository ?? repository) !== repository) continue;
      const count = (met.get(fault) ?? 0) + 1;
      met.set(fault, count);
      if (count === fault.nth && isFirst(plan, fault)) return fault;
    }
    return undefined;
  }

  return async (at, effect) => {
    const fault = faultAt(at);
    switch (fault?.kind) {
      case undefined:
        return effect();
      case 'K-':
        return die();
      case 'K+':
        await effect();
        return die();
      case 'EX':
        return loseReply(plan, { ...fault, ...at }, effect);
    }
  };
}

/** Among all processes of the run, those that were killed included. */
function isFirst({ happened }: Plan, { id }: Fault): boolean {
  try {
    writeFileSync(join(happened, id), new Date().toISOString(), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

async function loseReply<T>(plan: Plan, fault: Fault, effect: () => Promise<T>): Promise<T> {
  if (isRequest(fault.effect)) {
    await fetch(plan.arm, { method: 'POST', body: JSON.stringify(fault) });
    return effect();
  }
  await effect();
  throw new Error(`the reply of ${fault.effect} was lost`);
}
