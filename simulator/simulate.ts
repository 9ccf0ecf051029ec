/** A scenario from its beginning to rest, and what the invariants say of it. */

import { judgeAll } from '../invariants/all.ts';
import type { Happened } from '../invariants/happened.ts';
import type { Judgement } from '../invariants/invariant.ts';
import { changesetLabel, QUEUE_WORKFLOW_ID, type Status } from '../src/changeset.ts';
import { statusesIn } from '../src/manifest/reviewStatusChanges.ts';
import type { QueueState } from '../src/queue/state.ts';
import { COORDINATOR } from './github.ts';
import { act, help, submit } from './people.ts';
import type { Scenario, When } from './scenario.ts';
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

export async function simulate(sandbox: Sandbox, scenario: Scenario): Promise<Simulated> {
  const world = createWorld(sandbox, scenario);
  const story: string[] = [];
  const tally = { steps: 0 };
  for (const [i] of scenario.pulls.entries()) submit(world, i + 1);
  const acts = scenario.acts.map((one) => ({ ...one }));
  const due = new Map(SCHEDULES.map(({ type }) => [type, world.server.now()]));
  let helpAt = Number.POSITIVE_INFINITY;
  let endsAt = Number.POSITIVE_INFINITY;
  let calm = 0;
  while (calm < 3) {
    await quiet();
    await observe(world);
    if (tally.steps > STEPS_ALLOWED) throw new Error(`no rest after ${STEPS_ALLOWED} steps`);
    for (const next of acts.filter(({ when }) => isDue(when, { step: tally.steps, push: world.outside.pushes() }))) {
      acts.splice(acts.indexOf(next), 1);
      story.push(`people: ${JSON.stringify(next)}`);
      await act(world, next);
    }
    if (await beginDue(world, due)) continue;
    const steps = [...world.server.steps(), ...world.outside.steps(), ...webhooks(world)];
    const step = steps.length === 0 ? undefined : world.random.pick(steps);
    if (step !== undefined) {
      tally.steps += 1;
      story.push(step.name);
      await step.do();
      continue;
    }
    // Nothing can happen before time passes. Acts that wait for more steps than there are come now.
    if (acts[0] !== undefined && world.random.chance(20)) acts[0].when = { step: 0 };
    if (acts.length === 0 && helpAt === Number.POSITIVE_INFINITY) {
      helpAt = world.server.now() + 10 * MINUTE;
      endsAt = world.server.now() + PATIENCE_MS;
    }
    if (world.server.now() >= helpAt) {
      helpAt = world.server.now() + 10 * MINUTE;
      const helped = await help(world);
      const left = await leftIn(world);
      calm = !helped && left.length === 0 ? calm + 1 : 0;
      if (world.server.now() >= endsAt) break;
      if (helped) continue;
    }
    const moments = [world.server.nextMoment(), world.outside.nextMoment(), helpAt, ...due.values()];
    world.server.passTo(Math.min(...moments.flatMap((moment) => moment ?? [])));
  }
  return { judgement: judgeAll(await happened(world)), steps: tally.steps, effects: world.outside.effects(), story };
}

function isDue(when: When, now: { step: number; push: number }): boolean {
  return 'step' in when ? when.step <= now.step : when.push <= now.push;
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
async function observe({ server, record }: World): Promise<void> {
  const open = record.commands.filter(({ answered }) => answered === undefined);
  if (open.length === 0) return;
  const { commands } = (await server.query(QUEUE_WORKFLOW_ID, 'status')) as QueueState;
  for (const command of open) {
    const text = commands.find(({ by, verb }) => by === command.by && verb === command.verb)?.answer;
    if (text !== undefined) command.answered = { at: record.order(), text };
  }
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
    stuck: await leftIn(world),
  };
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
