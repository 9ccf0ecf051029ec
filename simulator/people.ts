/** What people do: acts of the scenario at their time, and at the end somebody who helps with whatever waits for people. */
import {
  type ChangesetId,
  changesetLabel,
  changesetWorkflowId,
  pipelineWorkflowId,
  QUEUE_WORKFLOW_ID,
  type Tip,
} from '../src/changeset.ts';
import { sameHeads } from '../src/landing/state.ts';
import type { ChangesetStatus } from '../workflows/messages.ts';
import { COORDINATOR } from './github.ts';
import type { Act } from './scenario.ts';
import { branchOf, manifestOf, pushBranch, type World } from './world.ts';

export async function act(world: World, what: Act): Promise<void> {
  const { server, github, scenario, record } = world;
  const tellQueue = (name: string, input: object) => server.signal(QUEUE_WORKFLOW_ID, name, input);
  const by = `person ${record.order()}`;
  switch (what.do) {
    case 'pushBranch':
      return pushAgain(world, what);
    case 'approve':
      return approve(world, what, by);
    case 'skip':
      return skip(world, { ...on(what.pull), name: what.changeset }, by);
    case 'terminate':
      return server.terminate(changesetWorkflowId({ ...on(what.pull), name: what.changeset }));
    case 'skipAll':
    case 'withdraw': {
      const verb = what.do === 'withdraw' ? 'withdraw' : 'skip';
      const wanted = scenario.pulls[what.pull - 1]?.changesets ?? [];
      if (!tellQueue(verb, { pr: what.pull, by, reason: 'no' })) return;
      const changesets = wanted.map(({ name }) => changesetLabel({ ...on(what.pull), name }));
      record.commands.push({ verb, by, changesets });
      return;
    }
    case 'pause':
      return pause(world, by);
    case 'resume':
      return resume(world, by);
    case 'pushManifest':
    case 'forcePush':
    case 'forge':
      return pushManifest(world, what.pull, what.do);
    case 'close':
      return isOpen(world, what.pull) ? github.edit(what.pull, { state: 'closed' }) : undefined;
    case 'draft':
      return isOpen(world, what.pull) ? github.edit(what.pull, { draft: true }) : undefined;
    case 'foreign':
    case 'reset':
    case 'revert':
    case 'undo':
      return moveMain(world, what);
    case 'rule':
      world.repositories.rules.set(what.on, 'protected branch hook declined');
      github.state.rules.set(what.on, ['main requires signed commits']);
      record.obstacle({ repository: what.on }, true);
      return;
    case 'killWorkers':
      return server.killWorkers();
  }
}

const on = (pullRequest: number) => ({ coordinator: COORDINATOR, pullRequest });

function isOpen({ github }: World, pull: number): boolean {
  return github.state.pulls.some(({ number, state }) => number === pull && state === 'open');
}

function skip({ server, record }: World, id: ChangesetId, by: string): void {
  const workflowId = changesetWorkflowId(id);
  const run = server.latest(workflowId);
  if (run === undefined || !server.signal(workflowId, 'skip', { by, reason: 'no' })) return;
  record.skips.push({ at: record.order(), by, run, changeset: changesetLabel(id) });
}

function pause({ server, record }: World, by: string): void {
  if (server.signal(QUEUE_WORKFLOW_ID, 'pause', { by, reason: 'release' })) record.commands.push({ verb: 'pause', by });
}

function resume({ server, record }: World, by: string): void {
  if (!server.signal(QUEUE_WORKFLOW_ID, 'resume', { by })) return;
  const at = record.order();
  for (const command of record.commands) if (command.verb === 'pause') command.until ??= at;
}

function pushAgain(
  { repositories, scenario, record }: World,
  { pull, changeset }: { pull: number; changeset: string },
): void {
  const wanted = scenario.pulls[pull - 1]?.changesets.find(({ name }) => name === changeset);
  const [repository] = wanted?.on ?? [];
  if (wanted === undefined || repository === undefined) return;
  pushBranch(repositories, { pull, changeset: wanted, on: repository, again: ` ${record.order()}` });
}

/** By the comment as it is now, or by heads that were there before. */
async function approve(
  world: World,
  { pull, changeset }: { pull: number; changeset: string },
  by: string,
): Promise<void> {
  const { server, record, random } = world;
  const workflowId = changesetWorkflowId({ ...on(pull), name: changeset });
  if (server.latest(workflowId)?.status !== 'RUNNING') return;
  const { heads: now, approvalAsked } = (await server.query(workflowId, 'status')) as ChangesetStatus;
  const heads = random.chance(30) ? now.map((tip) => headBefore(world, tip)) : now;
  const named = random.chance(50) || !sameHeads(heads, now);
  if (!named && !approvalAsked) return;
  record.approved({ changeset: changesetLabel({ ...on(pull), name: changeset }), heads });
  server.signal(workflowId, 'approve', { by, ...(named && { commit: heads.map(({ commit }) => commit) }) });
}

/** Where somebody pushed over it, what was on that branch then: whoever looked earlier names it. */
function headBefore({ repositories }: World, tip: Tip): Tip {
  const { repository, commit } = tip;
  const update = repositories.record.find((one) => one.repository === repository && one.new === commit);
  return { repository, commit: update?.old ?? commit };
}

