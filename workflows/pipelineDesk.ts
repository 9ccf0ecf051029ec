/**
 * The desk of one pipeline: records what comes in, passes orders on to its changesets, asks the queue for the slot and
 * gives it back. The workflow's main body asks the desk what there is.
 */
import { condition, setHandler, sleep } from '@temporalio/workflow';
import type { Plan } from '../activities/types.ts';
import {
  type Commit,
  changesetWorkflowId,
  type Outcome,
  QUEUE_WORKFLOW_ID,
  type StopReason,
  type Tip,
} from '../src/changeset.ts';
import { sameHeads } from '../src/landing/state.ts';
import { type PlannedChangeset, priorityOf } from '../src/plan/plan.ts';
import { phaseOf, toStart } from '../src/plan/progress.ts';
import type { PipelineOrder } from '../src/queue/reduce.ts';
import { outcomeOf, type Picture, statusesOf, takeEnd, takeRefusal, takeTold, viewOf } from '../src/report/picture.ts';
import { pipelineSentence } from '../src/report/pipelineSentence.ts';
import type { PipelineStage, PipelineView } from '../src/report/view.ts';
import { hasKind, isProgress } from './between.ts';
import * as messages from './messages.ts';
import { createOutbox } from './outbox.ts';
import { createPublisher } from './publisher.ts';
import { tellerOfStatus } from './visibility.ts';

/** Why a pipeline lets its undecided changesets go. */
export type Stopping = StopReason | 'draft';

export type PipelineDesk = ReturnType<typeof openPipelineDesk>;

