/** Attacks as their authors bring them: branches, and a manifest pull request that names them beside a neighbour. */

import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createFileLogStore } from '../activities/logs/file.ts';
import { idOf } from '../faults/people.ts';
import { COORDINATOR, PERSON } from '../faults/template.ts';
import { until } from '../faults/until.ts';
import type { Outcome } from '../src/changeset.ts';
import { type Attack, SETTINGS, type Setting } from './attack.ts';
import type { Host } from './host/host.ts';
import type { SeenRun } from './host/watch.ts';
import { NEIGHBOUR, type NeighbourSays, neighbourTest, readNeighbour } from './neighbour.ts';
import { configuration, executable, LANES, NEXT_DOOR } from './template.ts';

/** What came of one changeset. */
export interface Came {
  outcome: Outcome;
  log: string;
  /** Each try, the oldest first. */
  runs: SeenRun[];
}

export interface Together {
  came: Map<string, Came>;
  neighbour: Came & { says: NeighbourSays | undefined };
}

/** One manifest: all of them end before the neighbour is told to. */
export async function runTogether(host: Host, setting: Setting, attacks: Attack[]): Promise<Together> {
  const { world, watch } = host;
  const since = performance.timeOrigin + performance.now();
  await openBranches(host, setting, attacks);
  const number = await submit(host, setting, attacks);
  const conductor = startConductor(host, since, setting === 'timeout' ? NEIGHBOUR_LEAVES_MS : Number.POSITIVE_INFINITY);
  try {
    const names = attacks.map(({ name }) => name);
    const outcomes = await Promise.all(names.map((name) => outcomeOf(host, number, name)));
    conductor.endNeighbour();
    const last = await outcomeOf(host, number, NEIGHBOUR);
    const runs = (await watch.runs()).filter((run) => run.appearedAt >= since);
    const came = async (name: string, outcome: Outcome): Promise<Came> => ({
      outcome,
      log: await logOf(world.dataDir, number, name, outcome),
      runs: runs.filter(({ changeset }) => changeset === name),
    });
    const neighbour = await came(NEIGHBOUR, last);
    const all = await Promise.all(
      names.map(async (name, i) => [name, await came(name, outcomes[i] as Outcome)] as const),
    );
    return { came: new Map(all), neighbour: { ...neighbour, says: readNeighbour(neighbour.log) } };
  } finally {
    await conductor.stop();
  }
}

async function openBranches({ world, targets }: Host, setting: Setting, attacks: Attack[]): Promise<void> {
  const { admin } = world.github;
  await admin.commit(COORDINATOR, 'main', { files: configuration(SETTINGS[setting]), message: `Limits: ${setting}` });
  for (const [i, { name, test, files }] of attacks.entries()) {
    const own = { [`tests/${name}`]: executable(test(targets)), ...files?.(targets) };
    await admin.commit(laneOf(i), name, { files: own, message: name, author: PERSON });
  }
  const files = {
    [`tests/${NEIGHBOUR}`]: executable(neighbourTest(`${setting}-secret-of-the-neighbour`)),
    [setting]: '',
  };
  await admin.commit(NEXT_DOOR, `${NEIGHBOUR}-${setting}`, { files, message: NEIGHBOUR, author: PERSON });
}

const laneOf = (index: number) => LANES[index % LANES.length] ?? '';

async function submit({ world }: Host, setting: Setting, attacks: Attack[]): Promise<number> {
  const entry = (name: string, repository: string, branch: string, priority: number) => [
    ...[`  - name: ${name}`, `    priority: ${priority}`, '    repositories:'],
    ...[`      - name: ${repository}`, `        branch: ${branch}`],
  ];
  const lines = [
    'changesets:',
    ...entry(NEIGHBOUR, NEXT_DOOR, `${NEIGHBOUR}-${setting}`, 10),
    ...attacks.flatMap(({ name }, i) => entry(name, laneOf(i), name, 1)),
  ];
  const branch = `attacks-${setting}`;
  const files = { [`changesets/${branch}.yaml`]: `${lines.join('\n')}\n` };
  const { admin } = world.github;
  await admin.commit(COORDINATOR, branch, { files, message: branch, author: PERSON });
  return admin.openPullRequest(COORDINATOR, { head: branch, title: branch, author: PERSON });
}

/** It waits for those before it in its lane. */
const BEGINS_WITHIN_MS = 1_800_000;

async function outcomeOf({ world }: Host, number: number, name: string): Promise<Outcome> {
  const { workflow } = world.client;
  const id = idOf(number, name);
  await until(`${name} to begin`, () => workflow.getHandle(id).describe(), {
    withinMs: BEGINS_WITHIN_MS,
    everyMs: 1_000,
  });
  return (await workflow.getHandle(id).result()) as Outcome;
}

/** Attacks wait for the neighbour, and the neighbour for the end of the attacks: the host tells them, by a signal that they wait for. */
function startConductor({ watch }: Host, since: number, neighbourLeavesMs: number) {
  const begun = new Set<number>();
  let [over, ending] = [false, false];
  const work = (async () => {
    while (!over) {
      const open = (await watch.runs()).filter((run) => run.appearedAt >= since && run.goneAt === undefined);
      const neighbour = open.find(({ changeset, script }) => changeset === NEIGHBOUR && waits(script));
      const leaves = neighbour !== undefined && lastedMs(neighbour) > neighbourLeavesMs;
      if (neighbour !== undefined && (ending || leaves)) tell(neighbour.script);
      for (const { changeset, script } of open) {
        if (neighbour === undefined || changeset === NEIGHBOUR || script === undefined) continue;
        if (begun.has(script) || !waits(script)) continue;
        begun.add(script);
        tell(script);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    endNeighbour() {
      ending = true;
    },
    async stop() {
      over = true;
      await work;
    },
  };
}

/** Where attacks run into the time limit, which is the neighbour's too: it ends well before its own. */
const NEIGHBOUR_LEAVES_MS = 14_000;

const lastedMs = ({ appearedAt }: SeenRun) => performance.timeOrigin + performance.now() - appearedAt;

const SIGUSR2 = 1n << 11n;

/** Whether it catches the signal: before, it would die of it. */
function waits(pid: number | undefined): boolean {
  const mask = /^SigCgt:\t([0-9a-f]+)$/m.exec(readIfThere(`/proc/${pid}/status`))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & SIGUSR2) !== 0n;
}

function tell(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGUSR2');
  } catch {
    // It has ended.
  }
}

/** Of the last try; those of a changeset that landed are found by their name. */
async function logOf(dataDir: string, number: number, name: string, outcome: Outcome): Promise<string> {
  const folder = join(dataDir, 'logs');
  if (outcome.kind === 'failed' && outcome.reason.kind === 'tests') {
    const stream = await createFileLogStore({ folder }).read(outcome.reason.result.log.id);
    return stream === undefined ? '' : text(stream);
  }
  const file = (await readdir(folder)).find((one) => one.startsWith(`${number}-${name}-`));
  return file === undefined ? '' : readFile(join(folder, file), 'utf8');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
