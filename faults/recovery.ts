/** How long recovery takes, and how long a landing is half done: figures of real processes, not tests (docs/proof.md). */
import type { Client } from '@temporalio/client';
import { readHistories } from './check/histories.ts';
import { readTold } from './check/told.ts';
import { createPeople, idOf, type People } from './people.ts';
import { MEMBERS } from './points.ts';
import { COORDINATOR } from './template.ts';
import { until } from './until.ts';
import { createWorld, type Stage, type World, type WorldOptions } from './world.ts';

/** Of one kind of moment, in milliseconds. */
export interface Figure {
  what: string;
  milliseconds: number[];
}

const LANDINGS = 15;
const KILLS = 5;
/** Seconds that a test takes which is to be cut off. */
const SLOW = '3';
/** Long enough to be seen running, and over before Temporal is back. */
const BRIEFLY = '1';

async function inWorld<T>(
  stage: Stage,
  options: Omit<WorldOptions, 'faults'>,
  use: (world: World, people: People) => Promise<T>,
): Promise<T> {
  const world = await createWorld(stage, { ...options, faults: [] });
  try {
    const { server, worker } = world.wanted;
    await Promise.all([world.supervisor.keep(server).serving, world.supervisor.keep(worker).serving]);
    return await use(world, createPeople(world));
  } finally {
    await world.stop('remove');
  }
}

/** From the first `main` of three that moves to the last, landing after landing; and what that time is made of. */
export function halfLanded(stage: Stage): Promise<Figure[]> {
  return inWorld(stage, {}, async (world, people) => {
    const names = Array.from({ length: LANDINGS }, (_, i) => `landing-${i}`);
    for (const name of names) await people.branches(name);
    await people.whenMerged(await people.submit(names.map((name) => ({ name, on: MEMBERS }))));
    const moves = MEMBERS.map((repository) =>
      world.github.admin
        .record()
        .filter(
          (update) => update.repository === repository && update.ref === 'refs/heads/main' && update.via === 'git',
        )
        .map(({ at }) => Date.parse(at)),
    );
    const windows = names.map((_, i) => {
      const times = moves.map((ofOne) => ofOne[i] ?? Number.NaN);
      return Math.max(...times) - Math.min(...times);
    });
    const lands = (await readHistories(world.client)).map(({ activities }) =>
      activities.flatMap(({ type, completed }) => (type === 'land' && completed ? [completed] : [])),
    );
    const between = lands.flatMap((all) => all.slice(1).map(({ startedAt }, i) => startedAt - (all[i]?.at ?? 0)));
    return [
      { what: 'half landed: from the first of three mains to the last', milliseconds: windows },
      {
        what: '  one land activity: the push, and its read-back',
        milliseconds: lands.flat().map((one) => one.at - one.startedAt),
      },
      { what: '  between two of them: Temporal and the decision', milliseconds: between },
    ];
  });
}

/**
 * From the worker's SIGKILL, while tests run, to the start of its next activity; how much was done twice, and how much of
 * it people see. Every second one ends red, so that there is a failure to be told.
 */
export function workerKilled(stage: Stage): Promise<Figure[]> {
  return inWorld(stage, {}, async (world, people) => {
    const recovered: number[] = [];
    const repeated: number[] = [];
    const seen: number[] = [];
    for (let i = 0; i < KILLS; i += 1) {
      const name = `killed-${i}`;
      const isRed = i % 2 === 1;
      const toldBefore = toldBy(world);
      const number = await submitSlow(people, name, { slow: SLOW, ...(isRed && { broken: 'yes\n' }) });
      const killed = Date.now();
      world.supervisor.kill('worker');
      recovered.push((await startedAfter(world.client, idOf(number, name), killed)) - killed);
      await people.whenMerged(number);
      repeated.push(await repeats(world.client, idOf(number, name)));
      const told = toldBy(world);
      const { shown } = await readTold(world, people);
      const comments = shown.find(({ pullRequest }) => pullRequest === number)?.comments.length ?? 0;
      const checks = told.checks - toldBefore.checks;
      const messages = told.messages - toldBefore.messages;
      // The comment that is kept current and one check for each head; a failure's own comment, and the team told of it.
      seen.push(comments - 1 + checks + messages - (isRed ? 2 : 0));
    }
    return [
      { what: 'worker killed: to its next activity', milliseconds: recovered },
      { what: 'worker killed: activities that ran again (a count)', milliseconds: repeated },
      { what: '  comments, checks and messages beyond one of each (a count)', milliseconds: seen },
    ];
  });
}

/** From the moment at which Temporal serves again to the next event of a changeset whose tests ended meanwhile or after. */
export function temporalKilled(stage: Stage): Promise<Figure[]> {
  return inWorld(stage, { ownTemporal: true }, async (world, people) => {
    const away: number[] = [];
    const progressed: number[] = [];
    for (let i = 0; i < KILLS; i += 1) {
      const name = `restarted-${i}`;
      const number = await submitSlow(people, name, { slow: BRIEFLY });
      const killed = Date.now();
      await world.temporal.restart();
      const serves = Date.now();
      away.push(serves - killed);
      progressed.push((await eventAfter(world.client, idOf(number, name), serves)) - serves);
      await people.whenMerged(number);
    }
    return [
      { what: 'Temporal killed and started again: until it serves', milliseconds: away },
      { what: '  from then to the next event of the changeset', milliseconds: progressed },
    ];
  });
}

/** Check runs beyond one for each head, and what the team was told, up to now. */
function toldBy({ github, slack }: World): { checks: number; messages: number } {
  const heads = github.admin.checkRuns(COORDINATOR).map(({ headSha }) => headSha);
  return { checks: heads.length - new Set(heads).size, messages: slack.messages.length };
}

/** A changeset whose tests take a while (`slow`, in seconds), and run already; gives its pull request. */
async function submitSlow(people: People, name: string, files: { slow: string; broken?: string }): Promise<number> {
  const [repository = ''] = MEMBERS;
  await people.branch(repository, name, files);
  const number = await people.submit([{ name, on: [repository] }]);
  await people.whenTestsRun();
  return number;
}

type Time = { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined;

const msOf = (time: Time) => Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;

/** When an activity of the workflow was started after that time. */
function startedAfter(client: Client, workflowId: string, time: number): Promise<number> {
  return until('an activity to be started', async () => {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    const starts = (raw.pendingActivities ?? []).map(({ lastStartedTime }) => msOf(lastStartedTime));
    return starts.find((at) => at > time);
  });
}

function eventAfter(client: Client, workflowId: string, time: number): Promise<number> {
  return until('an event', async () => {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    return events?.map(({ eventTime }) => msOf(eventTime)).find((at) => at > time);
  });
}

async function repeats(client: Client, workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const attempts = (events ?? []).flatMap((event) => event.activityTaskStartedEventAttributes?.attempt ?? []);
  return attempts.reduce((sum, attempt) => sum + attempt - 1, 0);
}
