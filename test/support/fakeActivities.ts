/**
 * The activities without a world behind them: repositories are a few commits in memory, tests are green at once. A test
 * says where it wants something else (`on`), or holds an activity until it says so (`hold`).
 */
import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Activities, PlanRead } from '../../activities/types.ts';
import { type Commit, type Landable, type Status, toLand } from '../../src/changeset.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { OperatorCall } from '../../src/report/operator.ts';
import type { PipelineView } from '../../src/report/view.ts';

type Name = keyof Activities;
type Answered<K extends Name> = Awaited<ReturnType<Activities[K]>>;
type Asked<K extends Name> = Parameters<Activities[K]>[0];
/** Answers instead of the fake, which it can still ask. */
export type Answer<K extends Name> = (request: Asked<K>, otherwise: Activities[K]) => Promise<Answered<K>>;

export interface Gate {
  /** Resolves when the activity has been reached. */
  reached: Promise<void>;
  open(): void;
}

export type FakeActivities = ReturnType<typeof createFakeActivities>;

/** What the bot did to a `main`, in order. */
export interface Move {
  kind: 'land' | 'revert';
  repository: string;
  changeset: string;
}

export function commit(...of: (string | number)[]): Commit {
  return createHash('sha1').update(of.join(' ')).digest('hex');
}

/** `fromTemporal`: the real activities that look at workflows. */
export function createFakeActivities(
  fromTemporal: Pick<Activities, 'awaitPipelines' | 'awaitChangeset' | 'findRunning'>,
) {
  const forge = createFakeForge();
  const plans = new Map<number, () => PlanRead>();
  const answers = new Map<string, unknown>();
  const gates: (() => void)[] = [];
  const calls: { activity: Name; subject: string }[] = [];
  const defaults: Activities = {
    ...fromTemporal,
    ...forge.activities,
    readPlan: async ({ pullRequest }) =>
      forge.merged.has(pullRequest)
        ? { kind: 'ignored', why: 'closed' }
        : (plans.get(pullRequest)?.() ?? { kind: 'ignored', why: 'ordinary' }),
    readPlanPart: async () => 'gone',
    hearComment: async () => ({ kind: 'nothing' }),
    answerComment: async () => undefined,
    runTests: async ({ run }) => ({ kind: 'passed', durationMs: 1, logId: run }),
  };
  const wrapped = Object.entries(defaults).map(([name, otherwise]) => [
    name,
    async (request: object) => {
      const subject = subjectOf(request);
      calls.push({ activity: name as Name, subject });
      const answer = answers.get(`${name} ${subject}`) as Answer<'land'> | undefined;
      return answer === undefined ? otherwise(request as never) : answer(request as never, otherwise as never);
    },
  ]);

  /** `subject`: a changeset's name, or a pull request's number. */
  function on<K extends Name>(activity: K, subject: string | number, answer: Answer<NoInfer<K>>): void {
    answers.set(`${activity} ${subject}`, answer);
  }

  return {
    ...forge,
    activities: Object.fromEntries(wrapped) as Activities,
    plans,
    on,
    count: (activity: Name, subject: string | number) =>
      calls.filter((call) => call.activity === activity && call.subject === String(subject)).length,
    /** The activity waits, once reached, until the gate is opened; then the fake (or `then`) answers. */
    hold<K extends Name>(activity: K, subject: string | number, then?: Answer<NoInfer<K>>): Gate {
      const reached = promised();
      const opened = promised();
      on(activity, subject, (async (request: Asked<K>, otherwise: Activities[K]) => {
        reached.resolve();
        await opened.promise;
        return then === undefined ? otherwise(request as never) : then(request, otherwise);
      }) as unknown as Answer<K>);
      gates.push(opened.resolve);
      return { reached: reached.promise, open: opened.resolve };
    },
    /** Nothing is held any more: workers can end. */
    openAll(): void {
      for (const open of gates) open();
    },
    /** Tests that go on until they are told to stop, and then take their time to die. */
    endlessTests(name: string) {
      const [started, told, dead] = [promised(), promised(), promised()];
      on('runTests', name, async () => {
        started.resolve();
        const cancellation = await Context.current().cancelled.catch((error: unknown) => error);
        told.resolve();
        await dead.promise;
        throw cancellation;
      });
      gates.push(dead.resolve);
      return { started: started.promise, told: told.promise, die: dead.resolve };
    },
  };
}

