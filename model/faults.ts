/** What people may do, and what may go wrong outside of Lockstep. */

import { takeOrder, takeSkip } from '../src/attempt/take.ts';
import type { Commit } from '../src/changeset.ts';
import { headsOf, sameHeads } from '../src/landing/state.ts';
import type { ResolveAction } from '../src/landing/steps.ts';
import { readTrailers } from '../src/landing/trailers.ts';
import type { Offer } from './activityMoves.ts';
import type { Context } from './context.ts';
import { MAIN, moveMain, repositoryAt, takeEffect, tipOf } from './github.ts';
import { readTree } from './objects.ts';
import { setPipeline, startAgain } from './pipelines.ts';
import { attemptOf, came, complete, type Draft, isStopped, runOf, setRun, take } from './run.ts';
import { type CommandKind, type ForeignPush, full, OTHERWISE } from './setting.ts';
import { hear } from './signals.ts';
import { type Run, replaced, type State } from './world.ts';

export function offerWorld(context: Context, state: State, offer: Offer): void {
  offerArrivals(context, state, offer);
  for (const r of context.setting.repositories.keys()) {
    offerPushes(context, state, r, offer);
    offerReverts(context, state, r, offer);
    if (state.budget.rule > 0 && !repositoryAt(state, r).ruled) {
      const name = nameOf(context, r);
      offer(
        'fault',
        () => `a rule appears on main of ${name}`,
        (draft) => {
          draft.repositories = replaced(draft.repositories, r, { ...repositoryAt(draft, r), ruled: true });
        },
        ['rule'],
      );
    }
  }
}

function nameOf({ setting }: Context, r: number): string {
  return full(setting.repositories[r] ?? '');
}

/** A push that its sender heard no end of arrives after all. */
function offerArrivals(context: Context, state: State, offer: Offer): void {
  for (const [i, push] of state.pushes.entries()) {
    const repository = nameOf(context, push.repository);
    const what = `the late push of ${context.ids[push.changeset]?.name} to main of ${repository}`;
    let said = '';
    offer(
      'system',
      () => `${what} arrives: ${said}`,
      (draft) => {
        draft.pushes = draft.pushes.filter((_, other) => other !== i);
        const { commit, expected } = push;
        said = takeEffect(context, draft, push.changeset, { repository, ref: MAIN, commit, expected }).kind;
      },
    );
  }
}

function offerPushes(context: Context, state: State, r: number, offer: Offer): void {
  if (state.budget.foreign === 0) return;
  const tip = tipOf(context, repositoryAt(state, r));
  for (const push of context.setting.pushes) {
    const to = pushedTo(context, tip, push);
    if (to === undefined) continue;
    const how = { onTop: 'pushes', clash: 'pushes a change of the same lines', back: 'forces an older commit' }[push];
    const say = () => `somebody ${how} (${to.slice(0, 7)}) to main of ${nameOf(context, r)}`;
    offer('fault', say, (draft) => moveMain(context, draft, r, { to, by: 'somebody' }), ['foreign']);
  }
}

function pushedTo(context: Context, tip: Commit, push: ForeignPush): Commit | undefined {
  const { objects, ids } = context;
  const { tree, parents } = objects.get(tip);
  switch (push) {
    case 'onTop':
      return objects.add({ parents: [tip], tree: { ...tree, somebody: 'was here' }, message: "Somebody's change\n" });
    case 'clash': {
      const changed = Object.fromEntries(ids.map(({ name }) => [name, OTHERWISE]));
      return objects.add({ parents: [tip], tree: { ...tree, ...changed }, message: "Somebody's own way\n" });
    }
    case 'back':
      return parents[0];
  }
}

