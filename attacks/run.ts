/** Runs attacks through the whole of Lockstep, and says of each whether it was held. */
import type { Stage } from '../faults/world.ts';
import type { Attack, Setting } from './attack.ts';
import { type Host, openHost } from './host/host.ts';
import { leftAlive } from './host/left.ts';
import { changesOf, judge, type Verdict } from './judge.ts';
import { runTogether } from './pipeline.ts';

export interface Ran {
  verdicts: Verdict[];
  /** What belongs to no attack alone: the host was changed, somebody came to a socket, something lives on. */
  complaints: string[];
  /** Kept where something broke out. */
  folder?: string;
}

const ORDER: Setting[] = ['usual', 'narrow', 'timeout'];

export async function runAttacks(stage: Stage, attacks: Attack[], told: (verdict: Verdict) => void): Promise<Ran> {
  const host = await openHost(stage);
  let keep = true;
  try {
    const before = host.traps.look();
    const verdicts: Verdict[] = [];
    for (const setting of ORDER) {
      const chosen = attacks.filter((attack) => (attack.setting ?? 'usual') === setting);
      if (chosen.length === 0) continue;
      const together = await runTogether(host, setting, chosen);
      for (const attack of chosen) {
        const verdict = judge(attack, together, host.secrets());
        verdicts.push(verdict);
        told(verdict);
      }
    }
    const complaints = complaintsOf(host, before);
    keep = complaints.length > 0 || verdicts.some((one) => one.complaints.length > 0);
    return { verdicts, complaints, ...(keep && { folder: host.world.folder }) };
  } finally {
    await host.stop(keep ? 'keep' : 'remove');
  }
}

function complaintsOf({ traps, targets, world }: Host, before: Record<string, string>): string[] {
  const died = world.supervisor.all().filter((one) => one.deaths() > 0);
  return [
    ...changesOf(before, traps.look()),
    ...traps.visits.map(({ to }) => `somebody came out to the host by ${to}`),
    ...leftAlive(targets.dataDir),
    ...died.map(({ name, deaths }) => `the process ${name} of Lockstep died ${deaths()} times`),
  ];
}
