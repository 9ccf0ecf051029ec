/** People want something meanwhile: a pause, an approval. */
import type { Random } from '../../simulator/random.ts';
import { atRandomMoments } from '../moments.ts';
import { MEMBERS } from '../points.ts';
import { isOf } from '../requests.ts';
import { until } from '../until.ts';
import type { Story } from './story.ts';

/** A pause at any moment, while the worker dies: once it is answered nothing begins to land. */
export function paused(random: Random): Story {
  return {
    expected: { first: 'success', second: 'success' },
    async play({ proxy, supervisor }, people) {
      for (const name of ['first', 'second']) await people.branches(name);
      let asked: Promise<void> | undefined;
      const pause = () => {
        asked = people.command('pause', { by: 'pat' });
        asked.catch(() => undefined);
      };
      const kill = () => supervisor.kill('worker');
      atRandomMoments(proxy, random, [pause, kill]);
      const one = await people.submit([{ name: 'first', on: MEMBERS }]);
      const other = await people.submit([{ name: 'second', on: MEMBERS }]);
      await until('the pause to be asked for', () => asked !== undefined);
      await asked;
      await people.command('resume', { by: 'pat' });
      await people.whenMerged(one);
      await people.whenMerged(other);
    },
  };
}

/** Lands only what was approved, also when the worker dies. */
export function approved(random: Random): Story {
  return {
    expected: { approved: 'success' },
    async play({ proxy, supervisor }, people) {
      await people.branches('approved');
      const kill = () => supervisor.kill('worker');
      atRandomMoments(proxy, random, [kill]);
      const number = await people.submit([{ name: 'approved', on: MEMBERS, approval: 'required' }]);
      await people.approve(number, 'approved', MEMBERS);
      await people.whenMerged(number);
    },
  };
}

/** The branch gets another head after the approval: the new head lands with an approval of its own only. */
export function movedHead(random: Random): Story {
  const [first = ''] = MEMBERS;
  return {
    expected: { moved: 'success' },
    async play({ proxy, supervisor }, people) {
      await people.branches('moved');
      const kill = () => supervisor.kill('worker');
      atRandomMoments(proxy, random, [kill]);
      // Before anything of it can be pushed to a main.
      proxy.add({
        mode: 'pass',
        matches: (request) => isOf({ effect: 'stage push' }, request),
        before: async () => void (await people.branch(first, 'moved', { 'more.txt': 'x\n' })),
      });
      const number = await people.submit([{ name: 'moved', on: MEMBERS, approval: 'required' }]);
      await people.approve(number, 'moved', MEMBERS);
      await people.whenAt(number, 'moved', 'testing');
      await people.approve(number, 'moved', MEMBERS);
      await people.whenMerged(number);
    },
  };
}