/** On top of what is there, with words of the bot's perhaps, or over it as it was at first. */
function pushManifest(
  { repositories, github, scenario, record }: World,
  number: number,
  how: 'pushManifest' | 'forcePush' | 'forge',
): void {
  const pull = scenario.pulls[number - 1];
  if (pull === undefined || github.state.pulls[number - 1]?.state !== 'open') return;
  const branch = github.branchOf(number);
  const head = repositories.ref(COORDINATOR, branch) ?? '';
  const path = `changesets/p${number}.yaml`;
  const text = repositories.filesOf(head)[path] ?? '';
  const main = repositories.ref(COORDINATOR, 'main') ?? '';
  const force = how === 'forcePush';
  const parent = force ? main : head;
  const said = repositories.commits.get(head)?.message ?? '';
  const files = {
    ...repositories.filesOf(parent),
    [path]: force ? manifestOf(number, pull) : `${text}# pushed ${record.order()}\n`,
  };
  const message = how === 'forge' && said.includes('Lockstep-Status') ? said : 'a push';
  const commit = repositories.make({ files, parents: [parent], message });
  repositories.move({ repository: COORDINATOR, ref: `refs/heads/${branch}`, new: commit, by: 'somebody' });
  // Who pushes to a pull request that was skipped or withdrawn wants it back.
  const at = record.order();
  const ours = changesetLabel({ ...on(number), name: '' });
  for (const command of record.commands) {
    if (command.verb !== 'pause' && command.changesets?.some((label) => label.startsWith(ours))) command.until ??= at;
  }
}

function moveMain({ repositories, record }: World, { do: how, on: repository }: { do: string; on: string }): void {
  const tip = repositories.ref(repository, 'main') ?? '';
  const ref = 'refs/heads/main';
  const put = (commit: string) => repositories.move({ repository, ref, new: commit, by: 'somebody' });
  const { parents = [], message = '' } = repositories.commits.get(tip) ?? {};
  const [before] = parents;
  if (how === 'foreign') {
    const files = { ...repositories.filesOf(tip), [`foreign-${record.order()}.txt`]: 'x' };
    put(repositories.make({ files, parents: [tip], message: 'a push to main' }));
  } else if (before !== undefined && (how === 'undo' || how === 'revert')) {
    // By hand nothing says so; but what a revert took out is brought back by a revert (docs/gaps.md).
    const silently = how === 'undo' && !/This reverts commit|Lockstep-Reverts/.test(message);
    const said = `Revert "${message.split('\n')[0]}"\n\nThis reverts commit ${tip}.\n`;
    put(
      repositories.make({
        files: repositories.filesOf(before),
        parents: [tip],
        message: silently ? 'Clean up\n' : said,
      }),
    );
  } else if (before !== undefined) put(before);
}

/** Does what only people can; false when nothing waits for them. */
export async function help(world: World): Promise<boolean> {
  const { server, repositories, github, record, random } = world;
  let helped = false;
  for (const name of repositories.rules.keys()) {
    repositories.rules.delete(name);
    github.state.rules.set(name, []);
    record.obstacle({ repository: name }, false);
    helped = true;
  }
  const queue = server.latest(QUEUE_WORKFLOW_ID);
  if (queue?.status === 'RUNNING') {
    const { paused } = (await server.query(QUEUE_WORKFLOW_ID, 'status')) as { paused?: object };
    if (paused) {
      // Others see to what waits for an operator before it is over.
      if (random.chance(50)) resume(world, `helper ${record.order()}`);
      helped = true;
    }
  }
  if (await helpPulls(world)) helped = true;
  for (const run of server.runs.filter(({ type, status }) => type === 'changeset' && status === 'RUNNING')) {
    if (await helpChangeset(world, run.workflowId)) helped = true;
  }
  return helped;
}

/** Closed and drafted pull requests are taken up again; one that the queue does not know is pushed to, a few times. */
async function helpPulls(world: World): Promise<boolean> {
  const { server, github } = world;
  const queue = server.latest(QUEUE_WORKFLOW_ID);
  const status = queue?.status === 'RUNNING' ? await server.query(QUEUE_WORKFLOW_ID, 'status') : { entries: [] };
  const { entries } = status as { entries: { pullRequest: number }[] };
  let helped = false;
  for (const { number, state, draft, mergeCommit } of github.state.pulls) {
    if (mergeCommit !== undefined || entries.some((entry) => entry.pullRequest === number)) continue;
    if (state === 'closed' || draft) github.edit(number, { state: 'open', draft: false });
    else if ((world.pushes.get(number) ?? 0) < 3) pushManifest(world, number, 'pushManifest');
    else continue;
    world.pushes.set(number, (world.pushes.get(number) ?? 0) + 1);
    helped = true;
  }
  return helped;
}

async function helpChangeset(world: World, workflowId: string): Promise<boolean> {
  const { server, record, random } = world;
  const { phase, heads, changeset } = (await server.query(workflowId, 'status')) as ChangesetStatus;
  const by = `helper ${record.order()}`;
  if (phase.at === 'approval') {
    const named = random.chance(30) ? heads.map((tip) => headBefore(world, tip)) : heads;
    record.approved({ changeset, heads: named });
    return server.signal(workflowId, 'approve', { by, commit: named.map(({ commit }) => commit) });
  }
  if (phase.at === 'operator') {
    // Until somebody looks again nothing else is to begin.
    if (random.chance(20)) {
      pause(world, by);
      return true;
    }
    return server.signal(workflowId, 'resolve', { by, action: random.pick(['finish', 'undo', 'check']) });
  }
  return false;
}

/** Opens a manifest pull request. */
export function submit({ repositories, github, scenario }: World, number: number): void {
  const pull = scenario.pulls[number - 1];
  if (pull === undefined) return;
  const branch = `change-${number}`;
  const main = repositories.ref(COORDINATOR, 'main') ?? '';
  const files = { ...repositories.filesOf(main), [`changesets/p${number}.yaml`]: manifestOf(number, pull) };
  const commit = repositories.make({ files, parents: [main], message: 'a manifest' });
  repositories.move({ repository: COORDINATOR, ref: `refs/heads/${branch}`, new: commit, by: 'somebody' });
  github.open(branch);
}

export { branchOf, pipelineWorkflowId };