export function openPipelineDesk(input: messages.PipelineInput) {
  const { coordinator, pullRequest } = input;
  const outbox = createOutbox();
  const tellStatus = tellerOfStatus();
  let picture: Picture = {
    coordinator,
    pullRequest,
    stage: { at: 'waiting' },
    tip: '',
    progress: {},
    details: {},
    refusals: [],
  };
  let plan: Plan | undefined;
  let slot: 'none' | 'asked' | 'held' = 'none';
  let changed = false;
  let came = false;
  let skipAll: { by: string; reason: string } | undefined;
  let stopping: Stopping | undefined;
  let stuckWhy: string | undefined;
  const begun = new Set<string>();
  const asks = askedFor((name, heads) => send(name, { kind: 'shown', heads }));
  const publisher = createPublisher({
    view: () => viewOf(picture),
    everyMs: () => plan?.publishEveryMs ?? 0,
    written: asks.written,
  });

  const phase = (name: string) => phaseOf(picture.progress, name);
  const unfinished = () => [...begun].filter((name) => phase(name).at !== 'ended');
  const sentence = () => pipelineSentence(picture.stage, picture.progress);

  function send(name: string, order: messages.ChangesetOrder): void {
    outbox.send(changesetWorkflowId({ coordinator, pullRequest, name }), messages.orders, order);
  }

  function show(next: Partial<Picture>): void {
    picture = { ...picture, ...next };
    came = true;
    if (plan !== undefined) publisher.dirty();
    tellStatus({ status: picture.stage.at, sentence: sentence() });
  }

  function stop(why: Stopping): void {
    stopping ??= why;
    for (const name of unfinished()) send(name, { kind: 'stop', why: why === 'draft' ? 'closed' : why });
    show({});
  }

  /** An order that was sent while a changeset was being started found nobody: its first word is answered with it. */
  function repeatOrders(name: string): void {
    if (skipAll !== undefined) send(name, { kind: 'skip', ...skipAll });
    if (stopping !== undefined) send(name, { kind: 'stop', why: stopping === 'draft' ? 'closed' : stopping });
  }

  function take(order: PipelineOrder): void {
    came = true;
    switch (order.kind) {
      case 'slot':
        slot = 'held';
        for (const name of unfinished()) send(name, { kind: 'go' });
        break;
      case 'changed':
        changed = true;
        break;
      case 'skip':
        skipAll = { by: order.by, reason: order.reason };
        for (const name of unfinished()) send(name, { kind: 'skip', ...skipAll });
        show({});
        break;
      case 'withdraw':
        stop('withdrawn');
        break;
      case 'refresh':
        show({});
        break;
    }
  }

  setHandler(messages.order, (order) => {
    if (hasKind(order)) take(order);
  });
  setHandler(messages.progress, (told) => {
    if (!isProgress(told)) return;
    asks.phase(told);
    if (picture.details[told.name] === undefined) repeatOrders(told.name);
    if (told.wantsSlot && slot === 'held') send(told.name, { kind: 'go' });
    show(takeTold(picture, told));
  });
  setHandler(messages.status, () => {
    const { stage, tip, progress } = picture;
    return { stage, slot: slot === 'held', tip, progress, sentence: sentence() };
  });

  function wantSlot(): void {
    if (slot === 'none') slot = 'asked';
    const priority = priorityOf(plan?.changesets ?? []);
    outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, { kind: 'wantSlot', pullRequest, priority });
  }

  return {
    wantSlot,
    /** Said on the pull request. */
    refuse: (why: string) => show(takeRefusal(picture, why)),
    hasBegun: () => plan !== undefined,
    begin(read: Plan): void {
      const first = plan === undefined;
      plan = read;
      const { manifest, changesets, final, parallelism } = read;
      show({ plan: { manifest, changesets, final, parallelism }, tip: read.head });
      if (first) void refreshWhileWaiting(read.refreshEveryMs, () => picture.stage.at === 'waiting', publisher.dirty);
    },
    async awaitTurn(): Promise<'slot' | 'changed' | 'withdraw'> {
      await condition(() => slot === 'held' || changed || stopping !== undefined || skipAll !== undefined);
      if (stopping !== undefined) return 'withdraw';
      if (!changed) return 'slot';
      changed = false;
      return 'changed';
    },
    running: () => show({ stage: { at: 'running' } }),
    startable(of: Plan): PlannedChangeset[] {
      if (slot !== 'held' || stopping !== undefined || skipAll !== undefined) return [];
      const next = toStart(of.changesets, picture.progress, of.parallelism);
      const preparing = Object.fromEntries(next.map(({ name }) => [name, { at: 'preparing' as const }]));
      for (const { name } of next) begun.add(name);
      picture = { ...picture, progress: { ...picture.progress, ...preparing } };
      return next;
    },
    /** Changesets that were never begun and are not to be, since the whole pull request was skipped. */
    skippedUnbegun(of: Plan): { name: string; outcome: Outcome }[] {
      if (skipAll === undefined) return [];
      const outcome: Outcome = { kind: 'skipped', ...skipAll };
      return of.changesets
        .filter(({ name }) => !begun.has(name) && phase(name).at !== 'ended')
        .map(({ name }) => ({ name, outcome }));
    },
    keepSlot(needed: boolean): void {
      if (slot === 'held' && !needed) {
        slot = 'none';
        outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, { kind: 'releaseSlot', pullRequest });
      } else if (slot === 'none' && needed && stopping === undefined) {
        wantSlot();
      }
    },
    async somethingCame(orElse: () => boolean): Promise<void> {
      await condition(() => came || changed || orElse());
      came = false;
    },
    takeChanged(): boolean {
      const was = changed;
      changed = false;
      return was;
    },
    progress: () => picture.progress,
    outcome: (name: string) => outcomeOf(picture, name),
    statuses: () => statusesOf(picture),
    ended(name: string, outcome: Outcome): void {
      show(takeEnd(picture, { name, outcome, at: new Date().toISOString() }));
      // A changeset saw that the pull request is no longer ours before its webhook came.
      if (outcome.kind === 'stopped' && stopping === undefined) stop(outcome.why);
    },
    stop(why: Stopping, head?: Commit): void {
      if (head !== undefined) picture = { ...picture, tip: head };
      stop(why);
    },
    stopping: () => stopping,
    stuck(why: string): void {
      stuckWhy ??= why;
    },
    isStuck: () => stuckWhy,
    tip: () => picture.tip,
    tipMoved: (commit: Commit) => show({ tip: commit }),
    async show(stage: PipelineStage): Promise<void> {
      picture = { ...picture, stage };
      tellStatus({ status: stage.at, sentence: sentence() });
      await publisher.flush();
    },
    close: () => outbox.drained(),
  };
}

/** Approvals without a commit count only once the comment that shows these heads is confirmed written (model). */
function askedFor(tell: (name: string, heads: Tip[]) => void) {
  const shown = new Map<string, Tip[]>();
  return {
    /** Another round asks anew. */
    phase({ name, phase }: messages.ProgressMessage): void {
      if (phase.at !== 'approval') shown.delete(name);
    },
    written(view: PipelineView): void {
      for (const { name, phase, members } of view.changesets) {
        if (phase.at !== 'approval') continue;
        const heads = members
          .map(({ repository, head = '' }) => ({ repository, commit: head }))
          .sort((one, other) => (one.repository < other.repository ? -1 : 1));
        if (sameHeads(shown.get(name) ?? [], heads)) continue;
        shown.set(name, heads);
        tell(name, heads);
      }
    },
  };
}

/** While it waits its position changes without a message to it: it looks by itself, less and less often. */
async function refreshWhileWaiting(everyMs: number, waits: () => boolean, refresh: () => void): Promise<void> {
  for (let wait = everyMs; waits(); wait = Math.min(wait * 2, everyMs * 16)) {
    await sleep(wait);
    if (waits()) refresh();
  }
}
