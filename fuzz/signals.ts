/**
 * Signals and queries of any shape to every type of workflow, as Temporal's command line sends them: over the same call of its service for
 * the most part, for a start of the command line takes longer than the signal, and by the command line itself for some.
 */
import { WorkflowNotFoundError } from '@temporalio/client';
import { execa } from 'execa';
import { MEMBERS } from '../faults/points.ts';
import { COORDINATOR } from '../faults/template.ts';
import { until } from '../faults/until.ts';
import { createRandom, type Random } from '../simulator/random.ts';
import { changesetWorkflowId, pipelineWorkflowId, QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import { mutated, NASTY_TEXTS, nastyValue } from './mutate.ts';
import { complaintsOf, type Part, seedOf, type Wish } from './part.ts';
import type { Stand } from './stand.ts';

const NAMES = [
  'events',
  'toQueue',
  'order',
  'orders',
  'progress',
  'approve',
  'skip',
  'pause',
  'resume',
  'withdraw',
  'resolve',
  'reply',
];

const SHAPES: object[] = [
  { by: 'x', reason: 'y', pr: 12 },
  { by: 'x', commit: ['0123456'] },
  { by: 'x', action: 'finish', call: 1 },
  { kind: 'wantSlot', pullRequest: 12, priority: 1 },
  { kind: 'releaseSlot', pullRequest: 12 },
  { kind: 'wantGrant', changeset: 'acme/coordinator#12/x', pullRequest: 12, reach: ['acme/api'] },
  { kind: 'progress', name: 'x', phase: { at: 'testing' }, heads: [] },
  { kind: 'stop', why: 'superseded' },
  { line: 1, refused: 'no' },
  { v: 1, events: [{ pullRequest: 12, delivery: 'x' }] },
];

const ENCODINGS = [
  'json/plain',
  'json/plain',
  'json/plain',
  'binary/plain',
  'binary/null',
  'json/protobuf',
  'foo/bar',
  '',
  'binary/encrypted',
];

interface Letter {
  name: string;
  payloads: { metadata: Record<string, Uint8Array>; data: Uint8Array }[];
}

export function letterOf(random: Random): Letter {
  // What is stopped by a word of the right shape is stopped rightly: such words come from mutations only, and rarely.
  const one = () => {
    const value = random.chance(60) ? mutated(random, random.pick(SHAPES)) : nastyValue(random);
    const text = random.chance(90) ? (JSON.stringify(value) ?? '') : random.pick(NASTY_TEXTS);
    return { metadata: { encoding: Buffer.from(random.pick(ENCODINGS)) }, data: Buffer.from(text.slice(0, 100_000)) };
  };
  return {
    name: random.chance(90) ? random.pick(NAMES) : random.pick(['none', '__stack_trace', '\u202e', 'x'.repeat(900)]),
    payloads: Array.from({ length: random.pick([0, 1, 1, 1, 1, 2, 5]) }, one),
  };
}

/** Types that run for a moment are started with the signal, and with an input of theirs. */
const SHORT: Record<string, object> = {
  comment: { v: 1, coordinator: COORDINATOR, comment: 999_999 },
  report: {
    v: 1,
    id: { coordinator: COORDINATOR, pullRequest: 1, name: 'gated' },
    attempt: 'fuzz',
    outcome: { kind: 'stopped', why: 'closed' },
    calls: [],
  },
  reconcile: { v: 1, coordinator: COORDINATOR },
  janitor: { v: 1, coordinator: COORDINATOR },
};
const TO_SHORT = 20;
const BY_COMMAND_LINE = 50;

export async function fuzzSignals(stand: Stand, wish: Wish): Promise<Part> {
  const { world, people, worker, watched } = stand;
  const complaints = complaintsOf();
  const { client } = world;
  const pid = worker.pid();
  await people.branches('gated');
  const number = await people.submit([{ name: 'gated', approval: 'required', on: MEMBERS }]);
  await people.whenAt(number, 'gated', 'approval');
  const gated = changesetWorkflowId({ coordinator: COORDINATOR, pullRequest: number, name: 'gated' });
  const running = [QUEUE_WORKFLOW_ID, pipelineWorkflowId(COORDINATOR, number), gated];
  const gone = new Map<string, number>();
  for (let i = 0; i < wish.count; i += 1) {
    const random = createRandom(seedOf(wish, i));
    const workflowId = random.pick(running);
    const failed = await signal(stand, workflowId, letterOf(random)).catch((error: unknown) => error);
    if (failed instanceof WorkflowNotFoundError || /not found|already completed/i.test(String(failed))) {
      gone.set(workflowId, (gone.get(workflowId) ?? 0) + 1);
    } else if (failed !== undefined && !/invalid|INVALID_ARGUMENT|utf-?8/i.test(String(failed))) {
      complaints.say(`seed ${seedOf(wish, i)}: ${String(failed)}`);
    }
  }
  const shorts = await toShortOnes(stand, wish);
  const byHand = await byCommandLine(
    stand,
    { seed: wish.seed, count: Math.min(BY_COMMAND_LINE, Math.ceil(wish.count / 10)) },
    running,
  );
  // A pause of the right shape may have been among them.
  await client.workflow.getHandle(QUEUE_WORKFLOW_ID).signal('resume', { by: 'the fuzzing' });
  for (const workflowId of running) {
    const asked = client.workflow.getHandle(workflowId).query('status');
    await asked.catch((error: unknown) => complaints.say(`${workflowId} does not answer its query: ${String(error)}`));
  }
  for (const workflowId of [...running, ...shorts]) {
    const failures = await failedTasks(stand, workflowId);
    if (failures.length > 0) complaints.say(`${workflowId}: its workflow task failed: ${failures[0]}`);
  }
  await landsAll(stand, complaints.say);
  if (worker.pid() !== pid || worker.deaths() > 0) complaints.say(`the worker died ${worker.deaths()} times`);
  const { milliseconds, bytes } = await watched('worker');
  return {
    name: 'signals',
    tried: wish.count + shorts.length + byHand,
    complaints: complaints.all(),
    figures: [
      `to ${running.length + Object.keys(SHORT).length} types of workflows, ${shorts.length} to those that run for a moment, ${byHand} by the command line`,
      ...(gone.size > 0 ? [`${[...gone.values()].reduce((a, b) => a + b, 0)} found nobody any more`] : []),
      `the worker stood still for ${milliseconds.toFixed(0)} ms at the longest, and has ${Math.round(bytes / 2 ** 20)} MiB`,
    ],
  };
}

async function signal({ world }: Stand, workflowId: string, { name, payloads }: Letter): Promise<void> {
  await world.client.workflowService.signalWorkflowExecution({
    namespace: world.namespace,
    workflowExecution: { workflowId },
    signalName: name,
    identity: 'fuzz',
    input: { payloads },
  });
}

/** Their ids. */
async function toShortOnes({ world }: Stand, wish: Wish): Promise<string[]> {
  const ids: string[] = [];
  for (const [type, input] of Object.entries(SHORT)) {
    for (let i = 0; i < Math.min(TO_SHORT, wish.count); i += 1) {
      const { name, payloads } = letterOf(createRandom(seedOf(wish, i) + 7));
      const workflowId = `fuzz-${type}-${i}`;
      await world.client.workflowService.signalWithStartWorkflowExecution({
        namespace: world.namespace,
        workflowId,
        workflowType: { name: type },
        taskQueue: { name: 'lockstep' },
        requestId: workflowId,
        signalName: name,
        signalInput: { payloads },
        input: {
          payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(input)) }],
        },
        identity: 'fuzz',
      });
      ids.push(workflowId);
    }
  }
  return ids;
}