export function promised(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function subjectOf(request: object = {}): string {
  if ('id' in request && typeof request.id === 'object' && request.id !== null && 'name' in request.id) {
    return String(request.id.name);
  }
  return 'pullRequest' in request ? String(request.pullRequest) : '';
}

/** `main`s, heads and pull requests, as far as workflows can tell them from real ones. */
function createFakeForge() {
  const mains = new Map<string, Commit>();
  const heads = new Map<string, Commit>();
  const standing = new Map<Commit, 'stands' | 'reverted'>();
  const moves: Move[] = [];
  const merged = new Set<number>();
  const statuses = new Map<number, Record<string, Status>>();
  const views = new Map<number, PipelineView>();
  const operatorCalls: { name: string; call: OperatorCall }[] = [];
  const main = (repository: string) => mains.get(repository) ?? commit('main', repository);
  const head = (repository: string, branch: string) =>
    heads.get(`${repository} ${branch}`) ?? commit('head', repository, branch);
  const find = (vector: Landable) =>
    vector.members.map(({ repository, candidate }) => ({
      repository,
      candidate,
      tip: main(repository),
      standing: standing.get(candidate) ?? ('absent' as const),
    }));
  const activities = {
    readPullRequest: async ({ tip }) => ({ state: 'open', moved: 'no', head: tip }),
    publish: async (view) => {
      views.set(view.pullRequest, view);
    },
    writeStatus: async ({ id, status, tip }) => {
      statuses.set(id.pullRequest, { ...statuses.get(id.pullRequest), [id.name]: status });
      return { kind: 'written', tip: commit('status', tip, id.name) };
    },
    mergeManifest: async ({ pullRequest }) => {
      merged.add(pullRequest);
      return { kind: 'merged' };
    },
    prepare: async ({ id, changeset, finishing }) => {
      const members = changeset.members.map(({ repository, branch }) => {
        const halted = finishing?.halted.members.find((one) => one.repository === repository);
        if (halted && standing.get(halted.candidate) === 'stands')
          return { ...halted, base: main(repository), alreadyMerged: true };
        const pins = { head: head(repository, branch), base: main(repository) };
        const candidate = commit(id.pullRequest, id.name, pins.head, pins.base);
        return { repository, branch, ...pins, candidate, alreadyMerged: false };
      });
      return { kind: 'ready', vector: { members, others: [], coordinator: commit('coordinator') } };
    },
    stage: async () => ({ kind: 'staged' }),
    recheck: async ({ vector }) => {
      const moved = vector.members.find(
        (m) => main(m.repository) !== m.base || head(m.repository, m.branch) !== m.head,
      );
      return moved === undefined
        ? { kind: 'clean' }
        : { kind: 'moved', what: `${moved.repository} moved`, own: main(moved.repository) !== moved.base };
    },
    land: async ({ id, vector, repository }) => {
      const member = toLand(vector).find((one) => one.repository === repository);
      if (member === undefined) throw new Error(`expected ${repository} among the members, found none`);
      if (main(repository) !== member.base) return { kind: 'rejected', found: main(repository) };
      mains.set(repository, member.candidate);
      standing.set(member.candidate, 'stands');
      moves.push({ kind: 'land', repository, changeset: id.name });
      return { kind: 'landed' };
    },
    survey: async ({ vector }) => find(vector),
    revert: async ({ id, vector, repository }) => {
      const found = find(vector).find((one) => one.repository === repository);
      if (found?.standing !== 'stands') return { kind: 'notStanding' };
      standing.set(found.candidate, 'reverted');
      mains.set(repository, commit('revert', found.candidate));
      moves.push({ kind: 'revert', repository, changeset: id.name });
      return { kind: 'reverted', commit: main(repository) };
    },
    cleanUp: async () => undefined,
    tellMembers: async () => undefined,
    foldEarlier: async () => undefined,
    commentFailure: async () => undefined,
    commentOperator: async ({ id, call }) => {
      operatorCalls.push({ name: id.name, call });
    },
    notify: async () => undefined,
    look: async () => ({ kind: 'clear' }),
    findStrays: async () => ({ begun: 0, unanswered: 0 }),
    reconcile: async () => ({ signalled: 0, redelivered: 0 }),
    sweepWorkspaces: async () => ({ removed: 0 }),
    sweep: async () => ({ removed: 0 }),
    prune: async () => ({ logs: 0, mirrors: 0 }),
  } satisfies Partial<Activities>;
  return { activities, mains, heads, standing, moves, merged, statuses, views, operatorCalls };
}

export function planOf(changesets: Plan['changesets'], about: Partial<Plan> = {}): Plan {
  return {
    head: commit('manifest', ...changesets.map(({ name }) => name)),
    author: 'ann',
    manifest: 'changesets/x.yaml',
    changesets,
    final: [],
    dropped: [],
    parallelism: 4,
    interference: 'repositories',
    timeoutMs: 60_000,
    approvalTimeoutMs: 3_600_000,
    publishEveryMs: 50,
    refreshEveryMs: 3_600_000,
    ...about,
  };
}
