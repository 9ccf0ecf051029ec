/** The landing decisions searched exhaustively: small worlds hold, and each safety measure is missed when it is taken out. */
import { describe, expect, it } from '@jest/globals';
import { type Perform, performReal } from '../../model/activities.ts';
import { PROTOCOL, type Protocol } from '../../model/context.ts';
import { type Explored, explore } from '../../model/explore.ts';
import { settingOf, TINY } from '../../model/sets.ts';
import type { Budget, Setting } from '../../model/setting.ts';
import { headsNow } from '../../src/attempt/state.ts';
import { takeApprove } from '../../src/attempt/take.ts';
import type { Vector } from '../../src/changeset.ts';
import type { Recheck } from '../../src/landing/steps.ts';
import type { Git } from '../../src/ports.ts';
import { type Reduced, reduceQueue } from '../../src/queue/reduce.ts';

const ONE: Setting['changesets'][number] = { name: 'one', pullRequest: 1, members: ['a', 'b'], approval: 'none' };
const TWO: Setting['changesets'][number] = { name: 'two', pullRequest: 2, members: ['b', 'c'], approval: 'none' };

const search = (about: Setting, weakened: Partial<Protocol> = {}): Promise<Explored> =>
  explore(about, { now: () => 0, limit: 300_000, protocol: { ...PROTOCOL, ...weakened } });

describe('every state of a small world', () => {
  it.each(TINY.map(({ name, setting }) => [name, setting] as const))('%s', async (_, setting) => {
    const { complete, violation, states } = await search(setting);
    expect(violation).toBeUndefined();
    expect(complete).toBe(true);
    expect(states).toBeGreaterThan(100);
  });
});

describe('what is noticed when it is taken out', () => {
  /** The same world holds with everything in place; without it there is a story, and it is short. */
  async function without(weakened: Partial<Protocol>, about: Partial<Setting>, budget: Partial<Budget>) {
    const setting = settingOf({ changesets: [ONE], atOnce: ['prepare', 'stage', 'cleanUp'], ...about }, budget);
    expect(await search(setting)).toMatchObject({ complete: true });
    const { violation } = await search(setting, weakened);
    if (violation === undefined) throw new Error('nobody noticed');
    expect(violation.story.length).toBeLessThan(45);
    return `${violation.invariant}: ${violation.sentence}`;
  }
  const asked = { ...ONE, approval: 'required' as const };

  it('the lease of a push', async () => {
    const github = { ...PROTOCOL.github, leases: false };
    expect(await without({ github }, {}, { foreign: 1 })).toMatch(/^(2 tested|8 forward)/);
  });

  it('the wait until a push can no longer arrive', async () => {
    const github = { ...PROTOCOL.github, pushesDie: false };
    expect(await without({ github }, {}, { crash: 1, rule: 1 })).toMatch(/^1 whole/);
  });

  it('the last look before the decision', async () => {
    const perform: Perform = async (deps, begin) =>
      begin.name === 'recheck' ? ({ kind: 'clean' } satisfies Recheck) : performReal(deps, begin);
    const about: Partial<Setting> = { changesets: [asked, { ...TWO, members: ['c'] }], interference: 'all' };
    expect(await without({ perform }, about, {})).toMatch(/^2 tested: .* was tested without/);
  });

  it('the fence of a landing', async () => {
    const blind = ({ state, effects }: Reduced): Reduced => ({
      state,
      effects: effects.map((effect) =>
        effect.do === 'tellPipeline' && 'fences' in effect.message
          ? { ...effect, message: { ...effect.message, fences: [] } }
          : effect,
      ),
    });
    const unfenced: typeof reduceQueue = (state, message, now) => {
      const nowhere = { repositories: [], exclusive: false };
      return blind(reduceQueue(state, message.kind === 'wantGrant' ? { ...message, ...nowhere } : message, now));
    };
    const about: Partial<Setting> = { changesets: [ONE, { ...TWO, members: ['c'] }], interference: 'all' };
    expect(await without({ reduceQueue: unfenced }, about, { crash: 1 })).toMatch(/^2 tested: .* was tested without/);
  });

  it('a pause is answered only when what was granted has decided', async () => {
    const hasty: typeof reduceQueue = (state, message, now) => {
      const reduced = reduceQueue(state, message, now);
      const commands = reduced.state.commands.map((command) => ({ answer: 'done', ...command }));
      return { ...reduced, state: { ...reduced.state, commands } };
    };
    expect(await without({ reduceQueue: hasty }, { commands: ['pause'] }, { command: 1 })).toMatch(/^11 answered/);
  });

  it('a landing that is there stands only without a revert on top', async () => {
    const contained: Perform = (deps, begin) =>
      performReal(
        begin.name === 'survey' || begin.name === 'land' ? { ...deps, git: revertsUnseen(deps.git) } : deps,
        begin,
      );
    expect(await without({ perform: contained }, {}, { revert: 1 })).toMatch(/^1 whole: .*landed.* does not stand/);
  });

  it('an approval is bound to heads', async () => {
    const unbound: typeof takeApprove = (state, approve) => takeApprove({ ...state, shown: headsNow(state) }, approve);
    const about = { changesets: [asked] };
    expect(await without({ takeApprove: unbound }, about, { head: 1 })).toMatch(/^7 approved/);
  });

  it('an end to what is tried again', async () => {
    const perform: Perform = async (deps, begin) => {
      const done = await performReal(deps, begin);
      if (begin.name === 'survey') throw new Error('not now');
      return done;
    };
    expect(await without({ perform }, {}, {})).toMatch(/^12 rest: .*never comes to rest/);
  });

  it('one push at a time', async () => {
    const hurried: Perform = async (deps, begin) => {
      if (begin.name === 'land') await pushAll(deps, begin.request as { vector: Vector });
      return performReal(deps, begin);
    };
    expect(await without({ perform: hurried }, { commands: ['skip'] }, { foreign: 1, command: 1 })).toMatch(/^1 whole/);
  });
});

/** What contains a commit is said to have it: no message and no tree tells of a revert. */
function revertsUnseen(git: Git): Git {
  return new Proxy(git, {
    get: (target, method: keyof Git) =>
      method === 'firstParents'
        ? async () => []
        : method === 'mergeTree'
          ? async () => ({ kind: 'conflict', paths: [] })
          : target[method],
  });
}

async function pushAll(deps: Parameters<Perform>[0], { vector }: { vector: Vector }): Promise<void> {
  const ref = 'refs/heads/main';
  await Promise.all(
    vector.members.map(({ repository, candidate, base }) =>
      deps.git.push({ repository, ref, commit: candidate, expected: base }, deps.live()),
    ),
  );
}
