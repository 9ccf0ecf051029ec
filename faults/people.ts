/** What people do on GitHub and by signals, and what they see there. */
import type { Happened } from '../invariants/happened.ts';
import { changesetLabel, changesetWorkflowId, QUEUE_WORKFLOW_ID } from '../src/changeset.ts';
import type { QueueState } from '../src/queue/state.ts';
import { commandOf, processes } from './check/leftovers.ts';
import { MEMBERS } from './points.ts';
import { COORDINATOR, PERSON } from './template.ts';
import { until } from './until.ts';
import type { World } from './world.ts';

export interface Entry {
  name: string;
  approval?: 'none' | 'required';
  on: string[];
}

export interface People {
  /** The file that shows a changeset's work in a tree is made on a branch of each of its repositories. */
  branch(repository: string, name: string, more?: Record<string, string>): Promise<string>;
  /** The same in every member. */
  branches(name: string): Promise<void>;
  /** Opens a manifest pull request; gives its number. */
  submit(entries: Entry[]): Promise<number>;
  pull(number: number): Promise<{ merged: boolean; state: string; head: { sha: string; ref: string } }>;
  whenMerged(number: number): Promise<void>;
  /** Waits until a changeset is in this phase. */
  whenAt(number: number, name: string, at: string): Promise<void>;
  signal(workflowId: string, signal: string, input: unknown): Promise<void>;
  /** A push to a `main` with bypass, on top of what is there. */
  pushToMain(repository: string, files: Record<string, string>): Promise<string>;
  /** When they are asked. */
  resolve(number: number, name: string, action: 'finish' | 'undo' | 'check'): Promise<void>;
  /** Approves the heads that the branches have, once the comment shows them. */
  approve(number: number, name: string, on: string[]): Promise<void>;
  /** Waits until a test script has begun to run. */
  whenTestsRun(): Promise<true>;
  /** Makes a rule on a `main` that nobody may bypass; what it gives takes it away again. */
  forbid(repository: string): () => void;
  /** Pauses, and notes when the answer could be seen. */
  command(verb: 'pause' | 'resume', about: { by: string }): Promise<void>;
  /** Pull requests that were opened, in order. */
  opened: number[];
  approvals: NonNullable<Happened['approvals']>;
  commands: NonNullable<Happened['commands']>;
  obstacles: NonNullable<Happened['obstacles']>;
}

export const workFile = (changeset: string) => `work/${changeset}.txt`;