/** `git revert` says what it reverts; whoever takes the lines out by hand says nothing. */
function offerReverts(context: Context, state: State, r: number, offer: Offer): void {
  if (state.budget.revert === 0) return;
  const { objects } = context;
  const tip = tipOf(context, repositoryAt(state, r));
  const history = objects.firstParents(tip, undefined, 100);
  for (const [c, label] of context.labels.entries()) {
    if (objects.get(tip).tree[context.ids[c]?.name ?? ''] === undefined) continue;
    const landed = history.find(({ message }) => {
      const trailers = readTrailers(message);
      return trailers.changeset === label && trailers.reverts === undefined;
    });
    const [before] = landed?.parents ?? [];
    if (landed === undefined || before === undefined) continue;
    // The inverse: from what it made to what was before it.
    const reverse = objects.add({ parents: [landed.commit], tree: objects.get(before).tree, message: '' });
    const merged = objects.merge(tip, reverse, landed.commit);
    if (merged.kind === 'conflict') continue;
    for (const aloud of [true, false]) {
      const message = aloud ? `Revert it\n\nThis reverts commit ${landed.commit}.\n` : 'Clean up\n';
      const to = objects.add({ parents: [tip], tree: readTree(merged.tree), message });
      const say = () =>
        `a person takes ${context.ids[c]?.name} out of main of ${nameOf(context, r)} (${to.slice(0, 7)}, ${aloud ? 'git revert' : 'by hand'})`;
      offer('fault', say, (draft) => moveMain(context, draft, r, { to, by: 'somebody' }), ['revert']);
    }
  }
}

export function offerPeople(context: Context, state: State, c: number, offer: Offer): void {
  offerHead(context, state, c, offer);
  offerApproval(context, state, c, offer);
  offerResolve(context, state, c, offer);
}

function offerHead(context: Context, state: State, c: number, offer: Offer): void {
  if (state.budget.head === 0 || runOf(state, c).doing.is === 'ended') return;
  const { objects } = context;
  for (const r of context.setting.repositories.keys()) {
    const head = repositoryAt(state, r).heads[c];
    if (head == null) continue;
    const name = context.ids[c]?.name ?? '';
    const tree = { ...objects.get(head).tree, [`${name} more`]: 'yes' };
    const to = objects.add({ parents: [head], tree, message: `More of ${name}\n` });
    const say = () => `somebody pushes ${to.slice(0, 7)} to the branch of ${name} in ${nameOf(context, r)}`;
    offer(
      'fault',
      say,
      (draft) => {
        const repository = repositoryAt(draft, r);
        draft.repositories = replaced(draft.repositories, r, {
          ...repository,
          heads: replaced(repository.heads, c, to),
        });
      },
      ['head'],
    );
  }
}

/** The comment is written, and told of. An approval is made when Temporal takes it: whoever sends it sees what stands there. */
function offerApproval(context: Context, state: State, c: number, offer: Offer): void {
  if (context.setting.changesets[c]?.approval !== 'required') return;
  const run = runOf(state, c);
  const { telling, shows, saw } = run.comment;
  const { landing, shown } = attemptOf(context, run, c);
  const name = context.ids[c]?.name;
  const set = (draft: Draft, change: Partial<Run['comment']>) =>
    setRun(draft, c, { comment: { ...runOf(draft, c).comment, ...change } });
  if (landing.at === 'approving' && telling === null && !isStopped(context, run, c)) {
    const heads = headsOf(landing.vector);
    const write = (draft: Draft) => set(draft, { shows: context.heads.id(heads), telling: context.heads.id(heads) });
    if (shown === undefined || !sameHeads(shown, heads))
      offer('system', () => `the comment shows the heads of ${name}`, write);
  }
  if (telling !== null) {
    const tell = (draft: Draft) => {
      set(draft, { telling: null });
      take(context, draft, c, (attempt) => takeOrder(attempt, { kind: 'shown', heads: context.heads.at(telling) }));
    };
    offer('system', () => `${name} hears that its comment is written`, tell);
  }
  if (shows === null || landing.at !== 'approving' || saw.length > 0) return;
  for (const named of [false, true]) {
    const how = named ? 'naming the commits' : 'naming no commit';
    const say = () => `a person sees the comment and approves ${name}, ${how}`;
    offer('people', say, (draft) => approve(context, draft, c, { saw: shows, named }));
  }
}

function approve(context: Context, draft: Draft, c: number, approval: { saw: number; named: boolean }): void {
  const commits = approval.named ? context.heads.at(approval.saw).map((tip) => tip.commit) : [];
  take(context, draft, c, (attempt) => context.protocol.takeApprove(attempt, { by: 'ann', commits }));
  const { comment, desk } = runOf(draft, c);
  if (context.desks.at(desk).approvals.length > comment.saw.length) {
    setRun(draft, c, { comment: { ...comment, saw: [...comment.saw, approval.saw] } });
  }
}

