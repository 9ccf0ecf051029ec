/** What the janitor removes of staging refs that crashes left, on real repositories. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { stage } from '../../activities/landing/land.ts';
import { prepare } from '../../activities/landing/prepare.ts';
import { sweep } from '../../activities/reconcile.ts';
import { CHECKOUT, twoMembers } from '../support/twoMembers.ts';

const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };
const REF = 'refs/heads/lockstep/12/checkout';

type End = Awaited<ReturnType<ControlDeps['workflows']['changesetEnd']>>;

let world: ReturnType<typeof twoMembers>;
let deps: ControlDeps;
/** As Temporal has them. */
let temporal: { pipelineClosed: boolean; end: End };

const staged = () =>
  Object.values(world.remotes).map((remote) =>
    remote.git('for-each-ref', '--format=%(refname)', 'refs/heads/lockstep'),
  );

beforeEach(async () => {
  world = twoMembers();
  temporal = { pipelineClosed: true, end: { kind: 'completed', outcome: { kind: 'landed', members: [] } } };
  const workflows: Partial<ControlDeps['workflows']> = {
    closedPipelines: async ([pullRequest = 0]) => (temporal.pipelineClosed ? [{ pullRequest, again: false }] : []),
    changesetEnd: async () => temporal.end,
  };
  deps = { ...world.deps, workflows: workflows as ControlDeps['workflows'] };
  const ready = await prepare(deps, { id, changeset: CHECKOUT, author: 'ann' });
  if (ready.kind !== 'ready') throw new Error(`expected ready, found ${ready.kind}`);
  await stage(deps, { id, vector: ready.vector });
  expect(staged()).toEqual([REF, REF]);
});
afterEach(() => world.root.remove());

describe('staging refs whose removal was lost', () => {
  it('F54: are removed once their owner is closed and settled, and a second time there is nothing to do', async () => {
    expect(await sweep(deps)).toEqual({ removed: 2 });
    expect(staged()).toEqual(['', '']);
    expect(await sweep(deps)).toEqual({ removed: 0 });
  });

  it.each<[string, boolean, End]>([
    ['whose pipeline runs', false, { kind: 'completed', outcome: { kind: 'landed', members: [] } }],
    ['whose changeset runs', true, undefined],
    ['whose changeset was ended by hand, maybe in the middle of its landing', true, { kind: 'lost' }],
  ])('of one %s stay', async (_, pipelineClosed, end) => {
    temporal = { pipelineClosed, end };
    expect(await sweep(deps)).toEqual({ removed: 0 });
    expect(staged()).toEqual([REF, REF]);
  });

  it('F54: are removed also beside a repository that is not there any more', async () => {
    const { 'acme/web': web } = world.remotes;
    await rm(join(world.root.dir, 'remotes', 'acme', 'api.git'), { recursive: true });
    expect(await sweep(deps)).toEqual({ removed: 1 });
    expect(web.git('for-each-ref', '--format=%(refname)', 'refs/heads/lockstep')).toBe('');
  });
});

it('branches of people below the staging folder’s name, and names that are none of ours, stay', async () => {
  const { 'acme/api': api } = world.remotes;
  const main = api.git('rev-parse', 'refs/heads/main');
  api.git('update-ref', 'refs/heads/lockstep/notes/checkout', main);
  expect(await sweep(deps)).toEqual({ removed: 2 });
  expect(api.git('for-each-ref', '--format=%(refname)', 'refs/heads/lockstep')).toBe(
    'refs/heads/lockstep/notes/checkout',
  );
});
