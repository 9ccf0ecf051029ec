/** What came of an attack, seen from outside of what it says. */

import type { TestFailure } from '../src/changeset.ts';
import { USUAL_LIMITS } from '../src/limits.ts';
import { overLimit } from '../src/report/limits.ts';
import { type Attack, TRIED } from './attack.ts';
import { livedAfter } from './host/watch.ts';
import type { Came, Together } from './pipeline.ts';

export interface Verdict {
  name: string;
  verdict: 'blocked' | 'contained' | 'BROKE OUT';
  complaints: string[];
  /** Upper bounds, in ms: of the life of its processes after their end, and of the neighbour's pauses meanwhile. */
  lived?: number;
  pause?: number;
  /** The most processes that it had at the same time. */
  most: number;
  log: string;
}

/** Of an attack that its time ends. */
const NOT_SEEN_MS = 15_000;
/** Above this the neighbour was disturbed: it is due to beat every 20 ms, and shares processors with whoever attacks. */
const DISTURBED_MS = 2_000;
/** Nothing may live on for longer. Well above the aim of 100 ms: machines are busy, and looks take time. */
const DEAD_WITHIN_MS = 1_000;

export function judge(attack: Attack, together: Together, secrets: string[]): Verdict {
  const came = together.came.get(attack.name);
  if (came === undefined) throw new Error(`${attack.name} was not run`);
  const { log, runs } = came;
  const lived = runs.flatMap((run) => livedAfter(run) ?? []);
  const longest = lived.length === 0 ? undefined : Math.max(...lived);
  const beside = neighbourMeanwhile(attack, came, together);
  const complaints = [
    ...(attack.forges ? [] : [...log.matchAll(/^GOT .*$/gm)].map(([line]) => `it says: ${line}`)),
    ...secrets.filter((secret) => log.includes(secret)).map(() => 'a secret of the host stands in its log'),
    ...endOf(attack, came),
    ...attack.tried.filter((line) => !line.test(log)).map((line) => `its log has no ${line}: it was not tried`),
    ...(runs.length === (attack.runs ?? 1) ? [] : [`expected ${attack.runs ?? 1} runs, the host saw ${runs.length}`]),
    ...(longest !== undefined && longest <= DEAD_WITHIN_MS
      ? []
      : [`its processes lived ${longest ?? '?'} ms after it`]),
    ...beside.complaints,
  ];
  return {
    ...{ name: attack.name, complaints, log, most: Math.max(0, ...runs.map(({ most }) => most)) },
    verdict: complaints.length > 0 ? 'BROKE OUT' : attack.ends === undefined ? 'blocked' : 'contained',
    ...(longest !== undefined && { lived: longest }),
    pause: beside.pause,
  };
}

function endOf({ ends = { exit: TRIED } }: Attack, { outcome }: Came): string[] {
  const found =
    outcome.kind === 'failed' && outcome.reason.kind === 'tests' ? wordOf(outcome.reason.result) : outcome.kind;
  const wanted = wordWanted(ends);
  return wanted.test(found) ? [] : [`expected it to end as ${wanted.source}, found ${JSON.stringify(found)}`];
}

function wordOf(failure: TestFailure): string {
  switch (failure.kind) {
    case 'exit':
      return `exit ${failure.code}`;
    case 'signal':
      return `signal ${failure.signal}`;
    case 'limit':
      return failure.limit;
    case 'timeout':
      return 'timeout';
  }
}

function wordWanted(ends: NonNullable<Attack['ends']>): RegExp {
  if (ends === 'timeout' || ends === 'any') return ends === 'any' ? /./ : /^timeout$/;
  if ('exit' in ends) return ends.exit === 0 ? /^landed$/ : new RegExp(`^exit ${ends.exit}$`);
  if ('signal' in ends) return new RegExp(`^signal ${ends.signal}$`);
  const words = overLimit(ends.limit, USUAL_LIMITS).split(' (')[0];
  return new RegExp(`^${words} \\(`);
}

function neighbourMeanwhile(
  { ends }: Attack,
  { runs }: Came,
  { neighbour }: Together,
): { complaints: string[]; pause: number } {
  const { outcome, says, runs: its } = neighbour;
  const complaints: string[] = [];
  if (outcome.kind !== 'landed')
    complaints.push(`the neighbour did not land: ${JSON.stringify(outcome).slice(0, 300)}`);
  if (says === undefined) complaints.push('the neighbour said nothing at its end');
  // Of what runs into the time limit, a neighbour with the same limit sees the most, not all.
  const unseenMs = ends === 'timeout' ? NOT_SEEN_MS : 0;
  const covered = runs.every((run) =>
    its.some(
      (one) =>
        one.appearedAt <= (run.scriptAliveAt ?? 0) &&
        (one.goneAt ?? 0) + unseenMs >= (run.goneAt ?? Number.POSITIVE_INFINITY),
    ),
  );
  if (!covered) complaints.push('the neighbour did not run at the same time');
  for (const what of says?.changed ?? []) complaints.push(`the neighbour saw something changed: ${what}`);
  if ((says?.visitors ?? 0) > 0) complaints.push(`${says?.visitors} came to the neighbour's sockets`);
  const meanwhile = (says?.pauses ?? []).filter(({ at, ms }) =>
    runs.some((run) => at >= run.appearedAt && at - ms <= (run.goneAt ?? at)),
  );
  const pause = Math.max(0, ...meanwhile.map(({ ms }) => ms));
  if (pause > DISTURBED_MS) complaints.push(`the neighbour stood still for ${pause} ms`);
  return { complaints, pause };
}

/** Of the host as a whole, before and after. */
export function changesOf(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(before)
    .filter((what) => before[what] !== after[what])
    .map((what) => `the host was changed: ${what}`);
}
