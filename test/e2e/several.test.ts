import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../server/local/temporal/server.ts';
import { QUEUE_WORKFLOW_ID } from '../../src/changeset.ts';
import { type Slack, startSlack } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { createWorld, manifest, type World } from '../support/world.ts';

let world: World;
let slack: Slack;
beforeAll(async () => {
  slack = await startSlack();
  const env = { SLACK_WEBHOOK_URL: slack.webhookUrl, LOCKSTEP_RECONCILE_MS: '4000' };
  world = await createWorld({ members: ['acme/api', 'acme/web'], workers: false, env });
}, 300_000);
afterAll(async () => {
  await world?.stop();
  await slack?.emulator.close();
});

async function submit(name: string, files: Record<string, string> = {}): Promise<number> {
  await world.branch('acme/api', `feature/${name}`, { [`${name}.txt`]: 'x\n', ...files });
  return world.submit(manifest({ name, on: { 'acme/api': `feature/${name}` } }));
}

const queues = async () => {
  const found = [];
  for await (const { workflowId, runId } of world.client.workflow.list({ query: "WorkflowType = 'queue'" })) {
    found.push({ workflowId, runId });
  }
  return found;
};

test('F51: without a worker the server says so; what came meanwhile lands when one is there', async () => {
  const number = await submit('early');
  const ready = await fetch(`${world.serverUrl}/readyz`);
  expect(ready.status).toBe(503);
  const { problems } = (await ready.json()) as { problems: string[] };
  expect(problems).toEqual([
    expect.stringContaining('no control worker polls the task queue'),
    expect.stringContaining('no test worker polls the task queue'),
  ]);
  world.worker = await world.startWorker();
  await world.whenMerged(number);
}, 300_000);

test('F44: a second server and a second worker serve the one queue; either of them is enough', async () => {
  const listen = `127.0.0.1:${await freePort()}`;
  await world.startServer({ LOCKSTEP_LISTEN: listen });
  const second = await world.startWorker();
  const [queue, ...others] = await queues();
  expect([queue?.workflowId, others]).toEqual([QUEUE_WORKFLOW_ID, []]);
  const number = await submit('first-server');
  await world.server.kill();
  await world.worker.kill();
  world.github.admin.setWebhook(`http://${listen}/webhooks/github`, world.secret);
  world.worker = second;
  const other = await submit('second-server');
  await world.whenMerged(number);
  await world.whenMerged(other);
  for (const name of ['first-server', 'second-server']) expect(await world.show('acme/api', `${name}.txt`)).toBe('x\n');
  expect(await queues()).toEqual([queue]);
  world.server = await world.startServer();
}, 300_000);

test('F37: the App suspended while tests run: the team is told once, and once that it is over; nothing is lost', async () => {
  const number = await submit('suspended', { slow: '2' });
  await world.phase(number, 'suspended', 'testing');
  world.github.admin.setSuspended('acme', true);
  const other = await submit('meanwhile');
  const told = async () => (await slack.read()).filter((text) => /tokens?\b/.test(text));
  await until('the team to be told', async () => (await told()).length > 0);
  await until('both to have been refused', () => refusals() > 5);
  expect(await told()).toEqual([expect.stringContaining('the App is suspended on acme')]);
  world.github.admin.setSuspended('acme', false);
  await world.whenMerged(number);
  await world.whenMerged(other);
  expect(await world.landings()).toEqual(expect.arrayContaining(['acme/api']));
  await until('the team to be told that it is over', async () => (await told()).length > 1);
  expect((await told())[1]).toContain('tokens again for the repositories of acme');
  expect(await told()).toHaveLength(2);
  expect(await world.failureComments(number)).toEqual([]);
}, 300_000);

/** Lines about a refusal in the worker's log. */
function refusals(): number {
  const log = readFileSync(world.worker.logFile, 'utf8');
  return log.split('\n').filter((line) => line.includes('has been suspended')).length;
}
