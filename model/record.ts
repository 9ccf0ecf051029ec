/** What happened on the way to a state, as the invariants want to have it. */
import type { Attempt, CommandGiven, CommitFacts, Happened, MainUpdate } from '../invariants/happened.ts';
import { type Commit, toLand } from '../src/changeset.ts';
import type { Context } from './context.ts';
import { full, OTHERWISE } from './setting.ts';
import type { Answered, Facts, State } from './world.ts';

/** Facts come before what follows from them; between those that no state puts in an order, any will do. */
const BEFORE = -1;

export function happenedIn(context: Context, state: State, stuck?: string[]): Happened {
  const mains = mainsOf(context, state);
  const all = state.runs.flatMap((run, c) =>
    attemptsOf(context, run.facts).map((facts, number) => ({ c, number, facts, changeset: labelOf(context, c) })),
  );
  return {
    commits: commitsOf(context),
    mains,
    attempts: all.map((one) => {
      const later = all.filter((other) => other.c === one.c && other.number > one.number);
      return attemptOf(context, one, { mains, later });
    }),
    greens: all.flatMap(({ facts, changeset }) =>
      facts.greens.map((vector) => ({ at: BEFORE, changeset, vector: context.vectors.at(vector) })),
    ),
    approvals: all.flatMap(({ facts, changeset }) =>
      facts.approvals.map((heads) => ({ at: BEFORE, changeset, heads: context.heads.at(heads) })),
    ),
    commands: all.flatMap(({ facts, changeset }) => commandsOf(changeset, facts)),
    ...(stuck !== undefined && { stuck, leftovers: leftoversOf(context, state) }),
  };
}

/** The first attempt first. */
function attemptsOf(context: Context, id: number | null): Facts[] {
  if (id === null) return [];
  const facts = context.facts.at(id);
  return [...attemptsOf(context, facts.before), facts];
}

/** Only what these are made of: states that differ in nothing else need to be judged but once. */
export function recordKey(state: State): string {
  const logs = state.repositories.map((repository) => repository.log);
  return `${logs.join()} ${state.runs.map((run) => run.facts).join()} ${state.order.join()}`;
}

function labelOf({ labels }: Context, c: number): string {
  return labels[c] ?? '';
}

function commitsOf({ objects, ids, labels }: Context): ReadonlyMap<Commit, CommitFacts> {
  return {
    get(commit: Commit) {
      const stored = objects.commits.get(commit);
      if (stored === undefined) return undefined;
      const { parents, message, tree } = stored;
      // What somebody wrote over it leaves nothing to see: then the commits' own words are all there is.
      if (Object.values(tree).includes(OTHERWISE)) return { parents, message };
      return { parents, message, shows: labels.filter((_, c) => tree[ids[c]?.name ?? ''] !== undefined) };
    },
  } as ReadonlyMap<Commit, CommitFacts>;
}

/** One order for all repositories: that of Lockstep's own moves, each after what its main's log shows before it. */
function mainsOf(context: Context, state: State): MainUpdate[] {
  const logs = state.repositories.map(({ log }, r) => ({
    name: full(context.setting.repositories[r] ?? ''),
    left: [...context.logs.at(log)],
    tip: null as Commit | null,
  }));
  const mains: MainUpdate[] = [];
  const take = (r: number) => {
    const log = logs[r];
    const moved = log?.left.shift();
    if (log === undefined || moved === undefined) return;
    mains.push({ at: mains.length, repository: log.name, old: log.tip, new: moved.to, by: moved.by });
    log.tip = moved.to;
  };
  // Somebody's pushes stand as early as their log allows: what came between two of Lockstep's was there for the second.
  const takeOthers = (r: number) => {
    while (logs[r]?.left[0]?.by === 'somebody') take(r);
  };
  for (const r of logs.keys()) takeOthers(r);
  for (const step of state.order) {
    const r = Number(step.split('@')[1]);
    take(r);
    takeOthers(r);
  }
  return mains;
}

interface Told {
  c: number;
  number: number;
  facts: Facts;
  changeset: string;
}

function attemptOf(context: Context, told: Told, about: { mains: MainUpdate[]; later: Told[] }): Attempt {
  const { c, number, facts, changeset } = told;
  const { mains, later } = about;
  const { settled } = facts;
  // It decided before its first landing; what no main shows comes after all that one does.
  const at = (firstLanding(context, facts, mains) ?? mains.length + number) - 0.25;
  // Attempts of one changeset follow each other: each was settled before the next did anything.
  const next = later.flatMap((one) => firstLanding(context, one.facts, mains) ?? []);
  const end = Math.min(mains.length + number, ...next.map((one) => one - 0.5));
  return {
    changeset,
    attempt: `${changeset} ${number}`,
    approval: context.setting.changesets[c]?.approval ?? 'none',
    exclusive: context.setting.interference === 'all',
    decided: facts.decided.map(({ vector }) => ({ at, vector: context.vectors.at(vector) })),
    ...(settled !== null && {
      settled: { at: end, outcome: context.outcomes.at(settled.outcome), looked: [...settled.looked] },
    }),
  };
}

function firstLanding(context: Context, facts: Facts, mains: MainUpdate[]): number | undefined {
  const members = facts.decided.flatMap(({ vector }) => toLand(context.vectors.at(vector)));
  const candidates = new Set(members.map((member) => member.candidate));
  return mains.find((update) => update.by === 'lockstep' && candidates.has(update.new))?.at;
}

/** Each command that had its answer when a landing began; `at` of both says so. */
function commandsOf(changeset: string, facts: Facts): CommandGiven[] {
  return facts.decided.flatMap(({ answered }) =>
    answered.map((verb: Answered) => ({
      verb,
      by: 'a person',
      changesets: [changeset],
      answered: { at: BEFORE - 1, text: 'done' },
    })),
  );
}

function leftoversOf(context: Context, state: State): string[] {
  return state.repositories.flatMap(({ staged, gone }, r) =>
    staged.flatMap((commit, c) =>
      commit === null || gone || state.runs[c]?.doing.is !== 'ended'
        ? []
        : [`the staging ref of ${context.ids[c]?.name} in ${full(context.setting.repositories[r] ?? '')}`],
    ),
  );
}
