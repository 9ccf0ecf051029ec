/** Finds strays and begins a run of their changeset for each, which asks for an operator (PROTOCOL 10). */
import PQueue from 'p-queue';
import {
  type ChangesetId,
  type Commit,
  changesetWorkflowId,
  type Member,
  type RepositoryName,
} from '../src/changeset.ts';
import { takenBack } from '../src/landing/standing.ts';
import { mayHoldFences, mayStand, type StrayFacts } from '../src/landing/stray.ts';
import { readTrailers } from '../src/landing/trailers.ts';
import type { ControlDeps } from './deps.ts';
import { READ_AT_ONCE } from './landing/look.ts';
import { standingOn } from './landing/standing.ts';
import { isUnreadable } from './landing/unreadable.ts';
import { tryConfigurationAt } from './manifest/configuration.ts';
import type { StraysFound } from './types.ts';

/** First-parent commits of each `main` that are looked at. */
const HISTORY = 500;

/** A candidate on a `main`. */
interface Landed {
  id: ChangesetId;
  candidate: Commit;
  member: Member;
  tip: Commit;
}

/** `undefined`: Temporal gives no answer about it, and its candidates and fences are left for the next look. */
type FactsOf = (id: ChangesetId) => Promise<StrayFacts | undefined>;

/**
 * `settled`: candidates that need not be looked at again, kept from one look to the next. A process that begins without them
 * looks at all of them once.
 */
export async function findStrays(deps: ControlDeps, settled: Set<Commit>): Promise<StraysFound> {
  const unanswered = new Set<string>();
  const ask = orUnanswered(unanswered);
  const factsOf = askingOnce((id) => ask(id, () => askAbout(deps, id)));
  const landed = await landedNow(deps);
  const there = new Set(landed.map(({ candidate }) => candidate));
  for (const candidate of settled) if (!there.has(candidate)) settled.delete(candidate);

  const strays: { id: ChangesetId; seen: Member[] }[] = [];
  for (const one of landed) {
    if (!settled.has(one.candidate) && (await isStray(deps, one, { factsOf, settled }))) {
      strays.push({ id: one.id, seen: [one.member] });
    }
  }
  for (const id of await leftFenced(deps, factsOf)) strays.push({ id, seen: [] });
  const begun = await Promise.all(
    byChangeset(strays).map(({ id, seen }) => ask(id, () => deps.workflows.beginStray(id, seen))),
  );
  return { begun: begun.filter(Boolean).length, unanswered: unanswered.size };
}

async function isStray(
  { git }: ControlDeps,
  { id, candidate, member, tip }: Landed,
  { factsOf, settled }: { factsOf: FactsOf; settled: Set<Commit> },
): Promise<boolean> {
  const { repository } = member;
  const facts = await factsOf(id);
  const may = facts === undefined ? 'later' : mayStand(facts, repository);
  if (may === 'later') return false;
  const stray = may === 'no' && (await standingOn(git, { repository, candidate }, tip)) === 'stands';
  if (!stray) settled.add(candidate);
  return stray;
}

/**
 * Whatever is wrong with one workflow (its tasks fail after an upgrade, its history cannot be read) keeps nobody from looking
 * at the others.
 */
function orUnanswered(unanswered: Set<string>) {
  return async <T>(id: ChangesetId, question: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await question();
    } catch {
      unanswered.add(changesetWorkflowId(id));
      return undefined;
    }
  };
}

function askingOnce(ask: FactsOf): FactsOf {
  const asked = new Map<string, ReturnType<FactsOf>>();
  return (id) => {
    const workflowId = changesetWorkflowId(id);
    const facts = asked.get(workflowId) ?? ask(id);
    asked.set(workflowId, facts);
    return facts;
  };
}

function byChangeset(strays: { id: ChangesetId; seen: Member[] }[]): { id: ChangesetId; seen: Member[] }[] {
  const all = new Map<string, { id: ChangesetId; seen: Member[] }>();
  for (const { id, seen } of strays) {
    const workflowId = changesetWorkflowId(id);
    all.set(workflowId, { id, seen: [...(all.get(workflowId)?.seen ?? []), ...seen] });
  }
  return [...all.values()];
}

