/** Has a picture written, at most every so often, and always once more at the end (UX: the sticky comment). */
import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import type { PipelineView } from '../src/report/view.ts';
import { reporting } from './ask.ts';

export interface Publisher {
  /** The picture changed: it is written soon. */
  dirty(): void;
  /** Waits for what is being written, then writes what is true now. */
  flush(): Promise<void>;
  /** Reports that are being written now. */
  pending(): number;
}

/** `written` is told what was confirmed written, and when, by GitHub's clock (ISO 8601). A report that GitHub refuses for good holds nothing up. */
export function createPublisher(about: {
  view(): PipelineView;
  everyMs(): number;
  written(view: PipelineView, at?: string): void;
}): Publisher {
  const { publish } = reporting('Show how it stands on the pull request');
  let isDirty = false;
  let running = false;
  let pending = 0;
  let rests = 0;
  let rested = 0;

  /**
   * Between two reports there is a timer, never a look at the clock: a query to a worker that has just started shows the workflow
   * events before their task, at the time of the task before, and a replay shows them at another time (fault runs).
   */
  function rest(): void {
    const ms = about.everyMs();
    if (ms <= 0) return;
    rests += 1;
    const mine = rests;
    void CancellationScope.nonCancellable(() => sleep(ms)).then(() => (rested = mine));
  }

  async function publishNow(): Promise<void> {
    isDirty = false;
    rest();
    const view = about.view();
    pending += 1;
    await publish(view).then(
      // A run of an older version was not told when.
      (published) => about.written(view, published?.at),
      () => undefined,
    );
    pending -= 1;
  }

  async function loop(): Promise<void> {
    running = true;
    while (isDirty) {
      if (rested !== rests) await condition(() => !isDirty || rested === rests);
      if (isDirty) await publishNow();
    }
    running = false;
  }

  return {
    pending: () => pending,
    dirty() {
      isDirty = true;
      // Signal handlers run in the root scope, which a cancellation in Temporal closes for good.
      if (!running) void CancellationScope.nonCancellable(loop);
    },
    async flush() {
      isDirty = false;
      await condition(() => !running);
      await publishNow();
    },
  };
}
