/** A scenario from its beginning to rest, and what the invariants say of it. */

import { judgeAll } from '../invariants/all.ts';
import type { Happened } from '../invariants/happened.ts';
import type { Judgement } from '../invariants/invariant.ts';
import { changesetLabel, changesetWorkflowId, QUEUE_WORKFLOW_ID, type Status } from '../src/changeset.ts';
import { statusesIn } from '../src/manifest/reviewStatusChanges.ts';
import type { QueueState } from '../src/queue/state.ts';
import type { ChangesetStatus } from '../workflows/messages.ts';
import { COORDINATOR } from './github.ts';
import { act, help, submit } from './people.ts';
import type { Act, Scenario } from './scenario.ts';
import type { Step } from './temporal/activityTasks.ts';
import type { Sandbox } from './temporal/sandbox.ts';
import { signalQueue } from './workflows.ts';
import { createWorld, type World } from './world.ts';

const MINUTE = 60_000;
const SCHEDULES = [
  { type: 'reconcile', everyMs: 5 * MINUTE },
  { type: 'janitor', everyMs: 10 * MINUTE },
];
/** A run that takes more has lost its way. */
const STEPS_ALLOWED = 60_000;
/** Of virtual time, after all that people do; then what has not ended is stuck. */
const PATIENCE_MS = 6 * 60 * MINUTE;

export interface Simulated {
  judgement: Judgement;
  steps: number;
  effects: number;
  /** The names of the steps, in order. */
  story: string[];
}