export function createPeople(world: World): People {
  const { github, client } = world;
  const { admin } = github;
  const { token } = admin.addPerson(PERSON);
  const opened: number[] = [];
  const movesWhenOpened = new Map<number, number>();
  const movesOfMain = () =>
    admin.record().filter(({ ref, repository }) => ref === 'refs/heads/main' && repository === COORDINATOR).length;
  const commands: People['commands'] = [];

  async function api<T>(path: string, repository = COORDINATOR): Promise<T> {
    const answer = await fetch(`${github.apiUrl}/repos/${repository}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  const people: People = {
    opened,
    approvals: [],
    obstacles: [],
    commands,
    branch: (repository, name, more = {}) =>
      admin.commit(repository, name, {
        files: { [workFile(name)]: `${name} in ${repository}\n`, ...more },
        message: `${name} in ${repository}`,
        author: PERSON,
      }),
    async branches(name) {
      for (const repository of MEMBERS) await people.branch(repository, name);
    },
    async submit(entries) {
      const branch = `change-${entries.map(({ name }) => name).join('-')}`;
      const files = { [`changesets/${branch}.yaml`]: manifestOf(entries) };
      await admin.commit(COORDINATOR, branch, { files, message: `Change ${branch}`, author: PERSON });
      const number = await admin.openPullRequest(COORDINATOR, { head: branch, title: branch, author: PERSON });
      opened.push(number);
      movesWhenOpened.set(number, movesOfMain());
      return number;
    },
    pull: (number) => api(`/pulls/${number}`),
    async whenMerged(number) {
      // Asking for a pull request has it merged for a try, each time: the record is looked at until the base has moved.
      const before = movesWhenOpened.get(number) ?? 0;
      const isMerged = async () => movesOfMain() > before && (await people.pull(number)).merged;
      await until(`pull request #${number} to be merged`, isMerged);
    },
    async whenAt(number, name, at) {
      const id = idOf(number, name);
      await until(`${name} to be at ${at}`, async () => {
        const status = await client.workflow.getHandle(id).query<{ phase: { at: string } }>('status');
        return status.phase.at === at;
      });
    },
    signal: (workflowId, signal, input) => client.workflow.getHandle(workflowId).signal(signal, input),
    pushToMain: async (repository, files) => {
      const name = `foreign-${opened.length}-${Object.keys(files)
        .join('-')
        .replaceAll(/[^\w-]/g, '-')}`;
      const commit = await admin.commit(repository, name, { files, message: 'by an administrator' });
      await admin.moveRef(repository, 'main', commit);
      return commit;
    },
    async resolve(number, name, action) {
      await people.whenAt(number, name, 'operator');
      await people.signal(idOf(number, name), 'resolve', { action, by: 'olga' });
    },
    async approve(number, name, on) {
      const asked = async () => {
        const status = await client.workflow.getHandle(idOf(number, name)).query<{ approvalAsked: boolean }>('status');
        return status.approvalAsked;
      };
      await until('the comment to show the heads', asked);
      const tips = on.map(async (repository) => ({
        repository,
        commit: (await admin.readRef(repository, name)) ?? '',
      }));
      const heads = await Promise.all(tips);
      const changeset = changesetLabel({ coordinator: COORDINATOR, pullRequest: number, name });
      people.approvals.push({ at: Date.now(), changeset, heads });
      await people.signal(idOf(number, name), 'approve', { by: PERSON, commit: heads.map(({ commit }) => commit) });
    },
    whenTestsRun: () => until('a test script to run', () => processes().some((pid) => isTest(world, pid))),
    forbid(repository) {
      const rule = admin.addRule(repository, {
        type: 'required_status_checks',
        parameters: { required_status_checks: [{ context: 'build' }] },
      });
      const obstacle: People['obstacles'][number] = { of: { repository }, from: Date.now() };
      people.obstacles.push(obstacle);
      return () => {
        admin.removeRuleset(repository, rule);
        obstacle.until = Date.now();
      };
    },
    async command(verb, { by }) {
      await until(`the ${verb} to be taken`, async () => {
        await people.signal(QUEUE_WORKFLOW_ID, verb, { by, reason: 'fault run' });
        return true;
      });
      if (verb === 'resume') {
        for (const command of commands) command.until ??= Date.now();
        return;
      }
      const command: People['commands'][number] = { verb, by };
      commands.push(command);
      command.answered = await until('the answer to the pause', async () => {
        const { commands: all } = await client.workflow.getHandle(QUEUE_WORKFLOW_ID).query<QueueState>('status');
        const answer = all.findLast((one) => one.verb === verb && one.by === by)?.answer;
        return answer === undefined ? undefined : { at: Date.now(), text: answer };
      });
    },
  };
  return people;
}

function isTest({ dataDir }: World, pid: number): boolean {
  const command = commandOf(pid);
  return command.includes('run_integration_tests.sh') && command.includes(dataDir);
}

export function idOf(pullRequest: number, name: string): string {
  return changesetWorkflowId({ coordinator: COORDINATOR, pullRequest, name });
}

function manifestOf(entries: Entry[]): string {
  const lines = entries.flatMap(({ name, approval, on }) => [
    `  - name: ${name}`,
    ...(approval === undefined ? [] : [`    approval: ${approval}`]),
    '    repositories:',
    ...on.flatMap((repository) => [`      - name: ${repository}`, `        branch: ${name}`]),
  ]);
  return ['changesets:', ...lines, ''].join('\n');
}
