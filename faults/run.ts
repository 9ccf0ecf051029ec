/** One run: a world, its story with its faults, rest, and what the checker says. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { judgeAll } from '../invariants/all.ts';
import type { Judgement } from '../invariants/invariant.ts';
import { readHappened } from './check/happened.ts';
import { watchCommandLines } from './check/secrets.ts';
import { createPeople } from './people.ts';
import type { Fault } from './plan.ts';
import { isRequest, pointName } from './points.ts';
import { rest } from './rest.ts';
import type { Story } from './stories/story.ts';
import { GaveUp } from './until.ts';
import { createWorld, type Stage, type World } from './world.ts';

export interface Run {
  name: string;
  seed: number;
  faults: Fault[];
  /** Whether each fault has to be reached: else a run counts that reached none or some. */
  reach: 'all' | 'any';
  story: Story;
}

export interface Result {
  /** Sentences about what went wrong; none: it passed. */
  complaints: string[];
  /** Processes that died. */
  deaths: number;
  milliseconds: number;
  /** Where everything of a failed run is kept. */
  folder?: string;
}

export async function perform(stage: Stage, { faults, reach, story }: Run): Promise<Result> {
  const began = performance.now();
  const world = await createWorld(stage, { ...story.world, faults });
  const people = createPeople(world);
  const complaints: string[] = [];
  const commandLines = watchCommandLines();
  try {
    const { server, worker } = world.wanted;
    const kept = [world.supervisor.keep(server), world.supervisor.keep(worker)];
    await kept[0]?.serving;
    complaints.push(...(await gaveUp(() => story.play(world, people))));
    const stuck = await rest(world, { givenUp: complaints.length > 0 });
    const about = { people, stuck, expected: story.expected ?? {}, commandLines: commandLines() };
    const { happened, differences } = await readHappened(world, about);
    complaints.push(
      ...(reach === 'all' ? await notReached(world, faults) : []),
      ...sentences(judgeAll(happened)),
      ...differences,
    );
  } catch (error) {
    complaints.push(`the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    commandLines();
    await world.stop(complaints.length > 0 ? 'keep' : 'remove');
  }
  const deaths = world.supervisor.all().reduce((sum, one) => sum + one.deaths(), world.temporal.deaths());
  const milliseconds = performance.now() - began;
  return { complaints, deaths, milliseconds, ...(complaints.length > 0 && { folder: world.folder }) };
}

async function gaveUp(play: () => Promise<void>): Promise<string[]> {
  try {
    await play();
    return [];
  } catch (error) {
    return [error instanceof GaveUp ? error.message : `the story broke off: ${String(error)}`];
  }
}

function sentences({ violations, notJudged }: Judgement): string[] {
  return [
    ...violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`),
    ...notJudged.map(({ invariant, lacks }) => `${invariant}: not judged, without ${lacks.join(', ')}`),
  ];
}

/** A fault that nothing met has shown nothing. */
async function notReached(world: World, faults: Fault[]): Promise<string[]> {
  const reached = await Promise.all(
    faults.map(async ({ id, kind, effect }) => {
      const armed = await access(join(world.folder, 'happened', id)).then(
        () => true,
        () => false,
      );
      return armed && (kind !== 'EX' || !isRequest(effect) || world.proxy.met.has(id));
    }),
  );
  return faults.filter((_, i) => !reached[i]).map((fault) => `${pointName(fault)} was never reached`);
}