async function askAbout({ workflows }: ControlDeps, id: ChangesetId): Promise<StrayFacts> {
  const latest = await workflows.latestRun(changesetWorkflowId(id));
  // Only one that has ended can be a stray's; of the others nobody needs to know how far they are.
  if (latest.kind === 'running' || latest.kind === 'forgotten') return { latest };
  const phase = await workflows.phaseInPipeline(id);
  return { latest, ...(phase !== undefined && { phase }) };
}

/** None while the configuration is broken: it says so elsewhere. */
async function repositoriesNow(deps: ControlDeps): Promise<RepositoryName[]> {
  const { git, coordinator, live } = deps;
  const { main } = await git.readRefs(coordinator, [], live());
  await git.fetch(coordinator, [main], live());
  const read = await tryConfigurationAt(deps, main);
  return 'configuration' in read ? read.configuration.repositories : [];
}

async function landedNow(deps: ControlDeps): Promise<Landed[]> {
  const queue = new PQueue({ concurrency: READ_AT_ONCE });
  const repositories = await repositoriesNow(deps);
  return (await queue.addAll(repositories.map((repository) => () => landedIn(deps, repository)))).flat();
}

async function landedIn(deps: ControlDeps, repository: RepositoryName): Promise<Landed[]> {
  const { git } = deps;
  try {
    const { main: tip } = await git.readRefs(repository, [], deps.live());
    await git.fetch(repository, [tip], deps.live());
    const history = await git.firstParents({ repository, from: tip, limit: HISTORY });
    const gone = takenBack(history);
    return history.flatMap(({ commit, message }) =>
      gone.has(commit) ? [] : landedBy(deps, { repository, commit, message, tip }),
    );
  } catch (error) {
    if (isUnreadable(error)) return [];
    throw error;
  }
}

function landedBy(
  { coordinator }: ControlDeps,
  on: { repository: RepositoryName; commit: Commit; message: string; tip: Commit },
): Landed[] {
  const { repository, commit: candidate, message, tip } = on;
  const { changeset = '', vector = [] } = readTrailers(message);
  const id = idOf(changeset, `${coordinator}#`);
  const branch = vector.find((pin) => pin.repository === repository)?.branch;
  // A revert names its changeset too, but no vector.
  if (id === undefined || branch === undefined) return [];
  return [{ id: { coordinator, ...id }, candidate, member: { repository, branch }, tip }];
}

/** Changesets that have ended, and whose fences the queue still keeps. */
async function leftFenced(deps: ControlDeps, factsOf: FactsOf): Promise<ChangesetId[]> {
  const ended: ChangesetId[] = [];
  for (const id of await fenced(deps)) {
    const facts = await factsOf(id);
    if (facts !== undefined && !mayHoldFences(facts)) ended.push(id);
  }
  if (ended.length === 0) return [];
  // One that ended after the first look at the queue had told the queue before: it is gone from the second.
  const still = new Set((await fenced(deps)).map(changesetWorkflowId));
  return ended.filter((id) => still.has(changesetWorkflowId(id)));
}

/** Changesets whose fences the queue keeps. */
async function fenced({ workflows, coordinator }: ControlDeps): Promise<ChangesetId[]> {
  const { grants = [] } = await workflows.queuePicture();
  return grants.flatMap(({ changeset, state }) => {
    const id = state === 'asked' ? undefined : idOf(changeset, `changeset/${coordinator}/`);
    return id === undefined ? [] : [{ coordinator, ...id }];
  });
}

/** `12/checkout` behind a prefix. */
function idOf(text: string, prefix: string): { pullRequest: number; name: string } | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const [, pullRequest, name] = /^(\d+)\/(.+)$/.exec(text.slice(prefix.length)) ?? [];
  return pullRequest === undefined || name === undefined ? undefined : { pullRequest: Number(pullRequest), name };
}
