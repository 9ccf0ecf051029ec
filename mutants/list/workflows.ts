/** Measures in how workflows go on, hand over and are cancelled. */
import { faultRun, type Mutant, simulator, test } from '../mutant.ts';

export const WORKFLOWS: Mutant[] = [
  {
    measure: 'drain before continue-as-new: the queue’s signals',
    edits: [
      {
        file: 'workflows/queue.ts',
        from: 'await condition(() => dispatcher.pending() === 0 && outbox.pending() === 0);',
        to: '',
      },
    ],
    hunters: [
      test(
        'test/workflow/queue.test.ts',
        'loses no signal and no end of a pipeline, also while pipelines run',
        'a webhook that is lost is made good by reconciliation: whole runs come to rest all the same',
      ),
    ],
  },
  {
    measure: 'drain before continue-as-new: what the queue was told and has not taken',
    edits: [
      {
        file: 'workflows/queue.ts',
        from: '({ ...rest, state, inbox })',
        to: '({ ...rest, state })',
      },
    ],
    hunters: [
      test(
        'test/simulator/queueHandsOver.test.ts',
        'what people say while it waits to hand over is taken by the next run',
        'the moment is a few events long: seeds come there rarely',
      ),
    ],
  },
  {
    measure: 'drain before continue-as-new: the pipeline’s signals, comments and statuses',
    edits: [
      {
        file: 'workflows/pipeline.ts',
        from: 'while (!isIdle()) await condition(isIdle);',
        to: 'isIdle();',
      },
    ],
    hunters: [simulator(8)],
  },
  {
    measure: 'the abandon policy of changesets',
    edits: [
      {
        file: 'workflows/follow.ts',
        from: '    parentClosePolicy: ParentClosePolicy.ABANDON,\n',
        to: '',
      },
    ],
    hunters: [simulator()],
  },
  {
    measure: 'the abandon policy of pipelines',
    edits: [
      {
        file: 'workflows/queue.ts',
        from: '      parentClosePolicy: ParentClosePolicy.ABANDON,\n',
        to: '',
      },
    ],
    hunters: [simulator(2)],
  },
  {
    measure: 'heartbeat cancellation: who runs is seen alive, and hears that it is called off',
    edits: [
      {
        file: 'server/temporal/activityInterceptor.ts',
        from: 'setInterval(() => context.heartbeat({ ranMs: ranMs() } satisfies Beat), HEARTBEAT_MS)',
        to: 'setInterval(() => ranMs(), HEARTBEAT_MS)',
      },
    ],
    hunters: [faultRun('the worker is killed while tests run')],
  },
  {
    measure: 'heartbeat cancellation: a step that is left has ended',
    edits: [
      {
        file: 'workflows/activityOptions.ts',
        from: 'cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED',
        to: 'cancellationType: ActivityCancellationType.TRY_CANCEL',
      },
    ],
    hunters: [
      test(
        'test/workflow/changeset.test.ts',
        'during the tests stops them, and waits for their end',
        'what a step that goes on can still do is nothing that cannot be undone: it pushes a staging branch, which the janitor finds',
      ),
    ],
  },
  {
    measure: 'signals to one receiver go in order',
    edits: [
      {
        file: 'workflows/outbox.ts',
        from: 'if (before !== undefined) {',
        to: 'if (before !== undefined && false) {',
      },
    ],
    hunters: [
      test(
        'test/simulator/letters.test.ts',
        'to one receiver nothing is sent before what was sent before it has arrived',
        'each pair that could overtake the other was made good by a third word in 300 seeds: it is the second lock',
      ),
    ],
  },
];
