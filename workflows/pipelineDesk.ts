/**
 * The desk of one pipeline: records what comes in, keeps the picture that people see, and has it written, at most every
 * `publishEveryMs` and always at the end.
 */
import { condition, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import type { Activities, Plan } from '../activities/types.ts';
import {
  type Commit,
  changesetWorkflowId,
  type Outcome,
  QUEUE_WORKFLOW_ID,
  type Status,
  statusOf,
  type Tip,
} from '../src/changeset.ts';
import { type PlannedChangeset, priorityOf } from '../src/plan/plan.ts';
import { type Progress, phaseOf, toStart } from '../src/plan/progress.ts';
import { pipelineSentence } from '../src/report/pipelineSentence.ts';
import type { ChangesetView, PipelineStage, PipelineView } from '../src/report/view.ts';
import { REPORTING } from './activityOptions.ts';
import * as messages from './messages.ts';
import { createOutbox } from './outbox.ts';
import { tellerOfStatus } from './visibility.ts';

export type PipelineDesk = ReturnType<typeof openPipelineDesk>;

type Stopping = 'superseded' | 'closed' | 'draft' | 'withdrawn';

interface Shown {
  heads: Tip[];
  tests?: NonNullable<messages.ProgressMessage['tests']>;
  endedAt?: string;
}

const REFUSALS_SHOWN = 5;

export function openPipelineDesk(input: messages.PipelineInput) {
  const { coordinator, pullRequest } = input;
  const outbox = createOutbox();
  const tellStatus = tellerOfStatus();
  let plan: Plan | undefined;
  let progress: Progress = {};
  let details: Record<string, Shown> = {};
  let stage: PipelineStage = { at: 'waiting' };
  let tip: Commit = '';
  let slot = false;
  let asked = false;
  let changed = false;
  let came = false;
  let skipAll: { by: string; reason: string } | undefined;
  let stopping: Stopping | undefined;
  let stuckWhy: string | undefined;
  const begun = new Set<string>();
  const refusals: string[] = [];
  const publisher = createPublisher(() => view());

  const id = (name: string) => changesetWorkflowId({ coordinator, pullRequest, name });
  const toQueue = (kind: 'releaseSlot') => outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, { kind, pullRequest });
  const unfinished = () => [...begun].filter((name) => phaseOf(progress, name).at !== 'ended');

  function touched(): void {
    came = true;
    publisher.dirty();
    tellStatus({ status: stage.at, sentence: pipelineSentence(stage, progress) });
  }

  function stop(why: Stopping): void {
    stopping ??= why;
    for (const name of unfinished()) {
      outbox.send(id(name), messages.orders, { kind: 'stop', why: why === 'draft' ? 'closed' : why });
    }
    touched();
  }

  function takeSkip(by: string, reason: string): void {
    skipAll = { by, reason };
    for (const name of unfinished()) outbox.send(id(name), messages.orders, { kind: 'skip', by, reason });
    skipUnstarted();
    touched();
  }

  function skipUnstarted(): void {
    if (skipAll === undefined || plan === undefined || stage.at === 'waiting') return;
    const { by, reason } = skipAll;
    for (const { name } of plan.changesets) {
      if (!begun.has(name) && phaseOf(progress, name).at === 'waiting') pendingSkips.push({ name, by, reason });
    }
  }
  const pendingSkips: { name: string; by: string; reason: string }[] = [];

  setHandler(messages.order, (order) => {
    switch (order.kind) {
      case 'slot':
        slot = true;
        for (const name of unfinished()) outbox.send(id(name), messages.orders, { kind: 'go' });
        break;
      case 'changed':
        changed = true;
        break;
      case 'skip':
        takeSkip(order.by, order.reason);
        break;
      case 'withdraw':
        stop('withdrawn');
        break;
      case 'refresh':
        publisher.dirty();
        break;
    }
    came = true;
  });
  setHandler(messages.progress, (message) => {
    const before = details[message.name];
    // The outcome itself comes as the child's result.
    if (message.phase.at !== 'ended') progress = { ...progress, [message.name]: message.phase };
    details = {
      ...details,
      [message.name]: {
        heads: message.heads?.length ? message.heads : (before?.heads ?? []),
        ...(message.tests && { tests: message.tests }),
      },
    };
    if (message.refused !== undefined) refusals.push(message.refused);
    if (refusals.length > REFUSALS_SHOWN) refusals.shift();
    if (message.wantsSlot && slot) outbox.send(id(message.name), messages.orders, { kind: 'go' });
    touched();
  });
  setHandler(messages.status, () => ({ stage, slot, tip, progress, sentence: pipelineSentence(stage, progress) }));

  function view(): PipelineView {
    const changesets: ChangesetView[] = (plan?.changesets ?? []).map((changeset) => {
      const shown = details[changeset.name];
      return {
        name: changeset.name,
        line: changeset.line,
        phase: phaseOf(progress, changeset.name),
        members: changeset.members.map((member) => {
          const head = shown?.heads.find((one) => one.repository === member.repository)?.commit;
          return { ...member, ...(head !== undefined && { head }) };
        }),
        after: changeset.after.filter((name) => phaseOf(progress, name).at !== 'ended'),
        ...(shown?.tests && { tests: shown.tests }),
        ...(shown?.endedAt !== undefined && { endedAt: shown.endedAt }),
      };
    });
    const final = (plan?.final ?? []).map(
      ({ name, line, status }): ChangesetView => ({
        name,
        line,
        status,
        phase: { at: 'waiting' },
        members: [],
        after: [],
      }),
    );
    return {
      coordinator,
      pullRequest,
      manifest: plan?.manifest ?? '',
      head: tip,
      stage,
      changesets: [...changesets, ...final],
      refusals,
    };
  }

  /** Approvals without a commit count only from now on: the comment that shows these heads is confirmed written (model). */
  function wasShown(written: PipelineView): void {
    for (const changeset of written.changesets) {
      if (changeset.phase.at !== 'approval') continue;
      const heads = changeset.members.map(({ repository, head = '' }) => ({ repository, commit: head }));
      outbox.send(id(changeset.name), messages.orders, { kind: 'shown', heads });
    }
  }

  function createPublisher(current: () => PipelineView) {
    const { publish } = proxyActivities<Activities>({
      ...REPORTING,
      summary: 'Show how it stands on the pull request',
    });
    let isDirty = false;
    let running = false;
    let last = 0;
    async function publishNow(): Promise<void> {
      isDirty = false;
      last = Date.now();
      const written = current();
      await publish(written).then(
        () => wasShown(written),
        () => undefined,
      );
    }
    async function loop(): Promise<void> {
      running = true;
      while (isDirty) {
        const wait = last + (plan?.publishEveryMs ?? 0) - Date.now();
        if (wait > 0) await condition(() => !isDirty, wait);
        if (isDirty) await publishNow();
      }
      running = false;
    }
    return {
      dirty(): void {
        if (plan === undefined) return;
        isDirty = true;
        if (!running) void loop();
      },
      /** Waits for what is being written, then writes what is true now. */
      async flush(): Promise<void> {
        isDirty = false;
        await condition(() => !running);
        await publishNow();
      },
    };
  }

  /** While it waits its position changes without a message to it: it looks by itself, less and less often. */
  async function refreshWhileWaiting(everyMs: number): Promise<void> {
    let wait = everyMs;
    while (stage.at === 'waiting') {
      await sleep(wait);
      if (stage.at === 'waiting') publisher.dirty();
      wait = Math.min(wait * 2, everyMs * 16);
    }
  }
  let refreshing = false;

  return {
    hasBegun: () => plan !== undefined,
    begin(read: Plan): void {
      plan = read;
      tip = read.head;
      touched();
      if (!refreshing) void refreshWhileWaiting(read.refreshEveryMs);
      refreshing = true;
    },
    wantSlot(): void {
      asked = true;
      const priority = priorityOf(plan?.changesets ?? []);
      outbox.send(QUEUE_WORKFLOW_ID, messages.toQueue, { kind: 'wantSlot', pullRequest, priority });
    },
    async awaitTurn(): Promise<'slot' | 'changed' | 'withdraw'> {
      await condition(() => slot || changed || stopping !== undefined || skipAll !== undefined);
      if (stopping !== undefined) return 'withdraw';
      if (!changed) return 'slot';
      changed = false;
      return 'changed';
    },
    running(): void {
      stage = { at: 'running' };
      skipUnstarted();
      touched();
    },
    startable(of: Plan): PlannedChangeset[] {
      if (!slot || stopping !== undefined || skipAll !== undefined) return [];
      const next = toStart(of.changesets, progress, of.parallelism);
      for (const { name } of next) {
        begun.add(name);
        progress = { ...progress, [name]: { at: 'preparing' } };
      }
      return next;
    },
    /** Skips of changesets that were never started, for the status writer. */
    takeSkips: () => pendingSkips.splice(0),
    keepSlot(needed: boolean): void {
      if (slot && !needed) {
        slot = false;
        asked = false;
        toQueue('releaseSlot');
      } else if (!slot && !asked && needed && stopping === undefined) {
        this.wantSlot();
      }
      if (slot) asked = true;
    },
    async somethingCame(orElse: () => boolean): Promise<void> {
      await condition(() => came || changed || pendingSkips.length > 0 || orElse());
      came = false;
    },
    takeChanged(): boolean {
      const was = changed;
      changed = false;
      return was;
    },
    progress: () => progress,
    outcome: (name: string): Outcome | undefined => {
      const phase = phaseOf(progress, name);
      return phase.at === 'ended' ? phase.outcome : undefined;
    },
    ended(name: string, outcome: Outcome): void {
      progress = { ...progress, [name]: { at: 'ended', outcome } };
      details = { ...details, [name]: { ...(details[name] ?? { heads: [] }), endedAt: new Date().toISOString() } };
      // A changeset saw that the pull request is no longer ours before its webhook came.
      if (outcome.kind === 'stopped' && stopping === undefined) stop(outcome.why);
      touched();
    },
    statuses: (): { name: string; status: Status }[] =>
      Object.entries(progress).flatMap(([name, phase]) => {
        const status = phase.at === 'ended' ? statusOf(phase.outcome) : undefined;
        return status === undefined ? [] : [{ name, status }];
      }),
    stop(why: Stopping, head?: Commit): void {
      if (head !== undefined) tip = head;
      stop(why);
    },
    stopping: () => stopping,
    stuck(why: string): void {
      stuckWhy ??= why;
    },
    isStuck: () => stuckWhy,
    tip: () => tip,
    tipMoved(commit: Commit): void {
      tip = commit;
      touched();
    },
    async show(now: PipelineStage): Promise<void> {
      stage = now;
      tellStatus({ status: stage.at, sentence: pipelineSentence(stage, progress) });
      await publisher.flush();
    },
    async close(): Promise<void> {
      await outbox.drained();
    },
  };
}
