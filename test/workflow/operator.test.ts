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
  await soon('the look', () => world.fakes.count('survey', 'checked') > 1);
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

test('who is called is told what stands where, read after it halted; a resolve counts only from then on', async () => {
  world.fakes.on('land', 'shown', async (request, otherwise) => {
    if (request.repository.endsWith('/web')) return { kind: 'unreadable', message: 'it was renamed' };
    return otherwise(request);
  });
  const look = world.fakes.hold('survey', 'shown');
  const news: unknown[] = [];
  world.fakes.on('notify', 'shown', async ({ what }) => void news.push(what));
  const number = await world.submit([{ name: 'shown', on: ['shown/api', 'shown/web'] }]);
  await look.reached;
  const { phase, sentence } = await world.changeset(number, 'shown');
  expect([phase.at, sentence]).toEqual([
    'halted',
    'Halted: shown/web cannot be read: it was renamed. Reads what stands where.',
  ]);
  await resolve(number, 'shown', { action: 'undo', by: 'bob' });
  await soon('the refusal', async () => (await refusals(number, 'shown')).includes('waits for no operator'));
  look.open();
  await soon('the call', () => world.fakes.operatorCalls.some(({ name }) => name === 'shown'));
  const [told] = world.fakes.operatorCalls.filter(({ name }) => name === 'shown');
  expect(told?.call.findings).toMatchObject([
    { repository: 'shown/api', standing: 'stands' },
    { repository: 'shown/web', standing: 'absent' },
  ]);
  await soon('the team to be told', () => news.length > 0);
  expect(news).toMatchObject([{ kind: 'operator', findings: told?.call.findings }]);
  const { operator } = await world.changeset(number, 'shown');
  expect(operator?.where.map(({ repository, standing }) => `${repository} ${standing}`)).toEqual([
    'shown/api stands',
    'shown/web absent',
  ]);
  await resolve(number, 'shown', { action: 'undo', by: '<your name>' });
  await soon('the placeholder to be refused', async () =>
    (await refusals(number, 'shown')).includes('replace <your name> in "by" with your own name'),
  );
  await resolve(number, 'shown', { action: 'undo', by: 'bob' });
  expect(await world.changesetEnd(number, 'shown')).toMatchObject({ kind: 'rolledBack' });
});

test('a resolve counts while nobody can be asked or told: neither Slack nor comments are waited for', async () => {
  let away = true;
  const tell = async () => {
    if (away) throw new Error('it is away: 503');
  };
  world.fakes.on('notify', 'early', tell);
  world.fakes.on('commentOperator', 'early', async (request, otherwise) => {
    await tell();
    await otherwise(request);
  });
  world.fakes.on('land', 'early', async () => ({ kind: 'unreadable', message: 'gone' }));
  const number = await world.submit([{ name: 'early', on: ['early/api'] }]);
  await soon('the operator not to be asked', () => world.fakes.count('commentOperator', 'early') > 0);
  await resolve(number, 'early', { action: 'undo', by: 'bob' });
  expect(await world.changesetEnd(number, 'early')).toMatchObject({ kind: 'rolledBack' });
  away = false;
  await soon('what came of it to be told', () =>
    world.fakes.operatorCalls.some(({ name, call }) => name === 'early' && call.answer?.result?.kind === 'rolledBack'),
  );
});

test('a resolve that comes after another was taken is refused, and never carried out later', async () => {
  const number = await halted('second');
  const survey = world.fakes.hold('survey', 'second');
  await resolve(number, 'second', { action: 'check', by: 'ann', call: 1 });
  await survey.reached;
  await resolve(number, 'second', { action: 'undo', by: 'bob', call: 1 });
  await soon('the refusal', async () => (await refusals(number, 'second')).includes('bob'));
  survey.open();
  await soon('the second call', () =>
    world.fakes.operatorCalls.some(({ name, call }) => name === 'second' && call.number === 2),
  );
  await resolve(number, 'second', { action: 'undo', by: 'carl', call: 1 });
  await soon('its refusal', async () =>
    (await refusals(number, 'second')).includes('carl refused: it answers an earlier call'),
  );
  expect(movesOf('second')).toEqual(['land second/api']);
  await resolve(number, 'second', { action: 'undo', by: 'carl', call: 2 });
  expect(await world.changesetEnd(number, 'second')).toMatchObject({ kind: 'rolledBack' });
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