async function byCommandLine({ world }: Stand, wish: Wish, to: string[]): Promise<number> {
  const { path, address } = world.stage.temporal;
  for (let i = 0; i < wish.count; i += 1) {
    const random = createRandom(seedOf(wish, i) + 13);
    const text = JSON.stringify(mutated(random, random.pick(SHAPES)))
      .slice(0, 10_000)
      .replaceAll('\0', '');
    const args = ['workflow', 'signal', '--address', address, '--namespace', world.namespace];
    const about = ['--workflow-id', random.pick(to), '--name', random.pick(NAMES), '--input', text, '--input-meta'];
    await execa(path, [...args, ...about, `encoding=${random.pick(['json/plain', 'foo/bar'])}`], { reject: false });
  }
  return wish.count;
}

async function failedTasks({ world }: Stand, workflowId: string): Promise<string[]> {
  const failed: string[] = [];
  const { executions } = await world.client.workflowService.listWorkflowExecutions({
    namespace: world.namespace,
    query: `WorkflowId = '${workflowId}'`,
  });
  for (const { execution } of executions ?? []) {
    const handle = world.client.workflow.getHandle(workflowId, execution?.runId ?? undefined);
    const { events } = await handle.fetchHistory();
    for (const { workflowTaskFailedEventAttributes: task } of events ?? []) {
      if (task?.failure?.message) failed.push(task.failure.message);
    }
  }
  return failed;
}

/** After all that, a change lands. */
async function landsAll({ people }: Stand, say: (sentence: string) => void): Promise<void> {
  await people.branches('after');
  const number = await people.submit([{ name: 'after', on: MEMBERS }]);
  await until(`#${number} to land after all`, async () => (await people.pull(number)).merged).catch((error: unknown) =>
    say(String(error)),
  );
}