function offerResolve(context: Context, state: State, c: number, offer: Offer): void {
  const run = runOf(state, c);
  if (state.budget.resolve === 0 || run.doing.is !== 'operator') return;
  for (const action of ['finish', 'undo', 'check'] satisfies ResolveAction[]) {
    const resolve = { action, by: 'olga' };
    const say = () => `an operator says '${action}' for ${context.ids[c]?.name}`;
    offer('fault', say, (draft) => complete(context, draft, c, came({ of: 'awaitOperator', resolve })), ['resolve']);
  }
}

export function offerCommands(context: Context, state: State, offer: Offer): void {
  const { queue, budget } = state;
  const paused = queue.paused !== undefined && queue.commands.every((command) => command.answer !== undefined);
  if (paused)
    offer(
      'people',
      () => 'a person resumes the queue',
      (draft) => hear(context, draft, { kind: 'resume', by: 'pam' }),
    );
  if (budget.command === 0) return;
  for (const kind of context.setting.commands) {
    for (const target of targetsOf(context, state, kind)) {
      const say = () => `a person says '${kind}'${kind === 'pause' ? '' : ` of ${target.name}`}`;
      offer('fault', say, (draft) => command(context, draft, kind, target), ['command']);
    }
  }
}

/** A status was removed: where nothing of it landed it may be tried anew. */
export function offerAgain(context: Context, state: State, offer: Offer): void {
  if (state.budget.again === 0) return;
  for (const [p, { stage, pullRequest, closed }] of state.pipelines.entries()) {
    const isKnown = state.queue.entries.some((entry) => entry.pullRequest === pullRequest);
    const landed = (context.members.get(pullRequest) ?? []).some((c) => {
      const { settled } = context.facts.at(runOf(state, c).facts);
      return settled === null || context.outcomes.at(settled.outcome).kind === 'landed';
    });
    if (stage !== 'ended' || closed || isKnown || landed) continue;
    const make = (draft: Draft) => {
      startAgain(context, draft, p);
      hear(context, draft, { kind: 'event', pullRequest });
    };
    offer('fault', () => `people ask for a new attempt of #${pullRequest}`, make, ['again']);
  }
}

interface Target {
  name: string;
  /** Of the changeset, or of the pipeline. */
  number: number;
}

function targetsOf(context: Context, state: State, kind: CommandKind): Target[] {
  switch (kind) {
    case 'pause':
      return [{ name: 'the queue', number: 0 }];
    case 'skip':
      return context.ids
        .map(({ name }, number) => ({ name, number }))
        .filter(({ number }) => !['notBegun', 'ended'].includes(runOf(state, number).doing.is));
    case 'skipAll':
    case 'withdraw':
    case 'close':
      return context.pullRequests
        .map((pullRequest, number) => ({ name: `#${pullRequest}`, number }))
        .filter(({ number }) => state.pipelines[number]?.stage !== 'ended');
  }
}

function command(context: Context, draft: Draft, kind: CommandKind, { number }: Target): void {
  const pullRequest = context.pullRequests[number] ?? 0;
  switch (kind) {
    case 'pause':
      hear(context, draft, { kind: 'pause', by: 'pam', reason: 'release day' });
      return;
    case 'skip':
      take(context, draft, number, (attempt) => takeSkip(attempt, { by: 'sue', reason: 'not now' }));
      return;
    case 'skipAll':
      hear(context, draft, { kind: 'skip', by: 'sue', reason: 'not now', pullRequest });
      return;
    case 'withdraw':
      hear(context, draft, { kind: 'withdraw', by: 'wim', pullRequest });
      return;
    case 'close':
      setPipeline(draft, number, { closed: true });
      // GitHub's hint comes when it comes: on the pipeline's way to the queue.
      draft.wires = replaced(draft.wires, draft.runs.length + number, {
        toQueue: [...(draft.wires[draft.runs.length + number]?.toQueue ?? []), { kind: 'event', pullRequest }],
        fromQueue: draft.wires[draft.runs.length + number]?.fromQueue ?? [],
      });
  }
}
