/**
 * How long a pipeline still works, guessed from how long earlier test runs of the same coordinator took. Only tests are
 * counted: they take minutes, landing takes seconds. One run is taken to need the median of the green runs that lasted
 * longer than it has lasted already (a red one may have stopped early); the changesets are then laid out as the pipeline
 * will run them: so many side by side, each after those that it waits for. Waits for people are left out, with everything
 * behind them. Where no run is a guide the time is unknown, and said to be.
 */
import { clock } from './phases.ts';
import type { ChangesetView, PipelineView } from './view.ts';

export interface Known {
  /** ISO 8601. */
  now: string;
  /** Durations of the coordinator's last green test runs, in ms, in any order. */
  samples: readonly number[];
}

/** What a test run still takes, in ms; `undefined` when no earlier one lasted so long. */
export function testsLeft(samples: readonly number[], elapsedMs = 0): number | undefined {
  const longer = samples.filter((sample) => sample > elapsedMs).sort((one, other) => one - other);
  const median = longer[Math.floor((longer.length - 1) / 2)];
  return median === undefined ? undefined : median - elapsedMs;
}

/** `none`: no test is left to wait for. */
export function timeLeft(view: PipelineView, known: Known): number | 'unknown' | 'none' {
  const open = view.changesets.filter((one) => one.status === undefined && one.phase.at !== 'ended');
  const lanes = Array.from({ length: Math.max(1, view.parallelism) }, () => 0);
  const ends = new Map<string, number>();
  const others = new Set<string>();
  let counted = false;
  // A plan is in order: what a changeset waits for stands before it.
  for (const one of [...open.filter(isTesting), ...open.filter((other) => !isTesting(other))]) {
    if (waitsForOthers(one) || one.after.some((below) => others.has(below))) {
      others.add(one.name);
      continue;
    }
    const left = ownTests(one, known);
    if (left === undefined) return 'unknown';
    counted ||= left > 0;
    const lane = lanes.indexOf(Math.min(...lanes));
    const begins = Math.max(lanes[lane] ?? 0, ...one.after.map((below) => ends.get(below) ?? 0));
    ends.set(one.name, begins + left);
    lanes[lane] = begins + left;
  }
  return counted ? Math.max(...ends.values()) : 'none';
}

function isTesting(changeset: ChangesetView): boolean {
  return changeset.phase.at === 'testing';
}

/** People, or a landing that may itself wait for them. */
function waitsForOthers({ phase, behind }: ChangesetView): boolean {
  return (
    phase.at === 'approval' ||
    phase.at === 'halted' ||
    phase.at === 'operator' ||
    phase.at === 'resolving' ||
    behind !== undefined
  );
}

function ownTests({ phase, tests }: ChangesetView, { now, samples }: Known): number | undefined {
  switch (phase.at) {
    case 'waiting':
    case 'preparing':
      return testsLeft(samples);
    case 'testing':
      return testsLeft(samples, tests === undefined ? 0 : Math.max(0, Date.parse(now) - Date.parse(tests.startedAt)));
    default:
      return 0;
  }
}

/**
 * `about 6 min left, until 10:50 UTC`; nothing when no test is left to wait for. The clock is still true when the words are
 * read long after they were written.
 */
export function timeLeftWords(view: PipelineView, known: Known): string | undefined {
  const left = timeLeft(view, known);
  if (left === 'none') return undefined;
  if (left === 'unknown') return 'time left unknown';
  if (view.stage.at === 'waiting') return `${about(left)} once it begins`;
  const until = new Date(Date.parse(known.now) + left).toISOString();
  return `${about(left)} left, until ${clock(until)} UTC`;
}

function about(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes === 0) return 'less than a minute';
  return minutes < 60 ? `about ${minutes} min` : `about ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
