/** The stories of the kill points: each is small, and reaches the effects that it is named for. */
import { type Effect, MEMBERS } from '../points.ts';
import { isLanding } from '../requests.ts';
import { LAST_MEMBER, PERSON } from '../template.ts';
import type { Story } from './story.ts';

/** One changeset of three repositories lands. */
export const LANDS: Story = {
  expected: { three: 'success' },
  async play(world, people) {
    const [first = ''] = MEMBERS;
    await people.branches('three');
    // Its own pull request is told of the landing.
    await world.github.admin.openPullRequest(first, { head: 'three', title: 'three', author: PERSON });
    await people.whenMerged(await people.submit([{ name: 'three', on: MEMBERS }]));
  },
};

/** Tests are red: nothing lands, the team is told. */
export const FAILS: Story = {
  expected: { red: 'failed' },
  async play(_, people) {
    const [first = '', second = ''] = MEMBERS;
    await people.branch(first, 'red');
    await people.branch(second, 'red', { broken: 'yes\n' });
    await people.whenMerged(await people.submit([{ name: 'red', on: [first, second] }]));
  },
};

/** The last of four repositories refuses when three have landed: all three are taken back. */
export const ROLLS_BACK: Story = {
  expected: { four: 'failed' },
  async play({ proxy }, people) {
    const all = [...MEMBERS, LAST_MEMBER];
    for (const repository of all) await people.branch(repository, 'four');
    proxy.add({
      mode: 'pass',
      matches: isLanding(LAST_MEMBER),
      before: async () => void (await people.pushToMain(LAST_MEMBER, { 'foreign.txt': 'x\n' })),
    });
    await people.whenMerged(await people.submit([{ name: 'four', on: all }]));
  },
};

/** The story in which an effect happens. */
export function storyOf(effect: Effect): Story {
  switch (effect) {
    case 'signal':
      // A delivery that failed is found by comparing.
      return { ...LANDS, world: { reconcileMs: 5_000 } };
    case 'notify':
      return FAILS;
    case 'revert':
      return ROLLS_BACK;
    default:
      return LANDS;
  }
}
