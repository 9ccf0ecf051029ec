/** Somebody else moves a `main`, or makes a rule, in the middle of a landing. */
import type { Random } from '../../simulator/random.ts';
import { workFile } from '../people.ts';
import { MEMBERS } from '../points.ts';
import type { GitHubProxy } from '../proxy.ts';
import { isLanding, type Request } from '../requests.ts';
import type { Story } from './story.ts';

const [A = '', B = '', C = ''] = MEMBERS;

/** Acts once, in the moment before the push to that repository's `main` goes on. */
function beforeLanding(proxy: GitHubProxy, repository: string, act: () => Promise<void>): void {
  proxy.add({ mode: 'pass', matches: isLanding(repository), before: act });
}

/** Acts once, when A's landing goes on and git asks which refs its push to that repository would change. */
function beforeDiscovery(proxy: GitHubProxy, repository: string, act: () => Promise<void>): void {
  const matches = (request: Request) => request.kind === 'discovery' && request.repository === repository;
  beforeLanding(proxy, A, async () => proxy.add({ mode: 'pass', matches, before: act }));
}

/** B refuses when A has landed. */
export function foreignPushToB(random: Random, inTheMoment = beforeLanding): Story {
  const where = random.pick([B, C]);
  return {
    expected: { foreign: 'failed' },
    async play({ proxy }, people) {
      await people.branches('foreign');
      inTheMoment(proxy, where, async () => void (await people.pushToMain(where, { 'foreign.txt': 'x\n' })));
      await people.whenMerged(await people.submit([{ name: 'foreign', on: MEMBERS }]));
    },
  };
}

/** The same when Lockstep's own last read of B is over, and git has not asked yet what its push would change. */
export function foreignPushUnread(random: Random): Story {
  return foreignPushToB(random, beforeDiscovery);
}

/** In that moment B goes back to the commit before: no rule of GitHub keeps a push from bringing back what was taken out, only its lease. */
export function resetUnread(random: Random): Story {
  const where = random.pick([B, C]);
  return {
    expected: { reset: 'failed' },
    async play({ proxy, github }, people) {
      const before = (await github.admin.readRef(where, 'main')) ?? '';
      await people.pushToMain(where, { 'taken-out.txt': 'x\n' });
      await people.branches('reset');
      beforeDiscovery(proxy, where, () => github.admin.moveRef(where, 'main', before));
      await people.whenMerged(await people.submit([{ name: 'reset', on: MEMBERS }]));
    },
  };
}

/** A has moved on since it landed: its revert comes on top. */
export function foreignPushToBoth(random: Random): Story {
  const where = random.pick([B, C]);
  return {
    expected: { foreign: 'failed' },
    async play({ proxy }, people) {
      await people.branches('foreign');
      beforeLanding(proxy, where, async () => {
        await people.pushToMain(A, { 'foreign.txt': 'x\n' });
        await people.pushToMain(where, { 'foreign.txt': 'x\n' });
      });
      await people.whenMerged(await people.submit([{ name: 'foreign', on: MEMBERS }]));
    },
  };
}

/** What landed in A was changed by hand: it cannot be taken back, and an operator has it finished. */
export function revertConflicts(random: Random): Story {
  const where = random.pick([B, C]);
  return {
    expected: { conflict: 'success' },
    async play({ proxy }, people) {
      await people.branches('conflict');
      beforeLanding(proxy, where, async () => {
        await people.pushToMain(A, { [workFile('conflict')]: 'changed by hand\n' });
        await people.pushToMain(where, { 'foreign.txt': 'x\n' });
      });
      const number = await people.submit([{ name: 'conflict', on: MEMBERS }]);
      await people.resolve(number, 'conflict', 'finish');
      await people.whenMerged(number);
    },
  };
}

/** A goes back to the commit before while B lands: an operator is asked, and has it finished. */
export function resetWhileLanding(random: Random): Story {
  const when = random.pick([B, C]);
  return {
    expected: { reset: 'success' },
    async play({ proxy, github }, people) {
      await people.branches('reset');
      const before = (await github.admin.readRef(A, 'main')) ?? '';
      beforeLanding(proxy, when, () => github.admin.moveRef(A, 'main', before));
      const number = await people.submit([{ name: 'reset', on: MEMBERS }]);
      await people.resolve(number, 'reset', 'finish');
      await people.whenMerged(number);
    },
  };
}

/** All has landed and is said to; then A goes back. Nothing of it comes again by itself. */
export function resetAfterLanding(random: Random): Story {
  const where = random.pick(MEMBERS);
  return {
    expected: { gone: 'success', next: 'success' },
    async play({ github }, people) {
      await people.branches('gone');
      const before = (await github.admin.readRef(where, 'main')) ?? '';
      await people.whenMerged(await people.submit([{ name: 'gone', on: MEMBERS }]));
      await github.admin.moveRef(where, 'main', before);
      await people.branches('next');
      await people.whenMerged(await people.submit([{ name: 'next', on: MEMBERS }]));
    },
  };
}

/** A rule that nobody may bypass, made after the rules were looked at. */
export function ruleAfterPreflight(random: Random): Story {
  const [at, on] = random.pick([
    [A, B],
    [A, C],
    [B, B],
    [C, C],
  ] as const);
  return {
    expected: { rule: 'failed' },
    async play({ proxy }, people) {
      await people.branches('rule');
      beforeLanding(proxy, at, async () => void people.forbid(on));
      await people.whenMerged(await people.submit([{ name: 'rule', on: MEMBERS }]));
    },
  };
}

/** B refuses for good when A has landed, and a rule on A refuses its revert: an operator is asked, and undoes it later. */
export function revertRefused(random: Random): Story {
  const where = random.pick([B, C]);
  return {
    expected: { refused: 'failed' },
    async play({ proxy }, people) {
      await people.branches('refused');
      let allow: () => void = () => undefined;
      beforeLanding(proxy, where, async () => {
        allow = people.forbid(A);
        await people.pushToMain(where, { 'foreign.txt': 'x\n' });
      });
      const number = await people.submit([{ name: 'refused', on: MEMBERS }]);
      await people.whenAt(number, 'refused', 'operator');
      allow();
      await people.resolve(number, 'refused', 'undo');
      await people.whenMerged(number);
    },
  };
}
