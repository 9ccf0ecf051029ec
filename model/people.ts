/** What people may do: push to their branches, approve, resolve, command, ask again. */
import { takeOrder, takeSkip } from '../src/attempt/take.ts';
import { headsOf, sameHeads } from '../src/landing/state.ts';
import type { ResolveAction } from '../src/landing/steps.ts';
import type { Offer } from './activityMoves.ts';
import type { Context } from './context.ts';
import { repositoryAt } from './github.ts';
import { setPipeline, startAgain } from './pipelines.ts';
import { attemptOf, came, complete, type Draft, isStopped, runOf, setRun, take } from './run.ts';
import { type CommandKind, full } from './setting.ts';
import { hear } from './signals.ts';
import { type Run, replaced, type State } from './world.ts';

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
    const say = () =>
      `somebody pushes ${to.slice(0, 7)} to the branch of ${name} in ${full(context.setting.repositories[r] ?? '')}`;
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
      // Whoever asks for it has mended what stood in its way.
      draft.repositories = draft.repositories.map((one) => (one.ruled ? { ...one, ruled: false } : one));
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
