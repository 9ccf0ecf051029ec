/** Temporal, GitHub or the worker is away for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../simulator/random.ts';
import { atRandomMoments } from '../moments.ts';
import type { Mode } from '../plan.ts';
import { type Effect, MEMBERS } from '../points.ts';
import { isOf, type Request } from '../requests.ts';
import { COORDINATOR } from '../template.ts';
import type { Story } from './story.ts';

/** In real time half an hour; here all of Lockstep's own times are short too. */
const AWAY_MS = 8_000;
/** A token that is 2 s old is refused. */
const TOO_LATE_MS = 2_500;

/** The story of a landing of three, with something prepared before it. */
function landing(prepare: (...given: Parameters<Story['play']>) => void | Promise<void>): Story {
  return {
    expected: { three: 'success' },
    async play(world, people) {
      await people.branches('three');
      await prepare(world, people);
      await people.whenMerged(await people.submit([{ name: 'three', on: MEMBERS }]));
    },
  };
}

/** Temporal is killed twice, and started again on its file. */
export function temporalKilled(random: Random): Story {
  return {
    ...landing(({ proxy, temporal }) => {
      // What GitHub was asked for goes on meanwhile; a restart that fails is told when all is stopped.
      const restart = () => void temporal.restart().catch(() => undefined);
      atRandomMoments(proxy, random, [restart, restart]);
    }),
    world: { ownTemporal: true },
  };
}

/** A has landed when GitHub goes away. */
export function githubAway(random: Random): Story {
  const [, second = ''] = MEMBERS;
  const mode = random.pick<Mode>(['unavailable', 'failBefore', 'limited', 'forbidden']);
  const everything = random.chance(50);
  return landing(({ proxy }) => {
    let until = 0;
    proxy.add({
      mode,
      matches: ({ repository }) => Date.now() < until && (everything || repository === second),
      times: Number.POSITIVE_INFINITY,
    });
    proxy.add({
      mode,
      matches: (request) => isOf({ effect: 'land push', repository: second }, request),
      before: async () => {
        until = Date.now() + AWAY_MS;
      },
    });
  });
}

/** Tokens live for two seconds, and some requests take longer to come. */
export function tokensExpire(random: Random): Story {
  return {
    ...landing(({ proxy }) => atRandomMoments(proxy, random, [late, late, late])),
    world: { tokenLifeSeconds: 2 },
  };
}

const late = () => delay(TOO_LATE_MS);

interface Hardship {
  matches(request: Request): boolean;
  mode: Mode | 'pass';
  times?: number;
  before?(): Promise<void>;
}

/** Every request that the manifest is read by goes wrong in several ways, and the worker dies in the middle of it. */
export function manifestUnread(): Story {
  let unmet: Set<Hardship> = new Set();
  const story = landing(({ proxy, supervisor }) => {
    const isPull = ({ method, path }: Request) => method === 'GET' && /\/pulls\/\d+$/.test(path);
    const isRefs = ({ kind }: Request) => kind === 'refs';
    const isFetch = ({ kind }: Request) => kind === 'fetch';
    const hardships: Hardship[] = [
      { matches: isPull, mode: 'unavailable', times: 3 },
      { matches: isRefs, mode: 'failBefore' },
      { matches: isRefs, mode: 'unavailable' },
      { matches: isFetch, mode: 'pass', before: async () => supervisor.kill('worker') },
      { matches: isFetch, mode: 'doAndFail' },
      { matches: isFetch, mode: 'unavailable' },
    ];
    unmet = new Set(hardships);
    for (const one of hardships) {
      const matches = (request: Request) => request.repository === COORDINATOR && one.matches(request) && meets(one);
      proxy.add({ ...one, matches });
    }
  });
  const meets = (one: Hardship) => {
    unmet.delete(one);
    return true;
  };
  return {
    ...story,
    async play(world, people) {
      await story.play(world, people);
      const modes = [...unmet].map(({ mode }) => mode).join(', ');
      if (unmet.size > 0) throw new Error(`expected every hardship to be met, found none of ${modes}`);
    },
  };
}

/** One request of an effect goes wrong in one way. */
export function requestGoesWrong(effect: Effect, mode: Mode, random: Random): Story {
  const repository = effect === 'land push' || effect === 'stage push' ? random.pick(MEMBERS) : undefined;
  const about = { effect, ...(repository !== undefined && { repository }) };
  const story = landing(({ proxy }) => proxy.add({ mode, matches: (request) => isOf(about, request) }));
  return mode === 'doLate' ? { ...story, world: { pushLifeMs: 6_000 } } : story;
}

/** The worker dies twice, wherever it is. */
export function workerKilled(random: Random): Story {
  return landing(({ proxy, supervisor }) => {
    const kill = () => supervisor.kill('worker');
    atRandomMoments(proxy, random, [kill, kill]);
  });
}

/** Longer than a heartbeat's time-out: an activity that is not seen alive meanwhile never ends. */
const TEST_SECONDS = '8';

/** The worker dies while a test script runs: nothing of it lives on, and it is run again in a new workspace. */
export const KILLED_WHILE_TESTING: Story = {
  expected: { slow: 'success' },
  async play({ supervisor }, people) {
    const [first = '', second = ''] = MEMBERS;
    await people.branch(first, 'slow', { slow: TEST_SECONDS });
    await people.branch(second, 'slow');
    const number = await people.submit([{ name: 'slow', on: [first, second] }]);
    await people.whenAt(number, 'slow', 'testing');
    await people.whenTestsRun();
    supervisor.kill('worker');
    await people.whenMerged(number);
  },
};
