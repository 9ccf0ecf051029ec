/** What the report's activities leave on a pull request, comment by comment. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ControlDeps } from '../../activities/deps.ts';
import { createFakeForge, type FakeForge } from '../../activities/github/fake.ts';
import { parserInProcess } from '../../activities/manifest/parser/inProcess.ts';
import {
  commentFailure,
  commentOperator,
  foldEarlier,
  publish,
  publishInvalid,
} from '../../activities/report/publish.ts';
import type { Outcome } from '../../src/changeset.ts';
import type { OperatorAnswer, OperatorCall } from '../../src/report/operator.ts';
import type { PipelineView } from '../../src/report/view.ts';
import { type ForgeWorld, fakeWorld, localWorld } from '../support/forges.ts';
import { commit, findings, RED, TWO } from '../support/landings.ts';
import { alive } from '../support/repositories.ts';

const COORDINATOR = 'acme/coordinator';
const id = { coordinator: COORDINATOR, pullRequest: 12, name: 'checkout' };
const CONFIGURATION = 'repositories: [acme/api]\nnotify: {mention: "@acme/release"}\n';

let forge: FakeForge;
let deps: ControlDeps;
let durations: () => Promise<number[]>;

beforeEach(() => {
  forge = createFakeForge({ coordinator: COORDINATOR });
  durations = async () => [60_000];
  deps = {
    coordinator: COORDINATOR,
    git: {
      readRefs: async () => ({ defaultBranch: 'main', main: commit('main'), refs: {} }),
      fetch: async () => undefined,
      readFile: async () => ({ mode: '100644', bytes: 1, content: Buffer.from(CONFIGURATION) }),
    },
    forge,
    parser: parserInProcess,
    workflows: { queuePicture: async () => ({ entries: [] }), testDurations: () => durations() },
    settings: { serverUrl: 'https://github.com' },
    now: () => Date.parse('2026-01-02T10:44:03Z'),
    live: alive,
  } as Partial<Record<keyof ControlDeps, unknown>> as ControlDeps;
});

const bodies = () => forge.state.comments.map(({ body }) => body);

describe('a call for an operator', () => {
  const call: OperatorCall = { number: 1, reason: 'half of it stands', findings: findings(TWO, { api: 'stands' }) };
  const answer: OperatorAnswer = { action: 'undo', by: 'olga' };
  const tell = (told: OperatorCall) => commentOperator(deps, { id, attempt: 'run-1', call: told });

  it('mentions the team and offers every command', async () => {
    await tell(call);
    expect(bodies()).toEqual([expect.stringMatching(/### 🚨 checkout needs an operator[\s\S]*@acme\/release/)]);
    for (const action of ['finish', 'undo', 'check']) expect(bodies()[0]).toContain(`{"action":"${action}"`);
  });

  it('is edited once somebody has chosen: who, what, and no command any more', async () => {
    await tell(call);
    await tell({ ...call, answer });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toMatch(/⏳ checkout needs an operator · undo is at work[\s\S]*\*\*olga\*\* chose to undo it/);
    expect(bodies()[0]).not.toContain('temporal workflow signal');
    expect(bodies()[0]).toContain('half of it stands'.slice(1));
  });

  it.each<[Outcome, string, string]>([
    [{ kind: 'landed', members: TWO.members }, '✅', 'Landed on main of acme/api, acme/web.'],
    [{ kind: 'rolledBack', reason: 'olga asked for it', reverted: [] }, '↩️', 'Rolled back: olga asked for it.'],
  ])('says in the end what came of it: %j', async (result, icon, sentence) => {
    await tell({ ...call, answer });
    await tell({ ...call, answer: { ...answer, result } });
    expect(bodies()).toHaveLength(1);
    expect(bodies()[0]).toContain(`### ${icon} checkout needed an operator`);
    expect(bodies()[0]).toContain(`What came of it: ${sentence}`);
  });

  it('of the same attempt again is a comment of its own, so that the mention reaches people', async () => {
    await tell({ ...call, answer: { ...answer, result: { kind: 'again' } } });
    await tell({ ...call, number: 2 });
    await tell({ ...call, number: 2 });
    expect(bodies()).toHaveLength(2);
    expect(bodies()[0]).toContain('still needs an operator · see the newer comment');
    expect(bodies()[0]).not.toContain('temporal workflow signal');
    expect(bodies()[1]).toContain('@acme/release');
  });
});

describe('a comment on a failure', () => {
  const failed: Outcome = { kind: 'failed', reason: { kind: 'tests', result: RED } };
  const landed: Outcome = { kind: 'landed', members: [] };
  const fail = (name: string, attempt: string) =>
    commentFailure(deps, { id: { ...id, name }, outcome: failed, attempt });
  const end = (attempt: string, outcome: Outcome) => foldEarlier(deps, { id, outcome, attempt });

  it('is folded when a later attempt has ended, with its words kept', async () => {
    await fail('checkout', 'run-1');
    await end('run-2', landed);
    const [body] = bodies();
    expect(body).toContain('<details><summary>An earlier failure of <code>checkout</code>');
    expect(body).toContain('superseded by the attempt of 2026-01-02 10:44 UTC: landed</summary>');
    expect(body).toContain('### ❌ checkout failed');
    expect(body?.startsWith('<!-- lockstep checkout:run-1:failure -->')).toBe(true);
  });

  it('is folded like one that called for an operator', async () => {
    await commentOperator(deps, {
      id,
      attempt: 'run-1',
      call: { number: 1, reason: 'it stands in one only', findings: [] },
    });
    await end('run-1', failed);
    expect(bodies().join()).not.toContain('<details>');
    await end('run-2', landed);
    expect(bodies()[0]).toContain('<details><summary>An earlier call for an operator of <code>checkout</code>');
  });

  it('is folded once, however often that is asked for, and whatever attempts follow', async () => {
    await fail('checkout', 'run-1');
    await end('run-2', failed);
    await fail('checkout', 'run-2');
    const [first] = bodies();
    await end('run-2', failed);
    await end('run-3', landed);
    expect(bodies()[0]).toBe(first);
    expect(bodies()[1]).toContain('<details>');
    expect(bodies()).toHaveLength(2);
  });

  it('stays as it is for its own attempt, another changeset, and an attempt that was let go', async () => {
    await fail('checkout', 'run-1');
    await fail('checkout-v2', 'run-1');
    await end('run-1', failed);
    expect(bodies().join()).not.toContain('<details>');
    await end('run-2', { kind: 'stopped', why: 'closed' });
    expect(bodies().join()).not.toContain('<details>');
    await end('run-3', landed);
    expect(bodies()[1]).not.toContain('<details>');
  });
});

const PICTURE: PipelineView = {
  ...{ coordinator: COORDINATOR, pullRequest: 12, manifest: 'changesets/x.yaml', head: commit('head') },
  ...{ stage: { at: 'running' }, parallelism: 1, refusals: [] },
  changesets: [{ name: 'checkout', line: 3, phase: { at: 'preparing' }, members: [], after: [] }],
};

const ASKS = { at: 'approval' } as const;

describe('the picture', () => {
  it('carries the time left, guessed from earlier runs', async () => {
    await publish(deps, PICTURE);
    expect(bodies()[0]).toContain('about 1 min left');
  });

  it('is written without a guess when Temporal does not list earlier runs', async () => {
    durations = () => Promise.reject(new Error('visibility is away'));
    await publish(deps, PICTURE);
    expect(bodies()[0]).toContain('time left unknown');
  });
});

describe.each([
  ['the fake', fakeWorld],
  ['the adapter on a local GitHub', localWorld],
])('the check of a head that was replaced, on %s', (_, build) => {
  let world: ForgeWorld;
  beforeAll(async () => {
    world = await build();
  });
  afterAll(() => world.stop());

  const about = (pullRequest: number, head: string, stage: PipelineView['stage']['at']): PipelineView =>
    ({ ...PICTURE, pullRequest, head, stage: { at: stage, why: 'a reason' } }) as PipelineView;
  const show = (view: PipelineView) => publish({ ...deps, forge: world.forge }, view);
  const states = (heads: string[]) =>
    heads.map((head) =>
      world
        .checks()
        .filter((run) => run.head === head)
        .map(({ state }) => state),
    );

  it('is completed, head by head, and never in a way that lets the old head be merged', async () => {
    const { number, head } = await world.open({ branch: 'heads', files: { 'changesets/heads.yaml': 'x' } });
    await show(about(number, head, 'waiting'));
    const second = await world.push('heads', { 'changesets/heads.yaml': 'y' });
    await show(about(number, second, 'running'));
    expect(states([head, second])).toEqual([['cancelled'], ['in_progress']]);
    const third = await world.push('heads', { 'changesets/heads.yaml': 'z' });
    await show(about(number, third, 'running'));
    await show(about(number, third, 'merged'));
    expect(states([head, second, third])).toEqual([['cancelled'], ['cancelled'], ['success']]);
    expect(world.checks().find((run) => run.head === second)?.title).toBe(`Continued on ${third.slice(0, 7)}`);
  });

  it('waits for nobody any more where the old head asked for an approval', async () => {
    const { number, head } = await world.open({ branch: 'asked', files: { 'changesets/asked.yaml': 'x' } });
    const asking = {
      ...about(number, head, 'running'),
      changesets: PICTURE.changesets.map((one) => ({ ...one, phase: ASKS })),
    };
    await show(asking);
    expect(states([head])).toEqual([['action_required']]);
    const second = await world.push('asked', { 'changesets/asked.yaml': 'y' });
    await show({ ...asking, head: second });
    expect(states([head, second])).toEqual([['cancelled'], ['action_required']]);
  });

  it('stays as it was completed, and goes on when its head comes back', async () => {
    const { number, head } = await world.open({ branch: 'back', files: { 'changesets/back.yaml': 'x' } });
    await show(about(number, head, 'stuck'));
    const second = await world.push('back', { 'changesets/back.yaml': 'y' });
    await show(about(number, second, 'running'));
    expect(states([head])).toEqual([['failure']]);
    await show(about(number, head, 'running'));
    expect(states([head, second])).toEqual([['failure', 'in_progress'], ['cancelled']]);
  });

  it('is completed too when the new head has a manifest that cannot be run', async () => {
    const { number, head } = await world.open({ branch: 'broken', files: { 'changesets/broken.yaml': 'x' } });
    await show(about(number, head, 'waiting'));
    const second = await world.push('broken', { 'changesets/broken.yaml': '[' });
    const problems = [{ path: 'changesets/broken.yaml', line: 1, column: 1, where: '', message: 'no list' }];
    await publishInvalid({ ...deps, forge: world.forge }, { pullRequest: number, head: second, problems });
    expect(states([head, second])).toEqual([['cancelled'], ['failure']]);
  });
});
