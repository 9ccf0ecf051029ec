/** Strays on real repositories: what is found, and what a run that is begun for one sees. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { land, revert } from '../../activities/landing/land.ts';
import { lookAgain } from '../../activities/landing/lookAgain.ts';
import { prepare } from '../../activities/landing/prepare.ts';
import { findStrays } from '../../activities/strays.ts';
import type { ChangesetId, Commit, Member, Vector } from '../../src/changeset.ts';
import type { StrayFacts } from '../../src/landing/stray.ts';
import { CHECKOUT, TWO_MEMBERS, twoMembers } from '../support/twoMembers.ts';

const id = { coordinator: 'acme/coordinator', pullRequest: 12, name: 'checkout' };
const WORKFLOW = 'changeset/acme/coordinator/12/checkout';
const API = { repository: 'acme/api', branch: 'feature' };

let world: ReturnType<typeof twoMembers>;
let deps: ControlDeps;
let settled: Set<Commit>;
/** As Temporal has them; a changeset that it does not know of is forgotten. */
let temporal: {
  runs: Record<string, StrayFacts>;
  grants: { changeset: string; state: 'asked' | 'decided' }[];
  asked: string[];
  begun: { name: string; seen: Member[] }[];
};

beforeEach(() => {
  world = twoMembers();
  settled = new Set();
  temporal = { runs: { [WORKFLOW]: { latest: { kind: 'lost' } } }, grants: [], asked: [], begun: [] };
  const workflows: Partial<ControlDeps['workflows']> = {
    queuePicture: async () => ({ entries: [], grants: temporal.grants }),
    latestRun: async (workflowId) => {
      temporal.asked.push(workflowId);
      return temporal.runs[workflowId]?.latest ?? { kind: 'forgotten' };
    },
    phaseInPipeline: async () => temporal.runs[WORKFLOW]?.phase,
    beginStray: async ({ name }, seen) => temporal.begun.push({ name, seen }) > 0,
  };
  deps = { ...world.deps, workflows: workflows as ControlDeps['workflows'] };
});
afterEach(() => world.root.remove());

async function landIn(...repositories: string[]): Promise<Vector> {
  const ready = await prepare(deps, { id, changeset: CHECKOUT, author: 'ann' });
  if (ready.kind !== 'ready') throw new Error(`expected ready, found ${ready.kind}`);
  for (const repository of repositories) await land(deps, { id, vector: ready.vector, repository });
  return ready.vector;
}

const look = () => findStrays(deps, settled);

describe('a half landing whose changeset was ended by hand', () => {
  it('is found, and a run is begun for it', async () => {
    await landIn('acme/api');
    expect(await look()).toEqual({ begun: 1, unanswered: 0 });
    expect(temporal.begun).toEqual([{ name: 'checkout', seen: [API] }]);
  });

  it('is left alone while its changeset or its pipeline is about to see to it', async () => {
    await landIn('acme/api');
    for (const facts of [{ latest: { kind: 'running' } }, { latest: { kind: 'lost' }, phase: 'landing' }] as const) {
      temporal.runs[WORKFLOW] = facts;
      expect(await look()).toEqual({ begun: 0, unanswered: 0 });
    }
    temporal.runs[WORKFLOW] = { latest: { kind: 'lost' }, phase: 'ended' };
    expect(await look()).toEqual({ begun: 1, unanswered: 0 });
  });

  it('is none any more once it is taken back', async () => {
    const vector = await landIn('acme/api');
    await revert(deps, { id, vector, repository: 'acme/api', reason: 'why' });
    expect(await look()).toEqual({ begun: 0, unanswered: 0 });
  });
});

it('what a rollback took out and another changeset brought back is not a stray', async () => {
  const vector = await landIn('acme/api');
  await revert(deps, { id, vector, repository: 'acme/api', reason: 'why' });
  const other = { ...id, pullRequest: 13 };
  const again = await prepare(deps, { id: other, changeset: { ...CHECKOUT, members: [API] }, author: 'ann' });
  if (again.kind !== 'ready') throw new Error(`expected ready, found ${again.kind}`);
  await land(deps, { id: other, vector: again.vector, repository: 'acme/api' });
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
  expect(await lookAgain(deps, { id, members: TWO_MEMBERS })).toEqual({ kind: 'clear' });
  const ready = await prepare(deps, { id, changeset: CHECKOUT, author: 'ann' });
  expect(ready).toMatchObject({
    kind: 'ready',
    vector: { members: [{ alreadyMerged: true }, { alreadyMerged: false }] },
  });
});

it('what landed whole is looked at once, and not asked about again', async () => {
  const { members } = await landIn('acme/api', 'acme/web');
  temporal.runs[WORKFLOW] = { latest: { kind: 'completed', outcome: { kind: 'landed', members } } };
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
  expect(temporal.asked).toEqual([WORKFLOW]);
});

