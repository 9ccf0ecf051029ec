/** More than one of everything: workers, servers, versions, pull requests. */
import type { Random } from '../../simulator/random.ts';
import { atRandomMoments } from '../moments.ts';
import { MEMBERS } from '../points.ts';
import { isLanding } from '../requests.ts';
import type { World } from '../world.ts';
import type { Story } from './story.ts';

const [A = '', B = '', C = ''] = MEMBERS;

/** Two pull requests that share repositories. */
async function twoPulls(people: Parameters<Story['play']>[1]): Promise<void> {
  for (const repository of [A, B]) await people.branch(repository, 'left');
  for (const repository of [B, C]) await people.branch(repository, 'right');
  for (const repository of [A, C]) await people.branch(repository, 'outer');
  const first = await people.submit([
    { name: 'left', on: [A, B] },
    { name: 'outer', on: [A, C] },
  ]);
  const second = await people.submit([{ name: 'right', on: [B, C] }]);
  await people.whenMerged(first);
  await people.whenMerged(second);
}

const ALL_LAND = { left: 'success', right: 'success', outer: 'success' } as const;

/** Two workers and two servers; one worker dies, and one server. */
export function twoOfEach(random: Random): Story {
  return {
    expected: ALL_LAND,
    async play({ supervisor, wanted, proxy, secondServer }, people) {
      supervisor.keep({ ...wanted.worker, name: 'worker-2' });
      await supervisor.keep(await secondServer()).serving;
      const kill = (name: string) => () =>
        supervisor
          .all()
          .find((one) => one.name === name)
          ?.kill();
      const servers = ['server', 'server-2'];
      const workers = ['worker', 'worker-2'];
      atRandomMoments(proxy, random, [
        kill(random.pick(workers)),
        kill(random.pick(workers)),
        kill(random.pick(servers)),
      ]);
      await twoPulls(people);
    },
  };
}

/**
 * Every changeset waits for every other's landing. One was tested, and is approved while another is about to land elsewhere;
 * then the worker dies. What was tested before that landing must be tested with it.
 */
export const INTERFERENCE_OF_ALL: Story = {
  expected: { patient: 'success', quick: 'success' },
  world: { configuration: ['interference: all'] },
  async play({ proxy, supervisor }, people) {
    for (const repository of [A, B]) await people.branch(repository, 'patient');
    await people.branch(C, 'quick');
    const patient = await people.submit([{ name: 'patient', approval: 'required', on: [A, B] }]);
    await people.whenAt(patient, 'patient', 'approval');
    proxy.add({
      mode: 'pass',
      matches: isLanding(C),
      async before() {
        await people.approve(patient, 'patient', [A, B]);
        supervisor.kill('worker');
      },
    });
    await people.whenMerged(await people.submit([{ name: 'quick', on: [C] }]));
    await people.whenMerged(patient);
  },
};

/** A worker of the version that the stored histories were last made with works beside a new one. */
export function olderWorker(random: Random): Story {
  return {
    older: true,
    expected: ALL_LAND,
    async play(world, people) {
      const { supervisor, proxy } = world;
      await supervisor.keep(older(world)).serving;
      const kill = (name: string) => () =>
        supervisor
          .all()
          .find((one) => one.name === name)
          ?.kill();
      atRandomMoments(proxy, random, [kill('worker'), kill('worker-older')]);
      await twoPulls(people);
    },
  };
}

function older({ wanted, stage }: World) {
  if (stage.older === undefined) throw new Error('expected the tree of the older version, found none');
  const { LOCKSTEP_WORKFLOW_BUNDLE: _, ...env } = wanted.worker.env;
  return { name: 'worker-older', args: ['--import', 'tsx', 'server/worker.ts'], cwd: stage.older, env };
}
