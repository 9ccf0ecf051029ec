import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { permanent } from '../../activities/failures.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { commit } from '../support/fakeActivities.ts';
import { createWorkflowWorld, soon, type WorkflowWorld } from '../support/workflowWorld.ts';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await createWorkflowWorld();
});
afterAll(() => world?.stop());

const movesOf = (name: string) =>
  world.fakes.moves.filter((move) => move.changeset === name).map(({ kind, repository }) => `${kind} ${repository}`);

/** The landing halts after the first of two repositories. */
async function halted(name: string): Promise<number> {
  let readable = false;
  world.fakes.on('land', name, async (request, otherwise) => {
    if (request.repository.endsWith('/api') || readable) return otherwise(request);
    readable = true;
    return { kind: 'unreadable', message: 'it was renamed' };
  });
  const number = await world.submit([{ name, on: [`${name}/api`, `${name}/web`] }]);
  await world.phase(number, name, 'operator');
  await soon('the team to be told', () => world.fakes.count('notify', name) > 0);
  expect(movesOf(name)).toEqual([`land ${name}/api`]);
  return number;
}

const resolve = (number: number, name: string, input: unknown) =>
  world.signal(world.changesetId(number, name), 'resolve', input);

const refusals = async (number: number, name: string) => (await world.changeset(number, name)).refused.join('\n');

test('a landing that halts keeps its fences while everything else goes on, until it is undone', async () => {
  const number = await halted('undone');
  await soon('the slot to be free', async () => (await world.queue()).slot === undefined);
  expect((await world.queue()).grants).toMatchObject([{ state: 'halted', repositories: ['undone/api', 'undone/web'] }]);
  const other = await world.submit([{ name: 'other', on: ['other/api'] }]);
  expect(await world.pipelineEnd(other)).toMatchObject({ outcome: 'merged' });
  const fenced = await world.submit([{ name: 'fenced', on: ['undone/web'] }]);
  await soon('why it waits', () => {
    const [shown] = world.fakes.views.get(fenced)?.changesets ?? [];
    return shown?.behind?.changeset === world.changesetId(number, 'undone');
  });
  await resolve(number, 'undone', { action: 'guess', by: 'bob' });
  await soon('the refusal', async () => (await refusals(number, 'undone')).includes('not understood'));
  await resolve(number, 'undone', { action: 'undo', by: 'bob' });
  expect(await world.changesetEnd(number, 'undone')).toMatchObject({ kind: 'rolledBack' });
  expect(movesOf('undone')).toEqual(['land undone/api', 'revert undone/api']);
  expect(await world.pipelineEnd(fenced)).toMatchObject({ outcome: 'merged' });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
  expect(world.fakes.statuses.get(number)).toEqual({ undone: 'failed' });
});

test('it is finished: the missing member is tested with the landed one, and lands', async () => {
  const number = await halted('finished');
  world.fakes.mains.set('finished/web', commit('foreign'));
  await resolve(number, 'finished', { action: 'finish', by: 'bob' });
  expect(await world.changesetEnd(number, 'finished')).toMatchObject({ kind: 'landed' });
  expect(world.fakes.count('runTests', 'finished')).toBe(2);
  expect(movesOf('finished')).toEqual(['land finished/api', 'land finished/web']);
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
});

test('it is finished while the queue is paused, as the answer to the pause says', async () => {
  const number = await halted('calm');
  await world.signal(QUEUE_WORKFLOW_ID, 'pause', { by: 'pam', reason: 'freeze' });
  const answer = `done; waiting for an operator, who may finish or undo it meanwhile: #${number}/calm`;
  await soon('the answer', async () => (await world.queue()).commands.some((command) => command.answer === answer));
  await resolve(number, 'calm', { action: 'finish', by: 'bob' });
  expect(await world.changesetEnd(number, 'calm')).toMatchObject({ kind: 'landed' });
  expect((await world.queue()).paused).toMatchObject({ by: 'pam' });
  await world.signal(QUEUE_WORKFLOW_ID, 'resume', { by: 'pam' });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
});

test('a check accepts only what is seen', async () => {
  const number = await halted('checked');
  await resolve(number, 'checked', { action: 'check', by: 'bob' });
  await soon('the look', () => world.fakes.count('survey', 'checked') > 0);
  await world.phase(number, 'checked', 'operator');
  const candidate = world.fakes.standing;
  for (const commit of candidate.keys()) candidate.set(commit, 'reverted');
  await resolve(number, 'checked', { action: 'check', by: 'bob' });
  expect(await world.changesetEnd(number, 'checked')).toMatchObject({ kind: 'rolledBack', reverted: [] });
  expect(await world.pipelineEnd(number)).toMatchObject({ outcome: 'merged' });
});

test('each call has its own number, and is told who chose what and what came of it', async () => {
  const number = await halted('told');
  await resolve(number, 'told', { action: 'check', by: 'bob' });
  await soon('the second call', () => world.fakes.count('notify', 'told') === 2);
  await resolve(number, 'told', { action: 'undo', by: 'ann' });
  await world.changesetEnd(number, 'told');
  const told = world.fakes.operatorCalls.filter(({ name }) => name === 'told');
  expect(
    told.map(({ call }) => [call.number, call.answer?.by, call.answer?.action, call.answer?.result?.kind]),
  ).toEqual([
    [1, undefined, undefined, undefined],
    [1, 'bob', 'check', undefined],
    [1, 'bob', 'check', 'again'],
    [2, undefined, undefined, undefined],
    [2, 'ann', 'undo', undefined],
    [2, 'ann', 'undo', 'rolledBack'],
  ]);
});

test('a resolve that comes while the operator is still being asked counts', async () => {
  const comment = world.fakes.hold('commentOperator', 'early');
  world.fakes.on('land', 'early', async () => ({ kind: 'unreadable', message: 'gone' }));
  const number = await world.submit([{ name: 'early', on: ['early/api'] }]);
  await comment.reached;
  await resolve(number, 'early', { action: 'undo', by: 'bob' });
  await resolve(number, 'early', { action: 'finish', by: 'ann' });
  comment.open();
  expect(await world.changesetEnd(number, 'early')).toMatchObject({ kind: 'rolledBack' });
  expect(await refusals(number, 'early')).toContain('ann');
});

test('a failure for good after the decision is for a person to judge', async () => {
  world.fakes.on('land', 'broken', async () => {
    throw permanent('an assumption was wrong');
  });
  const number = await world.submit([{ name: 'broken', on: ['broken/api'] }]);
  await world.phase(number, 'broken', 'operator');
  expect((await world.changeset(number, 'broken')).sentence).toContain('land failed: an assumption was wrong');
  await resolve(number, 'broken', { action: 'check', by: 'bob' });
  expect(await world.changesetEnd(number, 'broken')).toMatchObject({ kind: 'rolledBack' });
});