it('what landed whole, of a changeset that is said to have failed, is a stray', async () => {
  await landIn('acme/api', 'acme/web');
  const outcome = { kind: 'failed', reason: { kind: 'cutOff' } } as const;
  temporal.runs[WORKFLOW] = { latest: { kind: 'completed', outcome } };
  expect(await look()).toEqual({ begun: 1, unanswered: 0 });
});

it('a changeset that Temporal has forgotten is not judged', async () => {
  await landIn('acme/api');
  temporal.runs = {};
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
});

it('fences that a changeset left behind are seen to, though nothing of it landed', async () => {
  temporal.runs['changeset/acme/coordinator/13/asking'] = { latest: { kind: 'lost' } };
  temporal.grants = [
    { changeset: WORKFLOW, state: 'decided' },
    { changeset: 'changeset/acme/coordinator/13/asking', state: 'asked' },
  ];
  expect(await look()).toEqual({ begun: 1, unanswered: 0 });
  expect(temporal.begun).toEqual([{ name: 'checkout', seen: [] }]);
  // It ends while it is looked at, and tells the queue before.
  const { latestRun } = deps.workflows;
  deps.workflows.latestRun = async (workflowId) => {
    temporal.grants = [];
    return latestRun(workflowId);
  };
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
});

it('fences of a changeset that runs are its own', async () => {
  temporal.grants = [{ changeset: WORKFLOW, state: 'decided' }];
  temporal.runs[WORKFLOW] = { latest: { kind: 'running' } };
  expect(await look()).toEqual({ begun: 0, unanswered: 0 });
});

describe('a changeset that Temporal gives no answer about', () => {
  const OTHER = 'changeset/acme/coordinator/13/other';
  const noAnswer = async (): Promise<never> => {
    throw new Error('Cannot query workflow: Workflow task in failed state');
  };

  beforeEach(async () => {
    await landIn('acme/api');
    temporal.grants = [{ changeset: OTHER, state: 'decided' }];
    temporal.runs[OTHER] = { latest: { kind: 'lost' } };
  });

  it.each(['latestRun', 'phaseInPipeline', 'beginStray'] as const)(
    'at %s keeps no half landing from being found, is counted, and is found as soon as it answers',
    async (question) => {
      const asked = deps.workflows[question] as (about: string | ChangesetId, seen: Member[]) => Promise<never>;
      const isOther = (about: string | ChangesetId) => about === OTHER || (about as ChangesetId).name === 'other';
      Object.assign(deps.workflows, {
        [question]: (about: string | ChangesetId, seen: Member[]) => (isOther(about) ? noAnswer() : asked(about, seen)),
      });
      expect(await look()).toEqual({ begun: 1, unanswered: 1 });
      expect(temporal.begun).toEqual([{ name: 'checkout', seen: [API] }]);
      Object.assign(deps.workflows, { [question]: asked });
      expect(await look()).toEqual({ begun: 2, unanswered: 0 });
    },
  );

  it('is looked at again, although something of it stands', async () => {
    const { latestRun } = deps.workflows;
    deps.workflows.latestRun = noAnswer;
    expect(await look()).toEqual({ begun: 0, unanswered: 2 });
    deps.workflows.latestRun = latestRun;
    expect(await look()).toEqual({ begun: 2, unanswered: 0 });
  });
});

it('a repository that cannot be read keeps nobody from looking at the others', async () => {
  await landIn('acme/web');
  world.remotes['acme/api'].git('symbolic-ref', 'HEAD', 'refs/heads/none');
  expect(await look()).toEqual({ begun: 1, unanswered: 0 });
});

describe('the look of a run that was begun for a stray', () => {
  const again = (members = TWO_MEMBERS) => lookAgain(deps, { id, members });

  it('waits until no push of the run before can arrive, and finds nothing where nothing stands', async () => {
    expect(await again()).toEqual({ kind: 'clear' });
    expect(world.waited).toEqual([77]);
  });

  it('finds the half landing, with the vector that it was of', async () => {
    const vector = await landIn('acme/api');
    const looked = await again();
    expect(looked).toMatchObject({ kind: 'stands', findings: [{ standing: 'stands' }, { standing: 'absent' }] });
    expect('vector' in looked && looked.vector.members).toEqual(vector.members);
  });

  it('finds what landed whole, all of it to be undone if an operator says so', async () => {
    const vector = await landIn('acme/api', 'acme/web');
    const looked = await again();
    expect(looked).toMatchObject({ kind: 'stands', findings: [{ standing: 'stands' }, { standing: 'stands' }] });
    const toUndo = 'vector' in looked ? looked.vector.members.map((one) => [one.candidate, one.alreadyMerged]) : [];
    expect(toUndo).toEqual(vector.members.map((one) => [one.candidate, false]));
  });

  it('finds it also where only a repository outside the changeset shows it', async () => {
    await landIn('acme/api');
    expect(await again([{ repository: 'acme/web', branch: 'other' }, API])).toMatchObject({ kind: 'stands' });
  });
});