/** It never came to rest, or a workflow task failed: as bad as a broken invariant. */
export class Broken extends Error {
  override readonly name = 'Broken';
  constructor(
    cause: unknown,
    readonly story: string[],
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Throws `Broken`. */
export async function simulate(sandbox: Sandbox, scenario: Scenario): Promise<Simulated> {
  const world = createWorld(sandbox, scenario);
  const story: string[] = [];
  try {
    return await live(world, scenario, story);
  } catch (error) {
    throw new Broken(error, story);
  } finally {
    await world.server.stop();
  }
}

async function live(world: World, scenario: Scenario, story: string[]): Promise<Simulated> {
  const tally = { steps: 0 };
  for (const [i] of scenario.pulls.entries()) submit(world, i + 1);
  const acts = scenario.acts.map((one) => ({ ...one }));
  const due = new Map(SCHEDULES.map(({ type }) => [type, world.server.now()]));
  const helper = createHelper(world);
  while (!helper.isDone()) {
    await quiet();
    await observe(world);
    if (tally.steps > STEPS_ALLOWED) throw new Error(`no rest after ${STEPS_ALLOWED} steps`);
    for (const next of acts.filter((one) => isDue(world, one, tally.steps))) {
      acts.splice(acts.indexOf(next), 1);
      story.push(`people: ${JSON.stringify(next)}`);
      await act(world, next);
    }
    if (await beginDue(world, due)) continue;
    const steps = [...world.server.steps(), ...world.outside.steps(), ...webhooks(world)];
    const step = steps.length === 0 ? undefined : world.random.pick(quick(world, steps));
    if (step !== undefined) {
      tally.steps += 1;
      story.push(step.name);
      await step.do();
      continue;
    }
    // Nothing can happen before time passes. Acts that wait for more steps than there are come now.
    if (acts[0] !== undefined && world.random.chance(20)) acts[0].when = { step: 0 };
    if (acts.length === 0) helper.begin();
    if (await helper.help()) continue;
    const moments = [world.server.nextMoment(), world.outside.nextMoment(), helper.at(), ...due.values()];
    world.server.passTo(Math.min(...moments.flatMap((moment) => moment ?? [])));
  }
  return { judgement: judgeAll(await happened(world)), steps: tally.steps, effects: world.outside.effects(), story };
}

/** Somebody who looks every ten minutes, and sometimes at once, whether something waits for people. */
function createHelper(world: World) {
  const { server, random } = world;
  let at = Number.POSITIVE_INFINITY;
  let endsAt = Number.POSITIVE_INFINITY;
  let calm = 0;
  const again = () => {
    const soon = calm === 0 && random.chance(30);
    at = server.now() + (soon ? 5_000 : 10 * MINUTE);
    return soon;
  };
  return {
    at: () => at,
    /** Three looks in a row found nothing to do, or it took too long. */
    isDone: () => calm === 3 || server.now() >= endsAt,
    /** All that people do of themselves is done. */
    begin(): void {
      if (endsAt < Number.POSITIVE_INFINITY) return;
      again();
      endsAt = server.now() + PATIENCE_MS;
    },
    async help(): Promise<boolean> {
      if (server.now() < at) return false;
      const helped = await help(world);
      const left = await leftIn(world);
      const atRest = !helped && left.length === 0;
      calm = !again() && atRest ? calm + 1 : 0;
      return helped;
    },
  };
}

function isDue({ outside, activities }: World, one: Act, step: number): boolean {
  const { when } = one;
  if ('step' in when) return when.step <= step;
  if ('push' in when) return when.push <= outside.pushes();
  const of =
    'changeset' in one
      ? changesetWorkflowId({ coordinator: COORDINATOR, pullRequest: one.pull, name: one.changeset })
      : undefined;
  if ('with' in when) return activities.count('completed', when.activity, of) >= when.nth;
  // From now on it is a matter of steps.
  if (activities.count('scheduled', when.activity, of) >= when.nth) one.when = { step: step + when.later };
  return false;
}

/** In 100. */
const SLOW_TAKES_ITS_TURN = 3;

/** Without what is slow, most of the time and where there is anything else. */
function quick({ scenario, random }: World, steps: Step[]): Step[] {
  if (scenario.slow === undefined || random.chance(SLOW_TAKES_ITS_TURN)) return steps;
  const others = steps.filter(({ name }) => !name.startsWith(`task ${scenario.slow}`));
  return others.length > 0 ? others : steps;
}

/** Everything that needs no decision has happened: promises are settled. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function beginDue({ server }: World, due: Map<string, number>): Promise<boolean> {
  for (const { type, everyMs } of SCHEDULES) {
    if ((due.get(type) ?? 0) > server.now()) continue;
    due.set(type, server.now() + everyMs);
    if (server.latest(`${type}/${COORDINATOR}`)?.status === 'RUNNING') continue;
    await server.start(type, `${type}/${COORDINATOR}`, [{ v: 1, coordinator: COORDINATOR }]);
    return true;
  }
  return false;
}

/** What the server receives; the sender waits for nothing. */
function webhooks({ github, server }: World): Step[] {
  const noticed = github.lagging.map((branch) => ({
    name: `REST notices ${branch}`,
    do: () => github.notice(branch),
  }));
  const received = github.webhooks.map((one) => ({
    name: `webhook of #${one.pullRequest}`,
    async do() {
      github.webhooks.splice(github.webhooks.indexOf(one), 1);
      await signalQueue(server, [one]);
    },
  }));
  return [...noticed, ...received];
}

/** Notes the answers of commands when they can first be seen. */
async function observe(world: World): Promise<void> {
  const { server, record } = world;
  for (const skip of record.skips.filter(({ run }) => run.jobs.length === 0)) await observeSkip(world, skip);
  const open = record.commands.filter(({ answered }) => answered === undefined);
  if (open.length === 0) return;
  const { commands } = (await server.query(QUEUE_WORKFLOW_ID, 'status')) as QueueState;
  for (const command of open) {
    const text = commands.find(({ by, verb }) => by === command.by && verb === command.verb)?.answer;
    if (text !== undefined) command.answered = { at: record.order(), text };
  }
}

/** A changeset has taken it: it said why not, or nothing of it may land that was not decided when it was told. */
async function observeSkip({ server, record }: World, skip: World['record']['skips'][number]): Promise<void> {
  record.skips.splice(record.skips.indexOf(skip), 1);
  const { by, run, changeset, at } = skip;
  if (run.status !== 'RUNNING') return;
  const { refused } = (await server.query(run.workflowId, 'status')) as ChangesetStatus;
  if (refused.some((sentence) => sentence.includes(` ${by} `))) return;
  record.commands.push({ verb: 'skip', by, changesets: [changeset], answered: { at, text: 'done' } });
}

/** Sentences about what neither goes on nor waits for people. */
async function leftIn({ server }: World): Promise<string[]> {
  if (server.latest(QUEUE_WORKFLOW_ID)?.status !== 'RUNNING') return [];
  const { entries, grants } = (await server.query(QUEUE_WORKFLOW_ID, 'status')) as QueueState;
  const running = server.runs.filter(({ type, status }) => type === 'changeset' && status === 'RUNNING');
  return [
    ...entries.map((entry) => `pull request #${entry.pullRequest} is in the queue for ever: ${JSON.stringify(entry)}`),
    ...grants.map((grant) => `${grant.changeset} keeps its fences for ever (${grant.state})`),
    ...running.map(({ workflowId }) => `${workflowId} does not end`),
  ];
}

async function happened(world: World): Promise<Happened> {
  const { record, github, repositories, scenario } = world;
  const statuses = github.state.pulls.flatMap((pull) => statusesOf(world, pull.mergeCommit ?? pull.head, pull.number));
  const refs = [COORDINATOR, ...scenario.members].flatMap((repository) =>
    repositories
      .branches(repository)
      .filter((name) => name.startsWith('lockstep/'))
      .map((name) => `${name} in ${repository}`),
  );
  return {
    ...record.soFar(),
    statuses,
    comments: github.state.comments.flatMap(({ body, number }): NonNullable<Happened['comments']> => {
      if (body.includes('"version":')) return [{ pullRequest: number, kind: 'sticky' }];
      const attempt = /^<!-- lockstep \S+:(run-\d+):failure -->/.exec(body)?.[1];
      return attempt === undefined ? [] : [{ pullRequest: number, kind: 'failure', attempt }];
    }),
    checks: github.state.pulls.flatMap(({ head, number }) => {
      const run = github.state.checkRuns.findLast((one) => one.head === head);
      return run === undefined
        ? []
        : [{ pullRequest: number, completed: run.state !== 'queued' && run.state !== 'in_progress' }];
    }),
    leftovers: refs,
    stuck: [...(await leftIn(world)), ...takenAlong(world)],
  };
}

/** Of Lockstep's own workflows none ends another. */
function takenAlong({ server }: World): string[] {
  return server.runs
    .filter(({ endedWithParent }) => endedWithParent)
    .map(({ workflowId }) => `${workflowId} was ended with its parent`);
}

function statusesOf(world: World, commit: string, pullRequest: number): { changeset: string; status: Status }[] {
  const text = world.repositories.filesOf(commit)[`changesets/p${pullRequest}.yaml`];
  return text === undefined
    ? []
    : statusesIn(text).map(({ name, status }) => ({
        changeset: changesetLabel({ coordinator: COORDINATOR, pullRequest, name }),
        status,
      }));
}
